import { expect, test } from 'vitest';
import { createDynamo } from '../../../src/dynamo/index.ts';
import { Lane } from '../../../src/dynamo/tradeoff/lane.ts';
import { Simulation } from '../../../src/index.ts';

function lane(): Lane {
  const sim = new Simulation();
  const made = new Lane(createDynamo(sim, { nodes: 3 }).client({ name: 'c' }), 'k', 3);
  made.writes(1, sim.random);
  made.reads(1, sim.random);
  // Committed at 10, the write reaches the three at 5, 20 and 40; the read takes 1, 2 and 3 to them.
  made.written.splice(0, 3, 5, 20, 40);
  made.readDelays.splice(0, 3, 1, 2, 3);
  return made;
}

test('a read is fresh from the delay on at which one of the first R to answer has the write', () => {
  const made = lane();
  made.replies(1, 2, 103);
  made.replies(1, 1, 102);
  expect(made.freshFrom(1, 10)).toBe(20 - 10 - 2);
  made.replies(1, 0, 101);
  expect([1, 2, 3].map((r) => made.freshFrom(r, 10))).toEqual([5 - 10 - 1, 5 - 10 - 1, 5 - 10 - 1]);
});

test('of two replies that arrive in one microsecond the one that was sent first counts; those to an earlier read do not', () => {
  const made = lane();
  made.replies(7, 0, 1);
  made.replies(1, 2, 100);
  made.replies(1, 1, 100);
  expect(made.freshFrom(1, 10)).toBe(40 - 10 - 3);
  expect(made.freshFrom(2, 10)).toBe(20 - 10 - 2);
});
