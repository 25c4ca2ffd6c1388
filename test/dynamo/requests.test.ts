/** What a request can be told, and what it is told in return. */
import { describe, expect, test } from 'vitest';
import { createDynamo, MERGERS, type QuorumError, type Dynamo, type DynamoOptions } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';

function start(options: DynamoOptions = {}, seed = 1): { sim: Simulation; dynamo: Dynamo; home: string[] } {
  const sim = new Simulation({ seed });
  const dynamo = createDynamo(sim, { nodes: 5, ...options });
  return { sim, dynamo, home: dynamo.homeNodes('k').map(({ id }) => id) };
}

describe('primary quorums (Riak\'s PR and PW)', () => {
  test('stand-ins satisfy W and not PW; a coordinator that knows refuses at once and writes nothing', async () => {
    const { sim, dynamo, home } = start();
    const [first = '', second = '', third = ''] = home;
    const client = dynamo.client({ name: 'c', coordinator: first });
    await sim.run(async () => {
      sim.node(second).crash();
      sim.node(third).crash();
      await client.put('k', 'sloppy');
      const failed: unknown = await client.put('k', 'primary', { pw: 2 }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'QUORUM_NOT_REACHED', definite: true, primariesRequired: 2, primaries: 1, asked: [] });
      expect((failed as QuorumError).message).toBe('put k: 1 of 2 required home nodes are believed healthy, nobody was asked');
      expect((await client.get('k', { r: 1 })).values).toEqual(['sloppy']);
      await expect(client.get('k', { pr: 2 })).rejects.toMatchObject({ primaries: 1 });
    });
  });

  test('a home node that was silent and is heard of again is believed healthy again', async () => {
    const { sim, dynamo, home } = start();
    const [first = '', second = ''] = home;
    const client = dynamo.client({ name: 'c', coordinator: first });
    await sim.run(async () => {
      sim.node(second).crash();
      await client.put('k', 'sloppy');
      await sim.sleep('1s');
      await expect(client.put('k', 'all', { w: 3, pw: 3 })).rejects.toMatchObject({ definite: true, primaries: 2 });
      sim.node(second).restart();
      await sim.sleep('10s');
      await client.put('k', 'all', { w: 3, pw: 3 });
    });
  });

  test('before it knows, it waits for the home nodes, and says how many answered', async () => {
    const { sim, dynamo, home } = start();
    const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
    await sim.run(async () => {
      sim.node(home[1] ?? '').crash();
      sim.node(home[2] ?? '').crash();
      await expect(client.put('k', 'v', { pw: 2 })).rejects.toMatchObject({ definite: false, primaries: 1, primariesRequired: 2 });
    });
  });
});

describe('durable writes', () => {
  const survives = async (options: DynamoOptions, dw: number | undefined, seed: number): Promise<boolean> => {
    const { sim, dynamo } = start({ nodes: 3, ...options }, seed);
    const client = dynamo.client({ name: 'c' });
    return sim.run(async () => {
      await client.put('k', 'v', dw === undefined ? {} : { dw });
      for (const node of dynamo.nodes) node.crash();
      for (const node of dynamo.nodes) node.restart();
      return (await client.get('k', { r: 3 })).value === 'v';
    });
  };
  const rate = async (options: DynamoOptions, dw?: number): Promise<number> => {
    let count = 0;
    for (let seed = 0; seed < 20; seed++) if (await survives(options, dw, seed)) count++;
    return count;
  };

  test('buffered writes are the process\'s memory: a crash of all nodes takes them, DW=1 keeps one copy (section 6.1; Riak\'s DW)', async () => {
    expect(await rate({ writes: 'buffered' })).toBe(0);
    expect(await rate({ writes: 'buffered' }, 1)).toBe(20);
    expect(await rate({ writes: 'synced' })).toBe(20);
  });

  test('DW that cannot be had is said to be missing', async () => {
    const { sim, dynamo, home } = start({ writes: 'buffered', sloppy: false });
    for (const node of dynamo.nodes) sim.faults.diskFault(node, 'slow', '2s');
    const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
    await sim.run(async () => {
      await client.put('k', 'v');
      const failed: unknown = await client.put('k', 'w', { dw: 2 }).catch((error: unknown) => error);
      expect(failed).toMatchObject({ definite: false, durable: 0, durableRequired: 2, replicas: expect.arrayContaining([home[0]]) });
      expect((failed as QuorumError).message).toContain('0 of 2 on disk');
    });
  });

  test('the buffer is flushed in time, and when it is full', async () => {
    for (const [options, wait] of [[{ flushInterval: '200ms' }, '1s'], [{ flushInterval: '1h', bufferedObjects: 1 }, '1s']] as const) {
      const { sim, dynamo } = start({ nodes: 3, writes: 'buffered', ...options });
      const client = dynamo.client({ name: 'c' });
      await sim.run(async () => {
        await client.put('k', 'v', { w: 3 });
        await sim.sleep(wait);
        for (const node of dynamo.nodes) node.crash();
        for (const node of dynamo.nodes) node.restart();
        expect((await client.get('k')).value).toBe('v');
      });
    }
  });
});

describe('contexts', () => {
  test('travel as text, and are refused for another key, changed, cut off or invented', async () => {
    const { sim, dynamo } = start();
    const [alice, bob] = [dynamo.client({ name: 'alice' }), dynamo.client({ name: 'bob' })];
    await sim.run(async () => {
      await alice.put('k', 'one');
      const text = String((await alice.get('k')).context);
      expect(text).toMatch(/^[\w.~-]+$/);
      await bob.put('k', 'two', { context: text });
      expect((await alice.get('k', { r: 3 })).values).toEqual(['two']);
      await expect(bob.put('other', 'x', { context: text })).rejects.toThrow("context: its checksum does not fit key 'other'");
      const { context } = await alice.get('k');
      await expect(bob.put('other', 'x', { context })).rejects.toThrow("context: it was read from key 'k', not from 'other'");
      await expect(bob.put('k', 'x', { context: text.replace('~1~', '~9~') })).rejects.toThrow('context: its checksum');
      await expect(bob.put('k', 'x', { context: text.slice(0, -2) })).rejects.toThrow('context:');
      await expect(bob.put('k', 'x', { context: 'whatever' })).rejects.toThrow('context: this is not what a get gave');
      await expect(bob.put('k', 'x', { context: [{ node: 'd1', counter: 9, time: 0 }] as never })).rejects.toMatchObject({ code: 'INVALID_CONTEXT' });
      expect((await alice.get('k', { r: 3 })).values).toEqual(['two']);
    });
    expect(sim.history.entries.filter(({ process, f }) => process === 'bob' && f === 'write')).toHaveLength(2);
  });

  test('an old context is no error: what was written since stays beside the put', async () => {
    const { sim, dynamo, home } = start();
    const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
    const other = dynamo.client({ name: 'o', coordinator: home[1] ?? '' });
    await sim.run(async () => {
      await client.put('k', 'one');
      const { context } = await other.get('k');
      await client.put('k', 'two');
      await other.put('k', 'three', { context });
      expect((await client.get('k', { r: 3 })).values.toSorted()).toEqual(['three', 'two']);
    });
  });
});

test('keys and values are bytes; too long ones are refused by the field that says how long', async () => {
  const { sim, dynamo } = start({ maxKeyBytes: 8, maxValueBytes: 8 });
  const client = dynamo.client({ name: 'c' });
  await sim.run(async () => {
    const key = Uint8Array.of(0, 255, 7);
    await client.put(key, Uint8Array.of(1, 2, 0, 254));
    expect((await client.get(key)).bytes()).toEqual([Uint8Array.of(1, 2, 0, 254)]);
    await client.put('k', 'é€');
    expect((await client.get('k')).value).toBe('é€');
    await expect(client.put('k', '123456789')).rejects.toThrow('value: 9 bytes are more than maxValueBytes, 8');
    await expect(client.put('k', '€€€')).rejects.toThrow('value: 9 bytes');
    await expect(client.get('ninebytes')).rejects.toThrow('key: 9 bytes are more than maxKeyBytes, 8');
    await expect(client.put('', 'v')).rejects.toMatchObject({ code: 'INVALID_KEY' });
  });
});

describe('changes while it runs', () => {
  test('R, W and the rest can be changed, for all nodes and clients at once', async () => {
    const { sim, dynamo, home } = start({ sloppy: false, w: 3 });
    const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
    await sim.run(async () => {
      sim.node(home[2] ?? '').crash();
      await expect(client.put('k', 'v')).rejects.toMatchObject({ required: 3 });
      dynamo.configure({ w: 2 });
      await client.put('k', 'v');
      dynamo.configure({ w: 3, sloppy: true });
      await client.put('k', 'w');
      expect(dynamo.config).toMatchObject({ w: 3, sloppy: true, r: 2, requestTimeout: 500_000 });
    });
  });

  test.each([
    [{ r: 4 }, 'r must be a whole number from 1 to 3 (n), got 4'],
    [{ zones: ['a'] } as never, 'zones cannot be changed while the deployment runs'],
    [{ n: 6 }, 'n must be a whole number from 1 to 5 (the number of nodes), got 6'],
    [{ n: 1 }, 'r must be a whole number from 1 to 1 (n), got 2'],
    [{ colour: 'red' } as never, "a running Dynamo has no option 'colour'"],
    [{ requestTimeout: 'soon' }, 'requestTimeout'],
  ])('%j is refused and changes nothing', (options, message) => {
    const { dynamo } = start();
    const before = { ...dynamo.config };
    expect(() => { dynamo.configure(options); }).toThrow(message);
    expect(dynamo.config).toEqual(before);
  });
});

test('N and the way of reconciling can be changed, too, and N for one request', async () => {
  const { sim, dynamo } = start({ antiEntropy: '2s' });
  const [a, b] = [dynamo.client({ name: 'a', coordinator: dynamo.homeNodes('k')[0] ?? '' }), dynamo.client({ name: 'b', coordinator: dynamo.homeNodes('k')[1] ?? '' })];
  const copies = (key: string): number => dynamo.nodes.filter((node) => dynamo.versions(node, key).length > 0).length;
  await sim.run(async () => {
    await a.put('once', 'v', { n: 1 });
    await sim.sleep('1s');
    expect(copies('once')).toBe(1);
    await expect(a.put('k', 'v', { n: 2, w: 3 })).rejects.toThrow('w must be a whole number from 1 to 2 (n), got 3');
    await Promise.all([a.put('k', '{"eggs":1}', { context: null }), b.put('k', '{"milk":1}', { context: null })]);
    expect((await a.get('k', { r: 3 })).values).toHaveLength(2);
    dynamo.configure({ conflict: 'cart-union', n: 4 });
    await sim.sleep('60s');
    expect(copies('k')).toBe(4);
    expect((await a.get('k', { r: 4 })).values).toEqual(['{"eggs":1,"milk":1}']);
  });
});

test('a request that failed is made again, as often as the client was told', async () => {
  for (const [retries, outcome] of [[0, 'QUORUM_NOT_REACHED'], [5, 'ok']] as const) {
    const { sim, dynamo, home } = start({ sloppy: false, w: 3 });
    const client = dynamo.client({ name: 'c', retries });
    await sim.run(async () => {
      sim.faults.isolate(home[1] ?? '').for('1200ms');
      const told = await client.put('k', 'v').then(() => 'ok', (error: { code: string }) => error.code);
      expect(['REQUEST_TIMEOUT', outcome]).toContain(told);
      expect(told === 'ok').toBe(outcome === 'ok');
    });
  }
});

describe('deletes', () => {
  test('a tombstone is reaped once all home nodes hold it, and not before', async () => {
    const { sim, dynamo, home } = start({ tombstones: '3s' });
    const client = dynamo.client({ name: 'c' });
    const held = (): number[] => home.map((node) => dynamo.versions(node, 'k').length);
    await sim.run(async () => {
      await client.put('k', 'v', { w: 3 });
      sim.node(home[2] ?? '').crash();
      await client.delete('k');
      await sim.sleep('20s');
      expect(held()).toEqual([1, 1, 0]);
      sim.node(home[2] ?? '').restart();
      await sim.sleep('60s');
      expect(held()).toEqual([0, 0, 0]);
      expect((await client.get('k', { r: 3 })).values).toEqual([]);
      await client.put('k', 'again');
      expect((await client.get('k', { r: 3 })).values).toEqual(['again']);
    });
  });
});

test('a tombstone stays while a home node that answers holds something else', async () => {
  const { sim, dynamo, home } = start({ tombstones: '3s', sloppy: false, readRepair: 'none', antiEntropy: false });
  const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
  await sim.run(async () => {
    await client.put('k', 'v', { w: 3 });
    { using _cut = sim.faults.isolate(home[2] ?? ''); await client.delete('k'); await sim.sleep('1s'); }
    await sim.sleep('30s');
    expect(home.map((node) => dynamo.versions(node, 'k').map(({ value }) => value))).toEqual([[null], [null], ['v']]);
  });
});

describe('mergers', () => {
  test('an OR-set merges what two sides of a partition did, and a removed item stays removed', async () => {
    const { sim, dynamo, home } = start({ conflict: 'or-set' });
    const set = MERGERS['or-set'];
    const [a, b] = [dynamo.client({ name: 'a', coordinator: home[0] ?? '' }), dynamo.client({ name: 'b', coordinator: home[1] ?? '' })];
    await sim.run(async () => {
      await a.update('k', ([cart = '']) => set.encode(set.add(set.add(set.decode(cart), 'a', 'milk'), 'a', 'eggs')));
      {
        using _cut = sim.faults.partition([home[0] ?? ''], dynamo.nodes.filter(({ id }) => id !== home[0]));
        await a.update('k', ([cart = '']) => set.encode(set.remove(set.decode(cart), 'milk')), { r: 1, w: 1, timeout: '50ms' });
        await b.update('k', ([cart = '']) => set.encode(set.add(set.decode(cart), 'b', 'bread')), { r: 1, w: 1 });
      }
      await sim.sleep('30s');
      const { values } = await a.get('k', { r: 3 });
      expect(values.map((cart) => set.value(set.decode(cart)))).toEqual([['bread', 'eggs']]);
    });
  });

  test('counters through one coordinator lose no increment, even with one context', async () => {
    const { sim, dynamo, home } = start({ conflict: 'g-counter' });
    const counter = MERGERS['g-counter'];
    const clients = ['a', 'b', 'c'].map((name) => dynamo.client({ name, coordinator: home[0] ?? '' }));
    await sim.run(async () => {
      await Promise.all(clients.map(async (client, i) => {
        for (let n = 0; n < 5; n++) await client.update('k', ([state = '']) => counter.encode(counter.increment(counter.decode(state), `actor${i}`, 1)));
      }));
      const [state = ''] = (await clients[0]?.get('k', { r: 3 }))?.values ?? [];
      expect(counter.value(counter.decode(state))).toBe(15);
    });
  });
});

describe('who coordinates', () => {
  test('section 5: a put goes to the node that answered the client\'s last read first', async () => {
    const { sim, dynamo, home } = start({ writes: 'buffered', readRepair: 'none' });
    const client = dynamo.client({ name: 'c', choice: 'fastest' });
    const [, , third = ''] = home;
    await sim.run(async () => {
      await client.put('k', 'v', { w: 3 });
      for (let i = 0; i < 5; i++) {
        // Only the third home node can answer a read that it coordinates itself.
        await client.get('k', { r: 1, coordinator: third });
        await client.put('k', `v${i}`);
        const [version] = (await client.get('k', { r: 1, coordinator: third })).versions;
        expect(version?.coordinator).toBe(third);
      }
    });
  });

  test('section 6.4: a library in the client asks the replicas itself; with timestamps it writes, too', async () => {
    for (const conflict of ['siblings', 'lww'] as const) {
      const { sim, dynamo } = start({ conflict });
      const client = dynamo.client({ name: 'c', coordination: 'client' });
      const asked = new Set<string>();
      sim.on('message', ({ from, message }) => { if (from === 'c') asked.add(message.type); });
      await sim.run(async () => {
        await client.put('k', 'v', { w: 3 });
        expect((await client.get('k', { r: 3 })).value).toBe('v');
        await client.delete('k');
        expect((await client.get('k', { r: 3 })).values).toEqual([]);
      });
      expect(asked.has('read')).toBe(true);
      expect([...asked].includes('write')).toBe(conflict === 'lww');
    }
  });

  test('a client learns of machines that joined, and asks them', async () => {
    const { sim, dynamo } = start();
    const client = dynamo.client({ name: 'c' });
    await sim.run(async () => {
      await dynamo.join({ name: 'new' });
      await sim.sleep('15s');
      await client.get('k');
      await sim.sleep('1s');
      const asked = new Set<string>();
      sim.on('message', ({ from, to }) => { if (from === 'c') asked.add(to); });
      for (let i = 0; i < 200; i++) await client.get(`key${i}`);
      expect(asked.has('new')).toBe(true);
    });
  });
});

describe('write-back before the reply', () => {
  const repairsOf = (sim: Simulation): string[] => {
    const to: string[] = [];
    sim.on('message', ({ message, to: node }) => { if (message.type === 'repair') to.push(node); });
    return to;
  };
  const options = { sloppy: false, conflict: 'lww', readRepair: 'before-reply' } as const;

  test('a read that W replicas agree with writes nothing back, though another has not answered yet', async () => {
    const { sim, dynamo, home } = start(options);
    const repairs = repairsOf(sim);
    const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
    await sim.run(async () => {
      await client.put('k', 'v');
      await sim.sleep('1s');
      expect((await client.get('k')).value).toBe('v');
      await sim.sleep('1s');
    });
    expect(repairs).toEqual([]);
  });

  test('one that answers late and is stale is repaired after the reply', async () => {
    const { sim, dynamo, home: [first = '', second = '', third = ''] } = start(options);
    const client = dynamo.client({ name: 'c', coordinator: first });
    await sim.run(async () => {
      await client.put('k', 'old', { w: 3 });
      const cut = sim.faults.isolate(third);
      await client.put('k', 'new', { w: 2 });
      await sim.sleep('2s');
      cut.heal();
      const repairs = repairsOf(sim);
      sim.network.setLatency(third, first, '50ms');
      expect((await client.get('k')).value).toBe('new');
      expect(repairs).toEqual([]);
      await sim.sleep('1s');
      expect(repairs).toEqual([third]);
    });
    expect([first, second, third].map((node) => dynamo.versions(node, 'k')[0]?.value)).toEqual(['new', 'new', 'new']);
  });

  test('where fewer than W agree it waits for those that it wrote to', async () => {
    const { sim, dynamo, home: [first = '', second = '', third = ''] } = start({ ...options, w: 3, antiEntropy: false });
    const client = dynamo.client({ name: 'c', coordinator: first });
    await sim.run(async () => {
      await client.put('k', 'old', { w: 3 });
      const cuts = [sim.faults.isolate(second), sim.faults.isolate(third)];
      await expect(client.put('k', 'new', { timeout: '200ms' })).rejects.toMatchObject({ code: 'QUORUM_NOT_REACHED' });
      for (const cut of cuts) cut.heal();
      sim.network.setLatency(first, third, '20ms');
      expect((await client.get('k')).value).toBe('new');
      const fresh = [first, second, third].filter((node) => dynamo.versions(node, 'k')[0]?.value === 'new');
      expect(fresh).toHaveLength(3);
    });
  });

  test('of a read of fewer replicas than W, all it asked are enough', async () => {
    const { sim, dynamo, home } = start(options);
    const client = dynamo.client({ name: 'c', coordinator: home[0] ?? '' });
    await sim.run(async () => {
      await client.put('k', 'v');
      expect((await client.get('k', { n: 1, r: 1 })).value).toBe('v');
    });
  });
});

test('a put that made siblings has not seen them: the next put of that client replaces its own value and leaves the other', async () => {
  const { sim, dynamo, home: [coordinator = ''] } = start({ versions: 'dotted' });
  const [one, other] = ['a', 'b'].map((name) => dynamo.client({ name, coordinator })) as [ReturnType<Dynamo['client']>, ReturnType<Dynamo['client']>];
  await sim.run(async () => {
    await one.put('k', 'theirs');
    await other.put('k', 'mine');
    await other.put('k', 'mine again');
    expect((await one.get('k')).values).toContain('theirs');
  });
});
