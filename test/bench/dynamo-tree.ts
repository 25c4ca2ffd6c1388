/**
 * The Merkle tree of a key range: the price of an update by the number of keys, with a `Map.set` of the same key as the peer in the same
 * run, and what an exchange costs by the number of differences.
 *
 * @module
 */
import { hashOfText, KeyTree } from '../../src/dynamo/key-tree.ts';
import { answerTree, openTreeExchange, treeMessageBytes, type TreeMessage } from '../../src/dynamo/tree-exchange.ts';

const hashes = [hashOfText('one'), hashOfText('two')] as const;

function treeOf(keys: readonly string[]): KeyTree {
  const tree = new KeyTree();
  for (const key of keys) tree.update(key, hashes[0]);
  return tree;
}

/** Nanoseconds an update, of the tree and of a map: the same keys in the same order. */
function updateCost(count: number): { readonly tree: number; readonly map: number } {
  const keys = Array.from({ length: count }, (_, i) => `key-${i}`);
  const tree = treeOf(keys);
  const map = new Map(keys.map((key) => [key, hashes[0]]));
  const turns = 1_000_000;
  const time = (update: (key: string, i: number) => void): number => {
    const start = performance.now();
    for (let i = 0; i < turns; i++) update(keys[(i * 7919) % count] ?? '', i);
    return ((performance.now() - start) * 1e6) / turns;
  };
  return { tree: time((key, i) => { tree.update(key, hashes[Math.floor(i / count + 1) & 1]); }), map: time((key, i) => { map.set(key, hashes[i & 1] ?? hashes[0]); }) };
}

function exchangeBytes(left: KeyTree, right: KeyTree): number {
  let bytes = 0;
  let message: TreeMessage | undefined = openTreeExchange(left);
  for (let turn = 0; message !== undefined; turn++) {
    bytes += treeMessageBytes(message);
    message = answerTree(turn % 2 === 0 ? right : left, message).reply;
  }
  return bytes;
}

/** Prints the tree's figures. */
export async function benchDynamoTree(print: (line: string) => void): Promise<void> {
  updateCost(1000);
  const few = updateCost(1000);
  for (const count of [1000, 30_000, 1_000_000]) {
    const cost = count === 1000 ? few : updateCost(count);
    print(`dynamo-tree: ${count.toLocaleString('en').padStart(9)} keys: ${cost.tree.toFixed(0)} ns an update (${(cost.tree / few.tree).toFixed(1)} x that at 1,000); `
      + `Map.set ${cost.map.toFixed(0)} ns (${(cost.map / few.map).toFixed(1)} x)`);
  }
  const keys = Array.from({ length: 1_000_000 }, (_, i) => `key-${i}`);
  const [left, right] = [treeOf(keys), treeOf(keys)];
  let changed = 0;
  for (const different of [0, 1, 10, 100, 1000]) {
    while (changed < different) right.update(keys[(changed++ * 7919) % keys.length] ?? '', hashes[1]);
    print(`dynamo-tree: 1,000,000 keys, ${different} of them different: ${exchangeBytes(left, right).toLocaleString('en')} bytes exchanged`);
  }
  await Promise.resolve();
}
