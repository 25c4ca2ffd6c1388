/**
 * D1: a sloppy quorum can miss.
 *
 * With two of three home nodes cut off, a put is kept by stand-ins with a hint: always writable. But R + W > N no longer means
 * that reads meet writes: on the other side of the cut the two home nodes are a quorum too, and know nothing. A strict quorum
 * refuses the put instead.
 */
import { checkLinearizability } from 'splitbrain/checkers';
import { createDynamo } from 'splitbrain/dynamo';
import { scenario } from 'splitbrain/scenarios';

export const sloppyQuorum = scenario({
  name: 'sloppy-quorum',
  title: 'Dynamo: always writable, and stale with R + W > N (D1)',
  source: 'DeCandia et al., SOSP 2007, section 4.6',
  watch: [
    'Five nodes, N=3, R=2, W=2. A cut leaves two home nodes of the key on one side, the third home node and two others on the other.',
    'Watch alice write on her side, and bob, on his, read what was there before.',
  ],
  seeds: 100,
  configurations: {
    sloppy: { expect: 'violation', title: 'sloppy quorum with hinted handoff', settings: { sloppy: true } },
    strict: { expect: 'ok', title: 'strict quorum: the put fails while the cut lasts', settings: { sloppy: false } },
  },
  setup(sim, { sloppy }) {
    const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2, sloppy });
    const [first, second, third] = dynamo.homeNodes('cart').map(({ id }) => id);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three home nodes');
    const here = dynamo.nodes.map(({ id }) => id).filter((id) => id !== second && id !== third);
    return {
      sides: [here, [second, third]] as const,
      alice: dynamo.client({ name: 'alice', coordinator: first }), bob: dynamo.client({ name: 'bob', coordinator: second }),
    };
  },
  plan: (_, { sides: [here, there] }) => [{ at: '1s', for: '10s', fault: { kind: 'partition', groups: [here, there] } }],
  async workload(sim, { alice, bob }) {
    await alice.put('cart', 'milk');
    await sim.sleep('2s');
    await alice.put('cart', 'milk, eggs').catch(() => undefined);
    await sim.sleep('1s');
    await bob.get('cart').catch(() => undefined);
    await sim.sleep('30s');
    await bob.get('cart').catch(() => undefined);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
});
