import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../src/dynamo/deadline-queue.ts';
import { Simulation, type Host } from '../../src/index.ts';
import type { Micros } from '../../src/kernel/units.ts';

/** A node that has a queue whose deadlines are 10 ms, and what expired on it, with the instants in milliseconds. */
function queueOnANode() {
  const sim = new Simulation({ seed: 1 });
  const closed = new Set<number>();
  const expired: [id: number, at: number][] = [];
  const made: { queue: DeadlineQueue | undefined } = { queue: undefined };
  let atExpiry: ((id: number) => void) | undefined;
  sim.addNode('n1', (host: Host) => {
    const queue = new DeadlineQueue(host, { type: 'due' }, (id) => !closed.has(id));
    made.queue = queue;
    return {
      onMessage: () => undefined,
      onTimer: () => {
        queue.due((id) => {
          closed.add(id);
          expired.push([id, sim.now / 1000]);
          atExpiry?.(id);
        });
      },
    };
  });
  const add = (id: number): void => { made.queue?.add(id, 10_000 as Micros); };
  return { sim, closed, expired, add, whenOneExpires: (then: (id: number) => void) => { atExpiry = then; } };
}

describe('deadlines of one length', () => {
  it('those still open end, each in its time; the others do not', async () => {
    const { sim, closed, expired, add } = queueOnANode();
    add(1);
    add(2);
    await sim.advance('4ms');
    add(3);
    closed.add(2);
    await sim.advance('1s');
    expect(expired).toEqual([[1, 10], [3, 14]]);
  });

  it('a queue that was emptied and has fewer than before ends those alone, and each once', async () => {
    const { sim, closed, expired, add } = queueOnANode();
    for (const id of [1, 2, 3, 4]) add(id);
    await sim.advance('1s');
    expect(expired.map(([id]) => id)).toEqual([1, 2, 3, 4]);
    // Were what the emptied queue has left taken for entries, these would come up again.
    closed.clear();
    add(5);
    await sim.advance('1s');
    expect(expired.slice(4)).toEqual([[5, 1010]]);
  });

  it('one that is begun while others expire has its own time', async () => {
    const { sim, expired, add, whenOneExpires } = queueOnANode();
    whenOneExpires((id) => { if (id < 3) add(id + 2); });
    add(1);
    add(2);
    await sim.advance('1s');
    expect(expired).toEqual([[1, 10], [2, 10], [3, 20], [4, 20]]);
  });

  it('thousands that are over do not come up again, and do not delay those behind them', async () => {
    const { sim, closed, expired, add } = queueOnANode();
    for (let id = 0; id < 3000; id++) {
      add(id);
      if (id !== 1500) closed.add(id);
    }
    await sim.advance('5ms');
    add(3000);
    add(3001);
    await sim.advance('7ms');
    expect(expired).toEqual([[1500, 10]]);
    closed.clear();
    add(3002);
    await sim.advance('1s');
    expect(expired.slice(1)).toEqual([[3000, 15], [3001, 15], [3002, 22]]);
  });
});
