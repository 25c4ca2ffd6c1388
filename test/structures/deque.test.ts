import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Deque } from '../../src/structures/deque.ts';

it('a Deque does what an array does, at both ends and inside', () => {
  const step = fc.tuple(fc.constantFrom('push', 'unshift', 'pop', 'shift', 'push', 'unshift', 'set'), fc.nat(99));
  fc.assert(fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
    const deque = new Deque<number>();
    const model: number[] = [];
    for (const [kind, item] of steps) {
      if (kind === 'push') {
        deque.push(item);
        model.push(item);
      } else if (kind === 'unshift') {
        deque.unshift(item);
        model.unshift(item);
      } else if (kind === 'set') {
        if (item < model.length) {
          deque.set(item, -1);
          model[item] = -1;
        }
      } else {
        const ours = kind === 'pop' ? deque.pop() : deque.shift();
        const theirs = kind === 'pop' ? model.pop() : model.shift();
        if (ours !== theirs) throw new RangeError(`${kind} gave ${String(ours)}, not ${String(theirs)}`);
      }
    }
    expect(deque.slice()).toEqual(model);
    expect(deque.slice(2, 5)).toEqual(model.slice(2, 5));
    expect([deque.size, deque.at(-1), deque.at(model.length)]).toEqual([model.length, undefined, undefined]);
    deque.assign([...model, 7]);
    expect(deque.slice()).toEqual([...model, 7]);
  }));
});
