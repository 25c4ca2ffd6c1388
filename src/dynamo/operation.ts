/**
 * A get or put under way at its coordinator: who was asked, who answered what, and what is still missing.
 *
 * @module
 */
import type { NodeId } from '../kernel/units.ts';
import type { GetRequest, Missing, PutRequest } from './messages.ts';
import type { ReadRepair } from './options.ts';
import type { ObjectRecord } from './storage/object-record.ts';
import type { Versions } from './version.ts';

/** What a request wants before it is answered. */
export interface Wanted {
  /** R or W. */
  readonly replies: number;
  /** PR or PW. */
  readonly primaries: number;
  /** DW; of a get 0. */
  readonly durable: number;
}

/** Who takes part: nodes, and beside each the home node that it stands in for, if it does. Lists that others may share. */
export interface Participants {
  readonly nodes: readonly NodeId[];
  readonly standsFor: readonly (NodeId | undefined)[];
}

/** A list to be filled. Those of nearly all quorums are written out: the engine makes them where they stand, without a call. */
function room<T>(length: number, filler: T): T[] {
  if (length === 2) return [filler, filler];
  if (length === 3) return [filler, filler, filler];
  return Array.from({ length }, () => filler);
}

/** One get or put. A class of plain fields: there are hundreds of thousands in a second. */
export class Operation {
  readonly id: number;
  readonly kind: 'get' | 'put';
  readonly client: NodeId;
  readonly requestId: number;
  readonly key: string;
  readonly wanted: Wanted;
  readonly sloppy: boolean;
  /** What has been read so far, or is being written. */
  versions: Versions;
  /** Of a put: what is written, as bytes to be. */
  readonly record: ObjectRecord;
  nodes: readonly NodeId[];
  standsFor: readonly (NodeId | undefined)[];
  /** Beside each node: what it holds; for an acknowledgement, no versions; undefined while it is silent. */
  readonly held: (Versions | undefined)[];
  /** Those that answered before the client was, the fastest first; with room for as many as the client waits for. */
  readonly #answered: NodeId[];
  #answeredCount = 0;
  /** How many answered, before and after. */
  answers: number = 0;
  primaries = 0;
  /** How many have it on their disk, where that is asked for. */
  durable = 0;
  #durable: NodeId[] | undefined = undefined;
  /** `gathering` answers; `repairing` before the reply; `lingering` after it, for stragglers to repair. */
  phase: 'gathering' | 'repairing' | 'lingering' = 'gathering';
  /** Of a get: what becomes of stale replicas. */
  readRepair: ReadRepair = 'none';
  /** Replicas that have what the reply says, while repairing. */
  fresh = 0;
  /** Whether the other replicas have been asked: a put waits for this node's own disk first, but not for ever. */
  sent: boolean;

  /** @param request - what the client sent @param versions - what is written @param record - the same as bytes */
  constructor(
    id: number, client: NodeId, { type, requestId, key }: GetRequest | PutRequest, wanted: Wanted, sloppy: boolean,
    { nodes, standsFor }: Participants, versions: Versions, record: ObjectRecord,
  ) {
    this.id = id;
    this.kind = type;
    this.client = client;
    this.requestId = requestId;
    this.key = key;
    this.wanted = wanted;
    this.sloppy = sloppy;
    this.versions = versions;
    this.record = record;
    this.nodes = nodes;
    this.standsFor = standsFor;
    // Copies of the length they are going to have: an array that grows makes room for seventeen.
    this.held = room<Versions | undefined>(nodes.length, undefined);
    this.#answered = room(wanted.replies, client);
    this.sent = type === 'get';
  }

  /** Adds somebody to ask. */
  ask(node: NodeId, standsFor: NodeId | undefined): void {
    this.nodes = [...this.nodes, node];
    this.standsFor = [...this.standsFor, standsFor];
    this.held.push(undefined);
  }

  /**
   * Somebody answered.
   *
   * @param durable - whether what was put is on its disk
   * @returns whether that is news
   */
  note(from: NodeId, versions: Versions, durable: boolean): boolean {
    const { nodes } = this;
    let at = 0;
    while (nodes[at] !== from) if (++at >= nodes.length) return false;
    let isNews = false;
    if (this.held[at] === undefined) {
      this.held[at] = versions;
      this.answers++;
      if (this.phase === 'gathering') this.#answered[this.#answeredCount++] = from;
      if (this.standsFor[at] === undefined) this.primaries++;
      isNews = true;
    }
    if (durable && this.wanted.durable > 0 && this.#durable?.includes(from) !== true) {
      this.#durable ??= [];
      this.#durable.push(from);
      this.durable++;
      isNews = true;
    }
    return isNews;
  }

  /** Those that answered before the client was, the fastest first. */
  get answered(): readonly NodeId[] {
    return this.#answeredCount === this.#answered.length ? this.#answered : this.#answered.slice(0, this.#answeredCount);
  }

  /** Whether the client may be answered. */
  get isSatisfied(): boolean {
    const { wanted } = this;
    return this.answers >= wanted.replies && this.primaries >= wanted.primaries && this.durable >= wanted.durable;
  }

  /** Whether nobody is left who might still answer. */
  get isComplete(): boolean {
    return this.answers >= this.nodes.length && this.durable >= this.wanted.durable;
  }

  /** What is missing, for an error. */
  get missing(): Missing {
    const { wanted } = this;
    return {
      required: wanted.replies, primariesRequired: wanted.primaries, primaries: this.primaries,
      durableRequired: wanted.durable, durable: this.durable, asked: [...this.nodes],
    };
  }
}
