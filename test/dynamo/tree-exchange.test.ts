import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashOfText, KeyTree } from '../../src/dynamo/key-tree.ts';
import { answerTree, openTreeExchange, treeMessageBytes, type TreeDifference, type TreeMessage } from '../../src/dynamo/tree-exchange.ts';

interface Outcome { readonly differing: readonly TreeDifference[]; readonly messages: number; readonly hashes: number; readonly listed: number; readonly bytes: number }

/** Plays an exchange to its end. */
function exchange(left: KeyTree, right: KeyTree): Outcome {
  const differing: TreeDifference[] = [];
  const turns: TreeMessage[] = [];
  let message: TreeMessage | undefined = openTreeExchange(left);
  for (let turn = 0; message !== undefined; turn++) {
    turns.push(message);
    const answer = answerTree(turn % 2 === 0 ? right : left, message);
    differing.push(...answer.differing);
    message = answer.reply;
  }
  return {
    differing,
    messages: turns.length,
    hashes: turns.reduce((sum, { nodes }) => sum + nodes.length, 0),
    listed: turns.reduce((sum, { lists }) => sum + lists.reduce((keys, { entries }) => keys + entries.length, 0), 0),
    bytes: turns.reduce((sum, turn) => sum + treeMessageBytes(turn), 0),
  };
}

function treeOf(held: Iterable<readonly [string, string]>): KeyTree {
  const tree = new KeyTree();
  for (const [key, value] of held) tree.update(key, hashOfText(value));
  return tree;
}

const byName = (names: readonly string[]): string[] => names.toSorted((a, b) => (a < b ? -1 : 1));
const contents = fc.array(fc.tuple(fc.nat(300).map((i) => `key-${i}`), fc.constantFrom('v1', 'v2')), { maxLength: 300 }).map((pairs) => new Map(pairs));
/** The same on both sides, so that trees are large and alike. */
const common = fc.nat(400).map((count) => Array.from({ length: count }, (_, i) => [`common-${i}`, 'v'] as const));

test('exactly the keys in which two replicas differ are found, whatever they hold', () => {
  fc.assert(fc.property(common, contents, contents, (shared, left, right) => {
    const [one, other] = [new Map([...shared, ...left]), new Map([...shared, ...right])];
    const expected = [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key));
    const { differing } = exchange(treeOf(one), treeOf(other));
    expect(byName(differing.map(({ key }) => key))).toEqual(byName(expected));
    for (const { key, mine, theirs } of differing) {
      const hashes = [one, other].map((held) => held.get(key)).map((value) => (value === undefined ? undefined : hashOfText(value)));
      const seen = [mine, theirs].map((hash) => (hash === undefined ? undefined : { high: hash.high, low: hash.low }));
      expect([hashes, hashes.toReversed()]).toContainEqual(seen);
    }
  }), { numRuns: 200 });
});

test('equal replicas: one message with one hash, and no answer', () => {
  const keys = Array.from({ length: 5000 }, (_, i) => [`key-${i}`, 'v'] as const);
  expect(exchange(treeOf(keys), treeOf(keys.toReversed()))).toEqual({ differing: [], messages: 1, hashes: 1, listed: 0, bytes: 22 });
  expect(exchange(treeOf([]), treeOf([])).messages).toBe(1);
});

describe('what is exchanged is in proportion to the difference', () => {
  const count = 40_000;
  const all = Array.from({ length: count }, (_, i) => [`key-${i}`, 'v'] as const);
  const whole = treeOf(all);

  test.each([1, 10, 100, 1000])('%i different keys among 40,000: at most 16 hashes a level and key, and the keys of one leaf', (different) => {
    const other = treeOf(all.map(([key, value], i) => [key, i % (count / different) === 0 ? 'w' : value]));
    const { differing, hashes, listed, messages } = exchange(whole, other);
    expect(differing).toHaveLength(different);
    const levels = Math.ceil(Math.log(count) / Math.log(16));
    expect(hashes).toBeLessThanOrEqual(1 + 16 * levels * different);
    expect(listed).toBeLessThanOrEqual(16 * different);
    expect(messages).toBeLessThanOrEqual(levels + 3);
  });

  test('ten times the data costs one level more', () => {
    const bytes = [4000, 40_000].map((size) => exchange(treeOf(all.slice(0, size)), treeOf([...all.slice(0, size), ['another', 'v']])).bytes);
    expect((bytes[1] ?? 0) / (bytes[0] ?? 1)).toBeLessThan(2);
  });

  test('an empty replica asks for nothing but the keys: nobody lists what the other must have', () => {
    const { differing, hashes, listed } = exchange(treeOf([]), whole);
    expect([differing.length, hashes, listed]).toEqual([count, 1, 0]);
  });
});

test('a tree that shrank since it sent its nodes still answers', () => {
  const keys = Array.from({ length: 100 }, (_, i) => [`key-${i}`, 'v'] as const);
  const [left, right] = [treeOf(keys), treeOf([...keys, ['another', 'v']])];
  const first = answerTree(right, openTreeExchange(left)).reply;
  for (const [key] of keys.slice(10)) left.update(key, undefined);
  const second = first === undefined ? undefined : answerTree(left, first).reply;
  const found = second === undefined ? [] : answerTree(right, second).differing.map(({ key }) => key);
  expect(found).toContain('another');
});
