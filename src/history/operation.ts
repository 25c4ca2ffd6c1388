/**
 * Operations: a history's entries paired into what checkers reason about, one value for each invocation with its answer.
 * The pairing is Jepsen's (https://github.com/jepsen-io/jepsen, "histories"): a process does one thing at a time; `ok`
 * happened between its two positions; `fail` did not happen and is dropped; `info`, and an invocation that never completed,
 * may take effect at any later time or never, so it stays pending for ever.
 *
 * @module
 */
import { InputError } from '../kernel/errors.ts';
import type { HistoryEntry, HistoryValue, HistoryVersion } from '../kernel/history.ts';

/** What a client asked, and what it was told. */
export interface Operation {
  /** Position among the operations of its history, in order of invocation. */
  readonly id: number;
  /** The client. */
  readonly process: string | number;
  /** What was asked: `read`, `write`, `cas`, … */
  readonly f: string;
  /** The key it concerns, where the workload has keys. */
  readonly key?: string | number | undefined;
  /** The argument. */
  readonly input: HistoryValue;
  /** The answer; of a `cas`, `true` when it swapped and `false` when it compared and did not match; null while pending. */
  readonly output: HistoryValue;
  /** Position of the invocation in the history. */
  readonly call: number;
  /** Position of the completion in the history; null = pending for ever. */
  readonly return: number | null;
  /** `ok`: it happened. `info`: it may have happened, or may still. */
  readonly status: 'ok' | 'info';
  /** Instant of the invocation, in the history's own unit. */
  readonly calledAt?: number | undefined;
  /** Instant of the completion, in the history's own unit. */
  readonly returnedAt?: number | null | undefined;
  /** The version the store stamped on what was written or read. */
  readonly version?: HistoryVersion | undefined;
  /** The node that answered. */
  readonly node?: string | undefined;
}

/** What a history's format means where formats differ. */
export interface PairingOptions {
  /** What `fail` says about a `cas`: it did not happen (default), or it compared and did not match, which is an observation. */
  readonly failedCas?: 'dropped' | 'mismatch';
  /** What a read that came back with null says: the value was null (default), or nothing at all. */
  readonly nullRead?: 'value' | 'nothing';
  /** Names an entry in an error, for example `path:12`. Default: `entry 3`. */
  readonly where?: (entry: number) => string;
}

type Draft = { -readonly [Field in keyof Operation]: Operation[Field] };

/** The words for reading one value, in the formats we know. */
export function isRead(f: string): boolean {
  return f === 'read' || f === 'get' || f === 'r';
}

/** A client that is none: Jepsen writes what its fault injector did into the history under this name. */
const NEMESIS = 'nemesis';

/** The id, for a while, of what did not happen: operations are numbered when it is known which those are. */
const DROPPED = -1;

/** A history's operations, and apart from them those that certainly did not happen. */
export interface PairedHistory {
  /** In order of invocation. */
  readonly operations: readonly Operation[];
  /** What ended in `fail`: nothing of it may ever be seen. Their ids follow on those of the operations; status and answer are as if pending. */
  readonly failed: readonly Operation[];
}

/**
 * Pairs entries into operations.
 *
 * @param entries - a history, oldest first
 * @param options - the format's conventions
 * @returns operations in order of invocation, without those that certainly did not happen
 * @throws {@link InputError} when a process invokes while it still waits, or completes what it never invoked
 */
export function pairOperations(entries: Iterable<HistoryEntry>, options: PairingOptions = {}): Operation[] {
  return pair(entries, options).operations;
}

/**
 * Pairs entries into operations, and keeps what failed: a checker of aborted reads must know what was aborted.
 *
 * @param entries - a history, oldest first
 * @param options - the format's conventions
 * @throws {@link InputError} when a process invokes while it still waits, or completes what it never invoked
 */
export function pairHistory(entries: Iterable<HistoryEntry>, options: PairingOptions = {}): PairedHistory {
  const { operations, failed } = pair(entries, options);
  failed.forEach((draft, i) => {
    draft.id = operations.length + i;
  });
  return { operations, failed };
}

/** A process, and the operation that it waits for, if it does. */
interface Waiting {
  for: Draft | undefined;
}

function pair(entries: Iterable<HistoryEntry>, options: PairingOptions): { operations: Draft[]; failed: Draft[] } {
  const where = options.where ?? ((entry: number) => `entry ${entry}`);
  const processes = new Map<string | number, Waiting>();
  const drafts: Draft[] = [];
  let dropped = 0;
  const failed: Draft[] = [];
  const list = Array.isArray(entries) ? entries as readonly HistoryEntry[] : [...entries];
  for (let position = 0; position < list.length; position++) {
    const entry = list[position] as HistoryEntry;
    const { process } = entry;
    if (process === NEMESIS) continue;
    let client = processes.get(process);
    if (client === undefined) {
      client = { for: undefined };
      processes.set(process, client);
    }
    const waiting = client.for;
    if (entry.type === 'invoke') {
      if (waiting !== undefined) {
        const busy = `its ${waiting.f} has not completed`;
        throw new InputError(`${where(position)}: process ${process} invokes ${entry.f} while ${busy}`);
      }
      const draft: Draft = {
        id: 0, process, f: entry.f, key: entry.key, input: entry.value ?? null, output: null,
        call: position, return: null, status: 'info',
        calledAt: entry.time, returnedAt: null, version: entry.version, node: entry.node,
      };
      drafts.push(draft);
      client.for = draft;
      continue;
    }
    if (waiting === undefined) {
      throw new InputError(`${where(position)}: process ${process} completes ${entry.f}, but it had invoked nothing`);
    }
    if (waiting.f !== entry.f) {
      throw new InputError(`${where(position)}: process ${process} completes ${entry.f}, but it had invoked ${waiting.f}`);
    }
    client.for = undefined;
    if (entry.version !== undefined) waiting.version = entry.version;
    if (entry.node !== undefined) waiting.node = entry.node;
    if (entry.type === 'info') continue;
    const cas = entry.f === 'cas';
    if (entry.type === 'fail' && !(cas && options.failedCas === 'mismatch')) {
      waiting.id = DROPPED;
      dropped++;
      failed.push(waiting);
      continue;
    }
    if ((entry.value ?? null) === null && options.nullRead === 'nothing' && isRead(entry.f)) {
      waiting.id = DROPPED;
      dropped++;
      continue;
    }
    waiting.status = 'ok';
    waiting.return = position;
    waiting.returnedAt = entry.time;
    waiting.output = cas ? entry.type === 'ok' && entry.value !== false : (entry.value ?? null);
  }
  const operations = dropped === 0 ? drafts : drafts.filter(({ id }) => id !== DROPPED);
  for (let id = 0; id < operations.length; id++) (operations[id] as Draft).id = id;
  return { operations, failed };
}
