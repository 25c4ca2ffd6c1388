import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cartUnion, crdtMap, gCounter, gSet, lwwRegister, MERGERS, mergerNamed, orSet, pnCounter, type DataType, type FieldType } from '../../../src/dynamo/mergers/index.ts';
import { InputError, UsageError } from '../../../src/index.ts';

type Change<State> = (state: State, actor: string, item: string, amount: number) => State;

/** A type, and the ways in which a client changes it. */
interface Subject {
  readonly name: string;
  /** The encoded states that replicas come to by the steps, with every state in between. */
  readonly play: (steps: readonly Step[]) => readonly string[];
  readonly type: DataType<unknown>;
}

interface Step { readonly replica: number; readonly with: number; readonly change: number; readonly item: string; readonly amount: number }

const REPLICAS = 3;
const items = fc.oneof(fc.constantFrom('beer', 'milk', '', '"', 'é', '\u0000', '😀', '\ud800', '__proto__'), fc.string());
const steps = fc.array(fc.record({
  replica: fc.nat(REPLICAS - 1), with: fc.nat(REPLICAS - 1), change: fc.nat(5), item: items, amount: fc.integer({ min: 1, max: 9 }),
}), { maxLength: 12 });

function subject<State>(type: DataType<State>, changes: readonly Change<State>[]): Subject {
  return {
    name: type.name,
    type: type as DataType<unknown>,
    play: (played) => {
      const replicas = Array.from({ length: REPLICAS }, () => type.empty);
      return played.map(({ replica, with: other, change, item, amount }) => {
        const [before, peer] = [replicas[replica] ?? type.empty, replicas[other] ?? type.empty];
        const next = changes[change % (changes.length + 1)]?.(before, `actor-${replica}`, item, amount) ?? type.join(before, peer);
        replicas[replica] = next;
        return type.encode(next);
      });
    },
  };
}

const field = <State>(type: FieldType<State>, change: Change<State>): Change<ReturnType<typeof crdtMap.decode>> =>
  (state, actor, item, amount) => crdtMap.update(state, actor, 'f', type, (content) => change(content, actor, item, amount));

const subjects: readonly Subject[] = [
  subject(cartUnion, [(cart, _, item, amount) => cartUnion.add(cart, item, amount), (cart, _, item) => cartUnion.remove(cart, item)]),
  subject(gCounter, [(counter, actor, _, amount) => gCounter.increment(counter, actor, amount)]),
  subject(pnCounter, [(counter, actor, _, amount) => pnCounter.increment(counter, actor, amount), (counter, actor, _, amount) => pnCounter.decrement(counter, actor, amount)]),
  subject(gSet, [(set, _, item) => gSet.add(set, item)]),
  subject(orSet, [(set, actor, item) => orSet.add(set, actor, item), (set, _, item) => orSet.remove(set, item), (set) => orSet.remove(set, orSet.value(set)[0] ?? '')]),
  subject(lwwRegister, [(register, actor, item, amount) => lwwRegister.set(register, actor, item, amount)]),
  subject(crdtMap, [
    field(orSet, (set, actor, item) => orSet.add(set, actor, item)),
    field(orSet, (set) => orSet.remove(set, orSet.value(set)[0] ?? '')),
    field(pnCounter, (counter, actor, _, amount) => pnCounter.increment(counter, actor, amount)),
    field(crdtMap, field(lwwRegister, (register, actor, item, amount) => lwwRegister.set(register, actor, item, amount))),
    (state) => crdtMap.remove(state, 'f', orSet),
  ]),
];

const garbage = fc.oneof(fc.string(), fc.json(), fc.constantFrom('', '[', '["or-set"]', '["or-set",[],[["a",[["x",1]]]]]', '["g-counter",[["a",-1]]]', '["map",[],[]]', '{"milk":0}', '[['.repeat(40_000)));

describe.each(subjects)('$name', ({ play, type }) => {
  const values = steps.chain((played) => {
    const states = play(played);
    return fc.array(states.length === 0 ? garbage : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...states) }, garbage), { minLength: 1, maxLength: 5 });
  });

  test('merging is commutative, associative and idempotent, whatever the bytes', () => {
    fc.assert(fc.property(values, values, values, (a, b, c) => {
      const [x, y, z] = [type.merge(a), type.merge(b), type.merge(c)];
      expect(type.merge([x])).toBe(x);
      expect(type.merge([x, x])).toBe(x);
      expect(type.merge([...a, ...a])).toBe(x);
      expect(type.merge([x, y])).toBe(type.merge([y, x]));
      expect(type.merge([type.merge([x, y]), z])).toBe(type.merge([x, type.merge([y, z])]));
      expect(type.merge([...a, ...b])).toBe(type.merge([x, y]));
      expect(type.merge(['', x])).toBe(x);
    }), { numRuns: 300 });
  });

  test('a state is written in one way, in ASCII, and read back', () => {
    fc.assert(fc.property(steps, (played) => {
      for (const state of play(played)) {
        expect(type.encode(type.decode(state))).toBe(state);
        expect(state).toMatch(/^[\u0020-\u007e]*$/);
        expect(type.merge([state])).toBe(state);
      }
    }), { numRuns: 100 });
  });

  test('replicas that have seen the same are the same, in whatever order they heard of it', () => {
    fc.assert(fc.property(steps, (played) => {
      const states = play(played);
      expect(type.merge(states)).toBe(type.merge(states.toReversed()));
      expect(type.merge([type.merge(states), ...states])).toBe(type.merge(states));
    }), { numRuns: 100 });
  });

  test('what is no state of the type gives way to one that is, and is refused by a client that reads it', () => {
    const empty = type.encode(type.empty);
    expect(type.merge(['zebra', empty])).toBe(empty);
    expect(type.merge(['zebra', 'aardvark'])).toBe('zebra');
    expect(type.merge([])).toBe('');
    expect(() => type.decode('zebra')).toThrow(InputError);
    expect(() => type.decode('zebra')).toThrow(`not a ${type.name}: "zebra"`);
    expect(type.decode(null)).toEqual(type.empty);
    expect(type.decode('')).toEqual(type.empty);
  });
});

test('states of another type are foreign', () => {
  for (const one of subjects) for (const other of subjects.filter(({ name }) => name !== one.name)) expect(one.type.merge([other.type.encode(other.type.empty)])).toBe(other.type.encode(other.type.empty));
  expect(gCounter.merge([gCounter.encode(gCounter.increment(gCounter.empty, 'a')), orSet.encode(orSet.add(orSet.empty, 'a', 'milk'))])).toBe('["g-counter",[["a",1]]]');
});

test('mergers are found by name, and an unknown name is refused with those there are', () => {
  for (const [name, merger] of Object.entries(MERGERS)) expect([merger.name, mergerNamed(name)]).toEqual([name, merger]);
  for (const name of ['cart', 'toString', '']) {
    expect(() => mergerNamed(name)).toThrow(UsageError);
    expect(() => mergerNamed(name)).toThrow(`conflict: there is no merger '${name}'; known are cart-union, g-counter, g-set, lww-register, map, or-set, pn-counter`);
  }
});

test.each(['["g-set",["b","a"]]', '["g-set", ["a"]]', '["or-set",[],[["a",[["x",1]]]]]', '["or-set",[["x",1]],[["a",[]]]]', '["map",["or-set",[],[]],[["f","nothing",1]]]'])('%s is nobody\'s state', (value) => {
  for (const type of [gSet, orSet, crdtMap]) expect(() => type.decode(value)).toThrow(InputError);
});
