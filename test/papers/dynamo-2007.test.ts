/** DeCandia et al., "Dynamo: Amazon's Highly Available Key-value Store", SOSP 2007: what each section promises. */
import { describe, expect, test } from 'vitest';
import { compareClocks, formatClock, type VectorClock } from '../../src/distributed/vector-clock.ts';
import { createDynamo, QuorumError, type Dynamo, type DynamoClient, type DynamoOptions } from '../../src/dynamo/index.ts';
import { contextOf, counterOf, nextVersion, reconcile, type Version } from '../../src/dynamo/version.ts';
import { Simulation, type Micros } from '../../src/index.ts';

function start(options: DynamoOptions = {}, seed = 1): { sim: Simulation; dynamo: Dynamo; through: (index: number) => DynamoClient } {
  const sim = new Simulation({ seed });
  const dynamo = createDynamo(sim, { nodes: 5, ...options });
  const home = dynamo.homeNodes('k');
  return { sim, dynamo, through: (index) => dynamo.client({ name: `client-${index}`, coordinator: home[index] ?? 'd1' }) };
}

describe('4.4 data versioning', () => {
  const put = (coordinator: string, context: VectorClock, stored: readonly Version[], at: number): Version =>
    nextVersion({ value: `D${at}`, context, coordinator, counter: counterOf(coordinator, context, stored), now: at as Micros }, 'vector-clock', 10);

  test('figure 3: D1 to D5', () => {
    const d1 = put('Sx', [], [], 1);
    const d2 = put('Sx', d1.clock, [d1], 2);
    const d3 = put('Sy', d2.clock, [d2], 3);
    const d4 = put('Sz', d2.clock, [d2], 4);
    expect(compareClocks(d3.clock, d4.clock)).toBe('concurrent');
    const siblings = reconcile([d3], [d4], 'siblings');
    expect(siblings.map(({ value }) => value)).toEqual(['D3', 'D4']);
    const d5 = put('Sx', contextOf(siblings), [d2], 5);
    expect([d1, d2, d3, d4, d5].map(({ clock }) => formatClock(clock))).toEqual([
      '[(Sx, 1)]', '[(Sx, 2)]', '[(Sx, 2), (Sy, 1)]', '[(Sx, 2), (Sz, 1)]', '[(Sx, 3), (Sy, 1), (Sz, 1)]',
    ]);
    expect(reconcile(siblings, [d5], 'siblings')).toEqual([d5]);
  });

  test('an eleventh coordinator drops the oldest pair, and with it causality', () => {
    let version = put('S0', [], [], 0);
    const first = version;
    for (let i = 1; i <= 10; i++) version = put(`S${i}`, version.clock, [], i);
    expect(version.clock).toHaveLength(10);
    expect(compareClocks(first.clock, version.clock)).toBe('concurrent');
  });

  test('concurrent writes through two coordinators become siblings; a put with their context replaces both', async () => {
    const { sim, through } = start({ readRepair: 'none' });
    await sim.run(async () => {
      const [a, b, c] = [through(0), through(1), through(2)];
      await Promise.all([a.put('k', 'from a'), b.put('k', 'from b')]);
      const found = await c.get('k', { r: 3 });
      expect([...found.values].toSorted((x, y) => (x < y ? -1 : 1))).toEqual(['from a', 'from b']);
      await c.put('k', 'merged', { context: found.context });
      expect((await a.get('k', { r: 3 })).values).toEqual(['merged']);
    });
  });

  test('a blind put through the same coordinator overwrites, through another it makes a sibling (D6)', async () => {
    const { sim, through } = start();
    await sim.run(async () => {
      const [a, b] = [through(0), through(1)];
      await a.put('k', 'one');
      await sim.sleep('1s');
      await a.put('k', 'two', { context: null });
      expect((await a.get('k')).values).toEqual(['two']);
      await sim.sleep('1s');
      await b.put('k', 'three', { context: null });
      await sim.sleep('1s');
      expect((await b.get('k', { r: 3 })).values).toEqual(['two', 'three']);
    });
  });

  test('dotted version vectors: two puts with one context through one coordinator are siblings', async () => {
    for (const [versions, values] of [['vector-clock', ['from b']], ['dotted', ['from a', 'from b']]] as const) {
      const { sim, dynamo, through } = start({ versions });
      await sim.run(async () => {
        const [a, b] = [through(0), dynamo.client({ name: 'other', coordinator: dynamo.homeNodes('k')[0] ?? 'd1' })];
        await a.put('k', 'before');
        const { context } = await b.get('k');
        await a.put('k', 'from a', { context });
        await b.put('k', 'from b', { context });
        expect((await a.get('k', { r: 3 })).values).toEqual(values);
        await a.put('k', 'merged');
        expect((await b.get('k', { r: 3 })).values).toEqual(['merged']);
      });
    }
  });

  test('a coordinator that forgot what it gave out does not give it out again, for another value', async () => {
    const { sim, dynamo, through } = start({ versions: 'dotted' });
    const [home] = dynamo.homeNodes('k');
    await sim.run(async () => {
      await through(0).put('k', 'one', { w: 3 });
      home?.wipe();
      home?.restart();
      await dynamo.client({ name: 'other', coordinator: home ?? 'd1' }).put('k', 'two', { w: 3, context: null });
      expect((await through(1).get('k', { r: 3 })).values).toEqual(['one', 'two']);
    });
  });

  test('a delete is a write: what was concurrent with it stays', async () => {
    const { sim, through } = start();
    await sim.run(async () => {
      const [a, b] = [through(0), through(1)];
      await a.put('k', 'one');
      const { context } = await b.get('k');
      await a.delete('k');
      expect(await a.get('k')).toMatchObject({ values: [], value: undefined });
      await b.put('k', 'two', { context });
      expect((await a.get('k', { r: 3 })).values).toEqual(['two']);
    });
  });
});

describe('4.5 execution of get and put', () => {
  test('latency is that of the R-th and W-th slowest replica', async () => {
    const { sim, dynamo, through } = start({ sloppy: false, writes: 'buffered', readRepair: 'none' });
    const home = dynamo.homeNodes('k').map(({ id }) => id);
    // The coordinator itself answers at once; the second home node takes 10 ms a way, the third 30 ms.
    sim.network.setLatency(home[0] ?? '', home[1] ?? '', '10ms');
    sim.network.setLatency(home[1] ?? '', home[0] ?? '', '10ms');
    sim.network.setLatency(home[0] ?? '', home[2] ?? '', '30ms');
    sim.network.setLatency(home[2] ?? '', home[0] ?? '', '30ms');
    for (const to of ['client-0']) {
      sim.network.setLatency(to, home[0] ?? '', '1ms');
      sim.network.setLatency(home[0] ?? '', to, '1ms');
    }
    const client = through(0);
    const took = async (act: () => Promise<unknown>): Promise<number> => {
      const before = sim.now;
      await act();
      return sim.now - before;
    };
    await sim.run(async () => {
      expect([
        await took(() => client.put('k', 'v', { w: 1 })), await took(() => client.put('k', 'v', { w: 2 })), await took(() => client.put('k', 'v', { w: 3 })),
        await took(() => client.get('k', { r: 1 })), await took(() => client.get('k', { r: 2 })), await took(() => client.get('k', { r: 3 })),
      ]).toEqual([2000, 22_000, 62_000, 2000, 22_000, 62_000]);
    });
  });

  test('a node that is no replica of the key passes a put on', async () => {
    const { sim, dynamo } = start();
    const home = new Set(dynamo.homeNodes('k').map(({ id }) => id));
    const stranger = dynamo.nodes.find(({ id }) => !home.has(id));
    const client = dynamo.client({ name: 'c', coordinator: stranger ?? 'd1' });
    await sim.run(async () => {
      await client.put('k', 'v');
      const { value, context } = await client.get('k');
      expect(value).toBe('v');
      expect(context.clock.map(({ node }) => home.has(node as never))).toEqual([true]);
    });
  });

  test('strict: with one replica left a put fails, says who answered, and may show up later all the same (D9)', async () => {
    const { sim, dynamo, through } = start({ sloppy: false, readRepair: 'none' });
    const [, second, third] = dynamo.homeNodes('k');
    const client = through(0);
    await sim.run(async () => {
      await client.put('k', 'before');
      second?.crash();
      third?.crash();
      const failed: unknown = await client.put('k', 'after').catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(QuorumError);
      expect(failed).toMatchObject({ code: 'QUORUM_NOT_REACHED', definite: false, required: 2, replicas: [dynamo.homeNodes('k')[0]?.id] });
      await expect(client.get('k')).rejects.toMatchObject({ code: 'QUORUM_NOT_REACHED', definite: true });
      expect((await client.get('k', { r: 1 })).value).toBe('after');
    });
    expect(sim.history.entries.filter(({ type }) => type === 'info').map(({ value }) => value)).toEqual(['after']);
  });
});

describe('4.6 hinted handoff', () => {
  test('a stand-in keeps the write of a node that is down, hands it over when it is back, and has nothing left', async () => {
    const { sim, dynamo, through } = start({ w: 3 });
    const [, down] = dynamo.homeNodes('k');
    const client = through(0);
    await sim.run(async () => {
      down?.crash();
      await client.put('k', 'v');
      const holding = (): number => dynamo.nodes.reduce((sum, node) => sum + dynamo.hints(node), 0);
      expect(holding()).toBe(1);
      await sim.sleep('30s');
      expect(holding()).toBe(1);
      down?.restart();
      expect(dynamo.versions(down ?? 'd1', 'k')).toEqual([]);
      await sim.sleep('30s');
      expect([holding(), dynamo.versions(down ?? 'd1', 'k').map(({ value }) => value)]).toEqual([0, ['v']]);
    });
  });

  test('hints survive a restart of their holder', async () => {
    const { sim, dynamo, through } = start({ w: 3 });
    const [, down] = dynamo.homeNodes('k');
    await sim.run(async () => {
      down?.crash();
      await through(0).put('k', 'v');
      const holder = dynamo.nodes.find((node) => dynamo.hints(node) > 0);
      await sim.sleep('1s');
      holder?.crash();
      holder?.restart();
      expect(dynamo.hints(holder ?? 'd1')).toBe(1);
      down?.restart();
      await sim.sleep('40s');
      expect(dynamo.versions(down ?? 'd1', 'k').map(({ value }) => value)).toEqual(['v']);
    });
  });

  test('always writable: with all home nodes down a put still succeeds', async () => {
    const { sim, dynamo } = start({ w: 1, r: 1 });
    const home = dynamo.homeNodes('k');
    const stranger = dynamo.nodes.find((node) => !home.includes(node));
    const client = dynamo.client({ name: 'c', coordinator: stranger ?? 'd1' });
    await sim.run(async () => {
      for (const node of home) node.crash();
      // The first get finds out who is not there.
      await client.get('k').catch(() => undefined);
      await client.put('k', 'v');
      expect((await client.get('k')).value).toBe('v');
    });
  });
});

describe('5 read repair', () => {
  const stale = async (readRepair: DynamoOptions['readRepair'] & string): Promise<readonly (string | null | undefined)[]> => {
    const { sim, dynamo, through } = start({ sloppy: false, readRepair });
    const home = dynamo.homeNodes('k');
    const last = home[2];
    await sim.run(async () => {
      const client = through(0);
      await client.put('k', 'old', { w: 3 });
      { using _down = sim.faults.pause(last ?? 'd1'); sim.faults.isolate(last ?? 'd1').for('1s'); await client.put('k', 'new', { w: 2 }); await sim.sleep('2s'); }
      await client.get('k', { r: 3 });
      await sim.sleep('1s');
    });
    return home.map((node) => dynamo.versions(node, 'k')[0]?.value);
  };

  test('a read makes stale replicas fresh, after the reply or before it', async () => {
    expect(await stale('after-reply')).toEqual(['new', 'new', 'new']);
    expect(await stale('before-reply')).toEqual(['new', 'new', 'new']);
    expect(await stale('none')).toEqual(['new', 'new', 'old']);
  });
});
