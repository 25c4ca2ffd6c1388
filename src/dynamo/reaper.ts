/**
 * Reaping of tombstones, which the paper leaves open and Riak has as `delete_mode`: when all N home nodes of a deleted key hold its
 * tombstone and nothing else, they forget it. The first home node asks, some time after the delete.
 *
 * A copy that none of them knows of, a hint say, may bring the key back afterwards: who reaps too early has what deletes are
 * infamous for.
 *
 * @module
 */
import type { VectorClock } from '../distributed/vector-clock.ts';
import { compareClocks } from '../distributed/vector-clock.ts';
import type { Host, Timer } from '../kernel/node.ts';
import type { NodeId } from '../kernel/units.ts';
import type { RingView } from './membership/ring-view.ts';
import type { Reap } from './messages.ts';
import type { DynamoConfig } from './options.ts';
import type { Storage } from './storage/storage.ts';
import { contextOf, type Versions } from './version.ts';

/** The timer of the next round. */
export interface ReapTimer extends Timer {
  readonly type: 'reap-round';
}

/** What a reaper needs of its node. */
export interface ReaperParts {
  readonly host: Host;
  readonly config: DynamoConfig;
  readonly view: RingView;
  readonly storage: Storage;
  /** Told of what is about to be forgotten. */
  readonly onReap: (key: string, versions: Versions) => void;
}

/** The reaper of one incarnation. */
export class Reaper {
  readonly #parts: ReaperParts;
  readonly #asked = new Map<number, { readonly key: string; readonly clock: VectorClock; readonly waiting: Set<NodeId> }>();
  /** Tombstones seen in the last round: only what is there for a whole interval is asked about. */
  #seen = new Set<string>();
  #nextId: number;

  /** @param parts - of the same incarnation */
  constructor(parts: ReaperParts) {
    this.#parts = parts;
    this.#nextId = parts.host.monotonic() + 1;
  }

  /** Begins the rounds, when tombstones are reaped at all. */
  start(): void {
    const { host, config } = this.#parts;
    if (config.tombstones === undefined) return;
    const timer: ReapTimer = { type: 'reap-round' };
    host.setTimer(config.tombstones, timer);
  }

  /** Asks about what has been deleted for long enough. */
  round(): void {
    this.start();
    const { storage, view, host } = this.#parts;
    this.#asked.clear();
    const seen = this.#seen;
    this.#seen = new Set(storage.tombstones);
    for (const key of this.#seen) {
      const home = view.homeOf(key);
      if (!seen.has(key) || home[0] !== host.id) continue;
      const id = this.#nextId++;
      const clock = contextOf(storage.versions(key));
      const others = home.filter((node) => node !== host.id);
      this.#asked.set(id, { key, clock, waiting: new Set(others) });
      for (const node of others) this.#send(node, { type: 'reap-query', id, key, clock, held: false });
      if (others.length === 0) this.#reap(key, clock);
    }
  }

  /** Somebody asks, answers, or says that it is time. */
  received(from: NodeId, message: Reap): void {
    const { type, id, key, clock } = message;
    if (type === 'reap-query') this.#send(from, { type: 'reap-answer', id, key, clock, held: this.#holds(key, clock) });
    else if (type === 'reap') this.#reap(key, clock);
    else this.#answered(from, message);
  }

  #answered(from: NodeId, { id, held }: Reap): void {
    const asked = this.#asked.get(id);
    if (asked === undefined || !held) return;
    const { key, clock, waiting } = asked;
    if (!waiting.delete(from) || waiting.size > 0) return;
    this.#asked.delete(id);
    for (const node of this.#parts.view.homeOf(key)) {
      if (node === this.#parts.host.id) this.#reap(key, clock);
      else this.#send(node, { type: 'reap', id, key, clock, held: true });
    }
  }

  #holds(key: string, clock: VectorClock): boolean {
    const { storage } = this.#parts;
    return storage.tombstones.has(key) && compareClocks(contextOf(storage.versions(key)), clock) === 'equal';
  }

  #reap(key: string, clock: VectorClock): void {
    if (!this.#holds(key, clock)) return;
    const { storage, onReap, host } = this.#parts;
    onReap(key, storage.versions(key));
    storage.remove(key);
    host.trace(`reaps ${key}`);
  }

  #send(to: NodeId, message: Reap): void {
    this.#parts.host.send(to, message);
  }
}
