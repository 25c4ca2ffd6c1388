import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOfText, KeyTree } from '../../src/dynamo/key-tree.ts';

const changes = fc.constantFrom(18, 24, 120).chain((most) => fc.array(fc.tuple(fc.nat(most), fc.option(fc.nat(3), { nil: undefined, freq: 2 })), { maxLength: 400 }));

function play(tree: KeyTree, held: Map<string, string>, steps: readonly (readonly [number, number | undefined])[]): void {
  for (const [number, version] of steps) {
    const key = `key-${number}`;
    const value = version === undefined ? undefined : `v${version}`;
    const news = held.get(key) !== value;
    expect(tree.update(key, value === undefined ? undefined : hashOfText(value))).toBe(news);
    if (value === undefined) held.delete(key);
    else held.set(key, value);
  }
}

function fresh(held: Iterable<readonly [string, string]>): KeyTree {
  const tree = new KeyTree();
  for (const [key, value] of held) tree.update(key, hashOfText(value));
  return tree;
}

/** Every node of a tree, from the root down. */
function nodes(tree: KeyTree, level = 0, indices: readonly number[] = [0]): unknown[] {
  const found = tree.hashesAt(level, indices);
  const next = found.flatMap(({ leaf, index }) => (leaf ? [] : Array.from({ length: 16 }, (_, way) => 16 * index + way)));
  return next.length === 0 ? found : [...found, ...nodes(tree, level + 1, next)];
}

test('the tree is a function of what it holds, node by node, however that came about', () => {
  fc.assert(fc.property(changes, (steps) => {
    const [tree, held] = [new KeyTree(), new Map<string, string>()];
    play(tree, held, steps);
    const again = fresh([...held].toReversed());
    expect(nodes(tree)).toEqual(nodes(again));
    expect(tree.size).toBe(held.size);
    const shown = tree.entriesUnder(0, 0).map(({ key, high, low }) => [key, { high, low }]);
    expect(new Map(shown as [string, unknown][])).toEqual(new Map([...held].map(([key, value]) => [key, hashOfText(value)])));
  }), { numRuns: 200 });
});

test('any difference shows at the root', () => {
  fc.assert(fc.property(changes, fc.nat(120), fc.nat(4), (steps, number, version) => {
    const [tree, held] = [new KeyTree(), new Map<string, string>()];
    play(tree, held, steps);
    const before = tree.root;
    const changed = tree.update(`key-${number}`, hashOfText(`v${version}`));
    expect(JSON.stringify(tree.root) !== JSON.stringify(before)).toBe(changed);
  }), { numRuns: 200 });
});

test('two keys that exchange their values do not cancel out', () => {
  expect(fresh([['a', '1'], ['b', '2']]).root).not.toEqual(fresh([['a', '2'], ['b', '1']]).root);
});

test('a leaf has at most 16 keys, and a hundred thousand keys are five levels deep', () => {
  const tree = fresh(Array.from({ length: 100_000 }, (_, i) => [`key-${i}`, 'v'] as const));
  const all = nodes(tree) as { readonly level: number; readonly leaf: boolean; readonly count: number }[];
  expect(all.filter(({ leaf, count }) => leaf !== count <= 16)).toEqual([]);
  expect(Math.max(...all.map(({ level }) => level))).toBeLessThanOrEqual(5);
  for (let i = 0; i < 100_000; i++) tree.update(`key-${i}`, undefined);
  expect(nodes(tree)).toEqual(nodes(new KeyTree()));
});

test('keys are found under every node, also where the leaf above holds them', () => {
  const tree = fresh([['a', '1'], ['b', '2']]);
  const found = Array.from({ length: 16 }, (_, way) => tree.entriesUnder(1, way)).flat().map(({ key }) => key);
  expect(found.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['a', 'b']);
});

test('a branch of keys that share a prefix folds up when it is small enough, over several levels at once', () => {
  const shared = fresh(Array.from({ length: 1000 }, (_, i) => [`key-${i}`, 'v'] as const)).entriesUnder(1, 3).slice(0, 17).map(({ key }) => key);
  const tree = fresh(shared.map((key) => [key, 'v'] as const));
  expect(nodes(tree).length).toBeGreaterThan(17);
  tree.update(shared[0] ?? '', undefined);
  expect(tree.entriesUnder(0, 0)).toHaveLength(16);
  expect(nodes(tree)).toEqual(nodes(fresh(shared.slice(1).map((key) => [key, 'v'] as const))));
});
