import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orSet } from '../../../src/dynamo/mergers/or-set.ts';

interface Step { readonly kind: 'add' | 'remove' | 'merge'; readonly replica: number; readonly from: number; readonly item: string }

/** The specification, which forgets nothing: a remove names the adds that it has seen; an item is there when one of its adds is not named. */
class Specification {
  readonly adds = new Map<number, string>();
  readonly removed = new Set<number>();

  value(): string[] {
    return [...new Set([...this.adds].filter(([add]) => !this.removed.has(add)).map(([, item]) => item))].sort((a, b) => (a < b ? -1 : 1));
  }

  remove(item: string): void {
    for (const [add, other] of this.adds) if (other === item) this.removed.add(add);
  }

  merge(other: Specification): void {
    for (const [add, item] of other.adds) this.adds.set(add, item);
    for (const add of other.removed) this.removed.add(add);
  }
}

const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({
  kind: fc.constantFrom('add', 'remove', 'merge'), replica: fc.nat(2), from: fc.nat(2), item: fc.constantFrom('beer', 'milk', 'tea'),
}), { maxLength: 40 });

test('an add wins over a remove that has not seen it, and nothing else comes back: as the specification has it', () => {
  fc.assert(fc.property(steps, (played) => {
    const states = [orSet.empty, orSet.empty, orSet.empty];
    const models = states.map(() => new Specification());
    played.forEach(({ kind, replica, from, item }, i) => {
      const [state = orSet.empty, model = new Specification()] = [states[replica], models[replica]];
      if (kind === 'add') {
        states[replica] = orSet.add(state, `actor-${replica}`, item);
        model.adds.set(i, item);
      } else if (kind === 'remove') {
        states[replica] = orSet.remove(state, item);
        model.remove(item);
      } else {
        states[replica] = orSet.join(state, states[from] ?? orSet.empty);
        model.merge(models[from] ?? model);
      }
      expect(orSet.value(states[replica] ?? orSet.empty)).toEqual(model.value());
    });
  }), { numRuns: 2000 });
});

test('removed items leave no trace but the count of events', () => {
  let set = orSet.empty;
  for (let i = 0; i < 1000; i++) set = orSet.remove(orSet.add(set, 'a', `item-${i}`), `item-${i}`);
  expect(orSet.encode(set)).toBe('["or-set",[["a",1000]],[]]');
});

test('the item that a cart of the paper brings back stays out of an OR-set', () => {
  const before = orSet.add(orSet.add(orSet.empty, 'alice', 'milk'), 'alice', 'beer');
  const merged = orSet.join(orSet.remove(before, 'beer'), orSet.add(before, 'bob', 'tea'));
  expect(orSet.value(merged)).toEqual(['milk', 'tea']);
});
