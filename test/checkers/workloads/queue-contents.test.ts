import { expect, it } from 'vitest';
import { checkQueue } from '../../../src/checkers/workloads/queue-contents.ts';
import type { Operation } from '../../../src/history/operation.ts';
import { history } from '../notation.ts';

/** In the notation a dequeue's value is its argument; here it is the answer. */
function queue(text: string): Operation[] {
  return history(text).map((operation) => (operation.f === 'enqueue' ? operation : { ...operation, input: null, output: operation.status === 'ok' ? operation.input : null }));
}

it('finds elements lost, doubled, and from nowhere', () => {
  expect(checkQueue(queue('a enqueue q 1\nb dequeue q 1\nb dequeue q null')).verdict).toBe('ok');
  expect(checkQueue(queue('a enqueue q 1\nb dequeue q null'))).toMatchObject({
    verdict: 'violation', key: 'q', explanation: '1 was acknowledged and never taken, but b found the queue empty after that',
  });
  expect(checkQueue(queue('a enqueue q 1\nb dequeue q 1\nc dequeue q 1')).explanation).toBe('1 was taken 2 times where it was enqueued 1 time');
  expect(checkQueue(queue('a enqueue q 1\nb dequeue q 2')).explanation).toBe('b took 2, which nobody enqueued');
  expect(checkQueue(queue('a enqueue q 1\na enqueue q 2\nb drain q [1,2]')).verdict).toBe('ok');
});

it('does not call lost what may be in the queue still, or with one who never came back', () => {
  expect(checkQueue(queue('a enqueue q 1')).verdict).toBe('ok');
  expect(checkQueue(queue('a enqueue q 1\n?b dequeue q\nc dequeue q null')).verdict).toBe('ok');
});

it('goes by what the queue promises', () => {
  const twice = queue('a enqueue q 1\nb dequeue q 1\nc dequeue q 1');
  expect(checkQueue(twice, { delivery: 'at-least-once' }).verdict).toBe('ok');
  expect(checkQueue(queue('a enqueue q 1\nb dequeue q null'), { delivery: 'at-most-once' }).verdict).toBe('ok');
  expect(() => checkQueue(twice, { delivery: 'never' as never })).toThrow('delivery must be one of exactly-once');
});
