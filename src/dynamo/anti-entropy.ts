/**
 * Anti-entropy (section 4.7): a node keeps a Merkle tree for each key range that it holds, and now and then compares those that it has in
 * common with another home node, from the roots down. Where they are equal one hash travels; where not, hashes in proportion to
 * the difference, and then the keys that differ, both ways.
 *
 * Changes are folded into the trees when these are next compared. When the ring changes, the trees are built anew: the price of
 * ranges that move, which the paper names as a disadvantage of its first strategy (section 6.2).
 *
 * @module
 */
import type { TreeHash } from '../distributed/merkle-tree.ts';
import type { Host, Timer } from '../kernel/node.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import { mix32 } from '../structures/hash.ts';
import type { AdmissionControl } from './admission-control.ts';
import type { FailureDetector } from './failure-detector.ts';
import { hashOfText, KeyTree } from './key-tree.ts';
import type { RingView } from './membership/ring-view.ts';
import type { TreeSummary, TreeTurns, WriteReplica } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import { encodeObject, ObjectRecord } from './storage/object-record.ts';
import type { Storage } from './storage/storage.ts';
import { answerTree, openTreeExchange, treeMessageBytes, type TreeMessage } from './tree-exchange.ts';

/** The timer of the next round. */
export interface AntiEntropyTimer extends Timer {
  readonly type: 'anti-entropy-round';
}

/** What anti-entropy needs of its node. */
export interface AntiEntropyParts {
  readonly host: Host;
  readonly config: DynamoConfig;
  readonly view: RingView;
  readonly storage: Storage;
  readonly detector: FailureDetector;
  readonly admission: AdmissionControl;
}

/** About as many bytes as a hash over ranges takes with what goes with it. */
const SUMMARY_BYTES = 24;
const PARTITION_BYTES = 4;

/** A node's part in anti-entropy. */
export class AntiEntropy {
  readonly #parts: AntiEntropyParts;
  /** By key range. */
  readonly #trees = new Map<number, KeyTree>();
  /** Whether all trees are to be built anew. */
  #isStale = true;

  /** @param parts - of the same incarnation */
  constructor(parts: AntiEntropyParts) {
    this.#parts = parts;
  }

  /** Begins the rounds, when there are any. Nodes do not all compare at the same instant. */
  start(): void {
    const { antiEntropy } = this.#parts.config;
    if (antiEntropy !== undefined) this.#later((antiEntropy / 2 + this.#parts.host.random.below(Math.max(1, antiEntropy))) as Micros);
  }

  /** Key ranges are others now. */
  ringChanged(): void {
    this.#trees.clear();
    this.#isStale = true;
  }

  /** Compares with one other home node of what this node holds. */
  round(): void {
    const { host, config, detector } = this.#parts;
    if (config.antiEntropy === undefined) return;
    this.#later(config.antiEntropy);
    this.#update();
    const peers = new Set<NodeId>();
    for (const partition of this.#trees.keys()) for (const node of this.#home(partition)) if (node !== host.id && detector.isHealthy(node)) peers.add(node);
    if (peers.size > 0) this.#compareWith(host.random.pick([...peers]));
  }

  #compareWith(peer: NodeId): void {
    const { host, view } = this.#parts;
    const message: TreeSummary = { type: 'tree-summary', ring: view.digest, root: this.#summary(peer), bytes: SUMMARY_BYTES };
    host.send(peer, message);
  }

  /** Another node compares, or found that the two differ. */
  compared(from: NodeId, { type, ring, root }: TreeSummary): void {
    const { host, view } = this.#parts;
    if (ring !== view.digest) return;
    this.#update();
    const mine = this.#summary(from);
    if (type === 'tree-summary') {
      if (mine.high === root.high && mine.low === root.low) return;
      const reply: TreeSummary = { type: 'tree-roots-wanted', ring, root: mine, bytes: SUMMARY_BYTES };
      host.send(from, reply);
      return;
    }
    this.#send(from, this.#common(from).map((partition) => ({ partition, turn: openTreeExchange(this.#tree(partition)) })), [], true);
  }

  /** The next turns of an exchange. */
  turned(from: NodeId, { ring, turns, wanted, opens }: TreeTurns): void {
    const { view, admission } = this.#parts;
    if (ring !== view.digest) return;
    this.#update();
    let left = admission.round();
    const asked: string[] = [];
    const replies: { partition: number; turn: TreeMessage }[] = [];
    const named = new Set(turns.map(({ partition }) => partition));
    for (const { partition, turn } of turns) {
      const { reply, differing } = answerTree(this.#tree(partition), turn);
      if (reply !== undefined) replies.push({ partition, turn: reply });
      for (const { key, mine, theirs } of differing) {
        if (left <= 0) break;
        left--;
        if (mine !== undefined) this.#give(from, key);
        if (theirs !== undefined) asked.push(key);
      }
    }
    // The first turns cannot name the ranges that only this node has something in.
    if (opens) {
      for (const partition of this.#common(from)) if (!named.has(partition)) replies.push({ partition, turn: openTreeExchange(this.#tree(partition)) });
    }
    for (const key of wanted) this.#give(from, key);
    if (replies.length > 0 || asked.length > 0) this.#send(from, replies, asked, false);
  }

  #give(to: NodeId, key: string): void {
    const versions = this.#parts.storage.versions(key);
    if (versions.length === 0) return;
    const record = new ObjectRecord(key, versions);
    const message: WriteReplica = { type: 'repair', id: 0, key, versions, record, bytes: record, hintFor: undefined, durable: false };
    this.#parts.host.send(to, message);
  }

  #send(to: NodeId, turns: TreeTurns['turns'], wanted: readonly string[], opens: boolean): void {
    const bytes = turns.reduce((sum, { turn }) => sum + PARTITION_BYTES + treeMessageBytes(turn), 0) + wanted.reduce((sum, key) => sum + key.length, 0);
    const message: TreeTurns = { type: 'tree-turns', ring: this.#parts.view.digest, turns, wanted, opens, bytes };
    this.#parts.host.send(to, message);
  }

  /** The key ranges that this node holds something of and another is a home node of, too. */
  #common(peer: NodeId): number[] {
    const common: number[] = [];
    for (const [partition, { size }] of this.#trees) if (size > 0 && this.#home(partition).includes(peer)) common.push(partition);
    return common.sort((a, b) => a - b);
  }

  /** One hash over all ranges in common. Empty ranges count for nothing: the other may not have a tree for them. */
  #summary(peer: NodeId): TreeHash {
    let high = 0;
    let low = 0;
    for (const partition of this.#common(peer)) {
      const { root } = this.#tree(partition);
      high ^= mix32(root.high + Math.imul(partition, 0x9e3779b1));
      low ^= mix32(root.low + Math.imul(partition, 0xc2b2ae35));
    }
    return { high, low };
  }

  #home(partition: number): readonly NodeId[] {
    const { view, config } = this.#parts;
    return view.membership.current.preferenceList(partition).slice(0, config.n);
  }

  #tree(partition: number): KeyTree {
    let tree = this.#trees.get(partition);
    if (tree === undefined) {
      tree = new KeyTree();
      this.#trees.set(partition, tree);
    }
    return tree;
  }

  /** Folds in what has changed. */
  #update(): void {
    const { storage, view } = this.#parts;
    const changed = storage.takeChanged();
    for (const key of this.#isStale ? keysOf(storage) : changed) {
      const versions = storage.versions(key);
      const tree = this.#tree(view.membership.current.partitionOf(key));
      tree.update(key, versions.length === 0 ? undefined : hashOfText(encodeObject(key, versions)));
    }
    this.#isStale = false;
  }

  #later(delay: Micros): void {
    const timer: AntiEntropyTimer = { type: 'anti-entropy-round' };
    this.#parts.host.setTimer(delay, timer);
  }
}

function keysOf(storage: Storage): readonly string[] {
  return [...storage.entries()].map(([key]) => key);
}
