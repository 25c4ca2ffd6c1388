/**
 * D8: a strict quorum with last-write-wins is not linearizable, though R + W > N.
 *
 * While a write is under way, one reader meets a replica that has it and a later reader two that do not: new, then old. A
 * read that writes what it found to a quorum before it answers (Attiya, Bar-Noy and Dolev 1995) closes the gap.
 */
import { delay, pass, sampler } from 'splitbrain';
import { checkLinearizability } from 'splitbrain/checkers';
import { createDynamo } from 'splitbrain/dynamo';
import { scenario } from 'splitbrain/scenarios';

export const quorumNotLinearizable = scenario({
  name: 'quorum-not-linearizable',
  title: 'Dynamo: R + W > N is not linearizable (D8)',
  source: 'Attiya, Bar-Noy, Dolev, JACM 1995; Kleppmann, Designing Data-Intensive Applications, figure 9-6',
  watch: [
    'N=3, R=2, W=2, no failures at all. One client writes, three read the same key again and again.',
    'Watch for a reader that returns the old value after another has already returned the new one.',
  ],
  configurations: {
    'no-read-repair': { expect: 'violation', perThousand: [600, 740], title: 'strict quorum, last write wins', settings: 'none' },
    'write-back': { expect: 'ok', title: 'the same, but a read writes back before it answers', settings: 'before-reply' },
  },
  simulation: { topology: { sameZone: 'LNKD-SSD' } },
  setup: (sim, readRepair) => createDynamo(sim, { nodes: 3, n: 3, r: 2, w: 2, sloppy: false, conflict: 'lww', readRepair }),
  async workload(sim, dynamo) {
    const random = sim.random.fork('workload');
    // The latencies of a production cluster (Bailis et al., VLDB 2012): a write waits for a disk, a read does not.
    const disk = sampler('LNKD-DISK-WRITE');
    sim.network.rule(({ message }) => (message.type === 'write' ? delay(disk(random) / 1000) : pass));
    const writer = dynamo.client({ name: 'writer' });
    const readers = ['alice', 'bob', 'carol'].map((name) => dynamo.client({ name }));
    await Promise.all([
      (async () => {
        for (let value = 1; value <= 3; value++) {
          await writer.put('x', String(value));
          await sim.sleep(random.between(0, 20));
        }
      })(),
      ...readers.map(async (reader) => {
        for (let i = 0; i < 20; i++) {
          await reader.get('x');
          await sim.sleep(random.between(0, 3));
        }
      }),
    ]);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
