/**
 * What seeds without and with faults find, and what the settings exclude: stale reads at R + W <= N and none above; session
 * guarantees; a sloppy quorum's stale read at R + W > N, which primary quorums prevent.
 */
import { describe, expect, test } from 'vitest';
import { checkLinearizability, checkSessionGuarantees, SESSION_GUARANTEES, type SessionGuarantee } from '../../src/checkers/index.ts';
import { createDynamo, type DynamoClient, type DynamoOptions } from '../../src/dynamo/index.ts';
import { delay, nemesis, pass, sampler, type FaultKind, type Simulation } from '../../src/index.ts';
import { runScenario, scenario, type Scenario } from '../../src/scenarios/index.ts';

const SEEDS = 200;
const NODES = ['d1', 'd2', 'd3', 'd4', 'd5'];
const KINDS: readonly FaultKind[] = ['partition', 'isolate', 'cut', 'loss', 'duplicate', 'reorder', 'delay', 'crash', 'pause', 'disk-slow'];

interface Sweep {
  /** Seeds in which a read showed less than a write that had ended before it began. */
  readonly stale: number;
  readonly linearizable: number;
  readonly broken: Readonly<Record<SessionGuarantee, number>>;
  readonly acknowledged: number;
}

/** Counts reads that began after a write had been acknowledged and show an older one. Versions are timestamps here. */
function staleReads({ history }: Simulation): number {
  const begun = new Map<string | number, number>();
  let newest = 0;
  let stale = 0;
  for (const { type, f, process, version } of history.entries) {
    if (type === 'invoke') begun.set(process, newest);
    else if (type === 'ok' && f === 'write' && typeof version === 'number') newest = Math.max(newest, version);
    else if (type === 'ok' && f === 'read' && (typeof version === 'number' ? version : 0) < (begun.get(process) ?? 0)) stale++;
  }
  return stale;
}

function registers(options: DynamoOptions, isFaulty: boolean): Scenario {
  return scenario({
    name: 'registers',
    simulation: { topology: { sameZone: 'LNKD-SSD' } },
    setup: (sim) => createDynamo(sim, { nodes: 5, conflict: 'lww', ...options }),
    plan: (sim) => (isFaulty ? nemesis({ seed: sim.random.fork('nemesis'), nodes: NODES, kinds: KINDS, until: '10s', every: '1s' }) : []),
    async workload(sim, dynamo) {
      const random = sim.random.fork('workload');
      // Writes wait for a disk, as LinkedIn's did (Bailis et al., VLDB 2012); reads do not.
      const disk = sampler('LNKD-DISK-WRITE');
      sim.network.rule(({ message }) => (message.type === 'write' ? delay(disk(random) / 1000) : pass));
      const act = async (client: DynamoClient): Promise<void> => {
        for (let i = 0; i < 20; i++) {
          await (random.chance(0.4) ? client.put('x', `${client.id}${i}`) : client.get('x')).catch(() => undefined);
          await sim.sleep(random.between(0, isFaulty ? 500 : 3));
        }
      };
      await Promise.all(['alice', 'bob', 'carol'].map((name) => act(dynamo.client({ name }))));
    },
    check: (sim) => checkLinearizability(sim.history, { model: 'register' }),
  }) as Scenario;
}

async function sweep(options: DynamoOptions, isFaulty = false): Promise<Sweep> {
  const found = { stale: 0, linearizable: 0, acknowledged: 0, broken: Object.fromEntries(SESSION_GUARANTEES.map((name) => [name, 0])) as Record<SessionGuarantee, number> };
  for (let seed = 0; seed < SEEDS; seed++) {
    const { simulation, verdict } = await runScenario(registers(options, isFaulty), { seed, trace: 'digest' });
    if (staleReads(simulation) > 0) found.stale++;
    if (verdict === 'ok') found.linearizable++;
    found.acknowledged += simulation.history.entries.filter(({ type }) => type === 'ok').length;
    for (const guarantee of SESSION_GUARANTEES) if (checkSessionGuarantees(simulation.history, { guarantees: [guarantee] }).verdict === 'violation') found.broken[guarantee]++;
  }
  return found;
}

describe('without a fault', () => {
  test.each([[1, 1], [1, 2], [2, 1]])('R=%i W=%i, R + W <= N: stale reads, and a client that does not see its own write', async (r, w) => {
    const { stale, broken } = await sweep({ r, w, sloppy: false, readRepair: 'none', writes: 'buffered' });
    expect(stale).toBeGreaterThan(0);
    expect(broken['read your writes'] + broken['monotonic reads']).toBeGreaterThan(0);
  }, 120_000);

  test.each([[2, 2], [1, 3], [3, 1]])('R=%i W=%i, R + W > N: not one stale read, and every client sees its own writes', async (r, w) => {
    const { stale, broken } = await sweep({ r, w, sloppy: false, readRepair: 'none', writes: 'buffered' });
    expect([stale, broken['read your writes']]).toEqual([0, 0]);
  }, 120_000);

  test('monotonic reads need more: a write under way is seen, and then not; a read that writes back excludes that, and every other violation', async () => {
    const plain = await sweep({ sloppy: false, readRepair: 'none', writes: 'buffered' });
    expect(plain.broken['monotonic reads']).toBeGreaterThan(0);
    expect(plain.linearizable).toBeLessThan(SEEDS);
    const settled = await sweep({ sloppy: false, readRepair: 'before-reply', writes: 'buffered' });
    expect(settled).toMatchObject({ stale: 0, linearizable: SEEDS });
    expect(Object.values(settled.broken)).toEqual([0, 0, 0, 0]);
  }, 120_000);
});

describe('under faults, R=W=2 of 3', () => {
  test('a sloppy quorum reads stale', async () => {
    expect((await sweep({}, true)).stale).toBeGreaterThan(0);
  }, 120_000);

  test.each([['primary quorums (PR=PW=2)', { pr: 2, pw: 2 }], ['a strict quorum', { sloppy: false }]])('%s: none does, and most requests are answered', async (_, options) => {
    const { stale, broken, acknowledged } = await sweep(options, true);
    expect([stale, broken['read your writes']]).toEqual([0, 0]);
    expect(acknowledged).toBeGreaterThan(0.7 * 60 * SEEDS);
  }, 120_000);
});
