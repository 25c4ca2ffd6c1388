/**
 * A client of the store: `get` gives every version that nobody has superseded and a context; a `put` with that context
 * replaces what was read (section 4.1).
 *
 * In the history a get is a `read` and a put or delete a `write` of its key. A read of several siblings has the list of their
 * values. The version is the vector clock; in last-write-wins mode the timestamp.
 *
 * @module
 */
import { clockToRecord, EMPTY_CLOCK, type VectorClock } from '../distributed/vector-clock.ts';
import type { Client } from '../kernel/client.ts';
import { UsageError } from '../kernel/errors.ts';
import type { Completion, HistoryValue, HistoryVersion } from '../kernel/history.ts';
import type { Micros, NodeId } from '../kernel/units.ts';
import { QuorumError } from './errors.ts';
import type { ClientReply, GetRequest, PutRequest } from './messages.ts';
import { whole, type DynamoConfig } from './options.ts';
import type { Placement } from './placement.ts';
import { contextOf, type Versions } from './version.ts';

/** What a get found. */
export interface GetResult {
  /** The values of all versions that nobody has superseded, oldest first; several after concurrent writes. Deleted ones are left out. */
  readonly values: readonly string[];
  /** The only value, or the latest of several by timestamp; undefined when there is none. */
  readonly value: string | undefined;
  /** Hand it to the next `put` of the key: it says what that put has seen. */
  readonly context: VectorClock;
}

/** What a get can be told. */
export interface GetOptions {
  /** Replicas to wait for, in place of the deployment's R. */
  readonly r?: number;
  /** The node to ask, in place of one chosen from the preference list. */
  readonly coordinator?: string | { readonly id: string };
  /** False leaves it out of the history. */
  readonly record?: boolean;
}

/** What a put or delete can be told. */
export interface PutOptions {
  /** Replicas to wait for, in place of the deployment's W. */
  readonly w?: number;
  /** The node to ask, in place of one chosen from the preference list. */
  readonly coordinator?: string | { readonly id: string };
  /** What the put has seen. Left out: what this client saw last of the key. `null`: nothing, a blind write. */
  readonly context?: VectorClock | null;
  /** False leaves it out of the history. */
  readonly record?: boolean;
}

/** A client of one deployment. */
export class DynamoClient {
  /** The client as a node of the network. */
  readonly client: Client;
  readonly #config: DynamoConfig;
  readonly #placement: Placement;
  readonly #timeout: Micros;
  readonly #coordinator: string | undefined;
  readonly #contexts = new Map<string, VectorClock>();

  /** @internal Made by the deployment. */
  constructor(client: Client, config: DynamoConfig, placement: Placement, timeout: Micros, coordinator: string | undefined) {
    this.client = client;
    this.#config = config;
    this.#placement = placement;
    this.#timeout = timeout;
    this.#coordinator = coordinator;
  }

  /** The client's name: its node on the network and its process in the history. */
  get id(): NodeId {
    return this.client.id;
  }

  /**
   * Reads a key.
   *
   * @throws {@link QuorumError} when fewer than R replicas answered; `RequestTimeoutError` when the coordinator did not
   */
  get(key: string, options: GetOptions = {}): Promise<GetResult> {
    return this.client.operation<GetResult>({ f: 'read', key, ...recordOf(options) }, (settle) => {
      const r = options.r === undefined ? undefined : whole('r', options.r, 1, this.#config.n, ' (n)');
      const request: GetRequest = { type: 'get', requestId: 0, key: keyOf(key), r };
      this.client.request<ClientReply>(this.#choose(key, options.coordinator), request, this.#timeout, (error, reply) => {
        if (error !== undefined) settle.fail(error);
        else if (reply === undefined || reply.type === 'quorum-failed') settle.fail(failed('get', key, reply));
        else {
          const result = resultOf(reply.versions);
          this.#contexts.set(key, result.context);
          settle.ok(result, this.#completion(reply, result.values.length > 1 ? result.values : result.value ?? null));
        }
      });
    });
  }

  /**
   * Writes a key.
   *
   * @throws {@link QuorumError} when fewer than W replicas acknowledged: it may still show up; `RequestTimeoutError`
   */
  put(key: string, value: string, options: PutOptions = {}): Promise<void> {
    if (typeof value !== 'string') throw new UsageError('INVALID_VALUE', `a value is a string, got ${typeof value}`);
    return this.#write(key, value, options);
  }

  /** Deletes a key: writes a tombstone. @throws as {@link put} */
  delete(key: string, options: PutOptions = {}): Promise<void> {
    return this.#write(key, null, options);
  }

  #write(key: string, value: string | null, options: PutOptions): Promise<void> {
    if (options.context !== undefined && options.context !== null && !isClock(options.context)) {
      throw new UsageError('INVALID_CONTEXT', 'a context is what a get gave: a list of { node, counter, time }');
    }
    return this.client.operation<void>({ f: 'write', key, value, ...recordOf(options) }, (settle) => {
      const w = options.w === undefined ? undefined : whole('w', options.w, 1, this.#config.n, ' (n)');
      const context = options.context === undefined ? this.#contexts.get(key) ?? EMPTY_CLOCK : options.context ?? EMPTY_CLOCK;
      const request: PutRequest = { type: 'put', requestId: 0, key: keyOf(key), value, context, w };
      this.client.request<ClientReply>(this.#choose(key, options.coordinator), request, this.#timeout, (error, reply) => {
        if (error !== undefined) settle.fail(error);
        else if (reply === undefined || reply.type === 'quorum-failed') settle.fail(failed('put', key, reply));
        else {
          // With siblings that this client has not read, it has still seen no more than before.
          this.#contexts.set(key, reply.versions.length > 1 ? context : contextOf(reply.versions));
          settle.ok(undefined, this.#completion(reply, value));
        }
      });
    });
  }

  /** A partition-aware client asks a home node of the key, any one of them. */
  #choose(key: string, coordinator: string | { readonly id: string } | undefined): NodeId {
    const named = coordinator ?? this.#coordinator;
    if (named !== undefined) return (typeof named === 'string' ? named : named.id) as NodeId;
    return this.client.random.pick(this.#placement.preferenceList(key).slice(0, this.#config.n));
  }

  #completion({ versions, replicas }: ClientReply, value: HistoryValue): Completion {
    const last = versions.at(-1);
    const version: HistoryVersion = last === undefined
      ? null
      : this.#config.conflict === 'lww' ? last.timestamp : clockToRecord(contextOf(versions));
    const [node] = replicas;
    return { value, version, ...(node === undefined ? {} : { node }) };
  }
}

function resultOf(versions: Versions): GetResult {
  const values = versions.flatMap(({ value }) => (value === null ? [] : [value]));
  return { values, value: values.at(-1), context: contextOf(versions) };
}

function failed(kind: 'get' | 'put', key: string, reply: ClientReply | undefined): QuorumError {
  return new QuorumError(kind, key, reply?.required ?? 0, reply?.replicas ?? []);
}

function keyOf(key: string): string {
  if (typeof key !== 'string' || key === '') throw new UsageError('INVALID_KEY', `a key is a string that is not empty, got '${String(key)}'`);
  return key;
}

/** Whether a value could be the context of a get. */
function isClock(context: VectorClock): boolean {
  return Array.isArray(context) && context.every((entry) => typeof entry?.node === 'string' && Number.isSafeInteger(entry.counter) && entry.counter > 0);
}

function recordOf({ record }: { readonly record?: boolean }): { record?: boolean } {
  return record === undefined ? {} : { record };
}
