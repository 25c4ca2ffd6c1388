import { expect, test } from 'vitest';
import { crdtMap, gCounter, lwwRegister, orSet, pnCounter, type CrdtMapState } from '../../../src/dynamo/mergers/index.ts';
import { UsageError } from '../../../src/index.ts';

const profile = crdtMap.update(crdtMap.update(crdtMap.empty, 'a', 'tags', orSet, (tags) => orSet.add(tags, 'a', 'new')), 'a', 'visits', pnCounter, (visits) => pnCounter.increment(visits, 'a', 3));

test('fields are merged by their own types', () => {
  const left = crdtMap.update(profile, 'a', 'tags', orSet, (tags) => orSet.remove(tags, 'new'));
  const right = crdtMap.update(crdtMap.update(profile, 'b', 'visits', pnCounter, (visits) => pnCounter.increment(visits, 'b')), 'b', 'tags', orSet, (tags) => orSet.add(tags, 'b', 'paying'));
  expect(crdtMap.value(crdtMap.join(left, right))).toEqual([{ name: 'tags', type: 'or-set', value: ['paying'] }, { name: 'visits', type: 'pn-counter', value: 4 }]);
});

test('a change of a field wins over a remove that has not seen it; what the field held continues', () => {
  const removed = crdtMap.remove(profile, 'visits', pnCounter);
  expect(crdtMap.get(removed, 'visits', pnCounter)).toBeUndefined();
  expect(crdtMap.get(crdtMap.join(removed, profile), 'visits', pnCounter)).toBeUndefined();
  const changed = crdtMap.update(profile, 'b', 'visits', pnCounter, (visits) => pnCounter.increment(visits, 'b'));
  expect(crdtMap.get(crdtMap.join(removed, changed), 'visits', pnCounter)).toEqual({ up: [['a', 3], ['b', 1]], down: [] });
});

test('one name with two types is two fields', () => {
  const both = crdtMap.update(profile, 'a', 'visits', gCounter, (visits) => gCounter.increment(visits, 'a'));
  expect(crdtMap.value(both).map(({ name, type }) => `${name} ${type}`)).toEqual(['visits g-counter', 'tags or-set', 'visits pn-counter']);
});

test('maps nest, up to a depth that is refused by name', () => {
  const nest = (state: CrdtMapState, depth: number): CrdtMapState => crdtMap.update(state, 'a', 'f', crdtMap, (inner) =>
    (depth === 1 ? crdtMap.update(inner, 'a', 'x', lwwRegister, (register) => lwwRegister.set(register, 'a', 'deep', 1)) : nest(inner, depth - 1)));
  const deep = nest(crdtMap.empty, 31);
  expect(crdtMap.decode(crdtMap.encode(deep))).toEqual(deep);
  expect(() => nest(crdtMap.empty, 32)).toThrow('field f: maps nest at most 32 deep');
});

test('a type that nobody else would know is refused', () => {
  expect(() => crdtMap.update(crdtMap.empty, 'a', 'f', { ...gCounter, name: 'mine' }, (state) => state)).toThrow(UsageError);
});
