/**
 * A client of the store: `get` gives every version that nobody has superseded and a context; a `put` with that context
 * replaces what was read (section 4.1).
 *
 * In the history a get is a `read` and a put or delete a `write` of its key. A read of several siblings has the list of their
 * values. The version is the vector clock; in last-write-wins mode the timestamp.
 *
 * @module
 */
import type { Client, Settle } from '../kernel/client.ts';
import type { SplitbrainError } from '../kernel/errors.ts';
import type { NodeId } from '../kernel/units.ts';
import { blobText, type Blob } from './bytes.ts';
import { DynamoCallbacks } from './callbacks.ts';
import { Requests, type GetOptions, type GetResult, type PutOptions, type RequestSettings } from './requests.ts';

/** A client of one deployment. */
export class DynamoClient {
  /** The client as a node of the network. */
  readonly client: Client;
  /** The same client with callbacks in place of promises, several times as fast: for sweeps and benchmarks. */
  readonly callbacks: DynamoCallbacks;
  readonly #requests: Requests;

  /** @internal Made by the deployment. */
  constructor(settings: RequestSettings) {
    this.client = settings.client;
    this.#requests = new Requests(settings);
    this.callbacks = new DynamoCallbacks(settings.client, this.#requests);
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
  get(key: Blob, options: GetOptions = {}): Promise<GetResult> {
    return this.#operation<GetResult>('read', key, null, options.record, () => {
      const request = this.#requests.checkGet(key, options);
      return (settle) => { this.#requests.get(request, options, settle); };
    });
  }

  /**
   * Writes a key.
   *
   * @throws {@link QuorumError} when fewer than W replicas acknowledged: it may still show up; `RequestTimeoutError`; `UsageError` naming
   *   the argument that is wrong
   */
  put(key: Blob, value: Blob, options: PutOptions = {}): Promise<void> {
    return this.#write(key, value, options);
  }

  /** Deletes a key: writes a tombstone. @throws as {@link put} */
  delete(key: Blob, options: PutOptions = {}): Promise<void> {
    return this.#write(key, null, options);
  }

  /**
   * Reads a key, changes it and writes it back with the context of the read: what clients of this store do.
   *
   * @param change - is given every sibling, none for a key that is not there, and returns the reconciled value; null deletes
   * @returns what was written
   * @throws as {@link get} and {@link put}
   */
  async update(key: Blob, change: (siblings: readonly string[]) => Blob | null, options: GetOptions & PutOptions = {}): Promise<Blob | null> {
    const { values, context } = await this.get(key, options);
    const value = change(values);
    await this.#write(key, value, { ...options, context });
    return value;
  }

  #write(key: Blob, value: Blob | null, options: PutOptions): Promise<void> {
    return this.#operation<void>('write', key, value, options.record, () => {
      const request = this.#requests.checkPut(key, value, options);
      return (settle) => { this.#requests.put(request, options, settle); };
    });
  }

  /** Arguments are checked before anything is written to the history. */
  #operation<T>(f: string, key: Blob, value: Blob | null, record: boolean | undefined, check: () => (settle: Settle<T>) => void): Promise<T> {
    let start: (settle: Settle<T>) => void;
    try {
      start = check();
    } catch (error) {
      return Promise.reject(error as SplitbrainError);
    }
    const said = value === null ? null : blobText(value);
    return this.client.operation<T>({ f, key: blobText(key), value: said, ...(record === undefined ? {} : { record }) }, start);
  }
}
