/**
 * How two replicas find the keys in which they differ (section 4.7), as pure functions over messages: one sends its root, the other
 * answers with the children of what differs, and so on in turns. Where one of the two has a leaf, that one lists its keys, at most 16
 * of them, and the other, which has the rest under that node, knows the difference.
 *
 * A message says all that its receiver needs. Nothing is remembered between two, so a lost one loses the exchange and nothing else,
 * and keys may change meanwhile: what is missed then is found by the next exchange.
 *
 * @module
 */
import type { KeyTree, TreeEntry, TreeNode } from './key-tree.ts';
import type { TreeHash } from '../distributed/merkle-tree.ts';

/** A node by its place. */
export interface TreeAddress {
  readonly level: number;
  readonly index: number;
}

/** All keys that the sender has under a node. */
export interface TreeList extends TreeAddress {
  readonly entries: readonly TreeEntry[];
}

/** One turn of an exchange. */
export interface TreeMessage {
  /** Nodes of the sender, to be compared. */
  readonly nodes: readonly TreeNode[];
  /** Leaves of the receiver whose keys the sender wants to know. */
  readonly asks: readonly TreeAddress[];
  readonly lists: readonly TreeList[];
}

/** A key in which two replicas differ, as the receiver of a list sees it. */
export interface TreeDifference {
  readonly key: string;
  /** The hash of what the receiver has; undefined when it has nothing. */
  readonly mine: TreeHash | undefined;
  /** The hash of what the sender has. */
  readonly theirs: TreeHash | undefined;
}

/** What follows from a message. */
export interface TreeAnswer {
  /** The next turn; undefined when there is nothing left to compare. */
  readonly reply: TreeMessage | undefined;
  /** Keys found to differ: the receiver sends what it has of them, and asks for what the other has. */
  readonly differing: readonly TreeDifference[];
}

/** The first turn: the root. */
export function openTreeExchange(tree: KeyTree): TreeMessage {
  return { nodes: [tree.root], asks: [], lists: [] };
}

/** Compares a message with the tree of who received it. */
export function answerTree(tree: KeyTree, message: TreeMessage): TreeAnswer {
  const nodes: TreeNode[] = [];
  const asks: TreeAddress[] = [];
  const lists: TreeList[] = [];
  const list = ({ level, index }: TreeAddress): void => { lists.push({ level, index, entries: tree.entriesUnder(level, index) }); };
  for (const theirs of message.nodes) {
    const { level, index } = theirs;
    const [mine] = tree.hashesAt(level, [index]);
    if (mine === undefined || sameNode(mine, theirs)) continue;
    // Of two leaves it does not matter which is listed. An inner node has more than 16 keys, or it would be none.
    if (mine.leaf) list(theirs);
    else if (theirs.leaf) asks.push({ level, index });
    else nodes.push(...tree.hashesAt(level + 1, Array.from({ length: 16 }, (_, way) => 16 * index + way)));
  }
  for (const address of message.asks) list(address);
  const differing = message.lists.flatMap((theirs) => differences(tree, theirs));
  return { reply: nodes.length + asks.length + lists.length === 0 ? undefined : { nodes, asks, lists }, differing };
}

/** About as many bytes as a message takes on a wire: 22 a node (8 of hash; level, place, count, and whether it is a leaf), 5 an address, 12 and the key a listed key. */
export function treeMessageBytes({ nodes, asks, lists }: TreeMessage): number {
  return 22 * nodes.length + 5 * asks.length + lists.reduce((sum, { entries }) => sum + 5 + entries.reduce((keys, { key }) => keys + 12 + key.length, 0), 0);
}

function differences(tree: KeyTree, { level, index, entries }: TreeList): TreeDifference[] {
  const theirs = new Map(entries.map((entry) => [entry.key, entry]));
  const found: TreeDifference[] = [];
  for (const mine of tree.entriesUnder(level, index)) {
    const other = theirs.get(mine.key);
    theirs.delete(mine.key);
    if (other === undefined || other.high !== mine.high || other.low !== mine.low) found.push({ key: mine.key, mine, theirs: other });
  }
  for (const other of theirs.values()) found.push({ key: other.key, mine: undefined, theirs: other });
  return found;
}

function sameNode(one: TreeNode, other: TreeNode): boolean {
  return one.count === other.count && one.high === other.high && one.low === other.low;
}
