/**
 * A client with callbacks: the same requests as with promises, without a turn of the host's event loop for each. For
 * `sim.runSync(…)`, for sweeps and for benchmarks.
 *
 * @module
 */
import type { Client, Settle } from '../kernel/client.ts';
import type { SplitbrainError } from '../kernel/errors.ts';
import type { Completion, History, Invocation } from '../kernel/history.ts';
import { blobText, type Blob } from './bytes.ts';
import type { GetOptions, GetResult, PutOptions, Requests } from './requests.ts';

const PLAIN = {};

/** The callback form of a client. Each method throws `UsageError` at once when an argument is wrong. */
export class DynamoCallbacks {
  readonly #client: Client;
  readonly #requests: Requests;

  /** @internal Made by the client. */
  constructor(client: Client, requests: Requests) {
    this.#client = client;
    this.#requests = requests;
  }

  /** Reads a key. @param done - called once, with the error or the result */
  get(key: Blob, done: (error: SplitbrainError | undefined, result: GetResult | undefined) => void, options: GetOptions = PLAIN): void {
    const request = this.#requests.checkGet(key, options);
    const invocation = this.#begin('read', key, null, options.record);
    this.#requests.get(request, options, new CallingBack(this.#client.history, invocation, done));
  }

  /** Writes a key. @param done - called once, with the error or nothing */
  put(key: Blob, value: Blob, done: (error: SplitbrainError | undefined) => void, options: PutOptions = PLAIN): void {
    this.#write(key, value, done, options);
  }

  /** Deletes a key. @param done - called once, with the error or nothing */
  delete(key: Blob, done: (error: SplitbrainError | undefined) => void, options: PutOptions = PLAIN): void {
    this.#write(key, null, done, options);
  }

  #write(key: Blob, value: Blob | null, done: (error: SplitbrainError | undefined) => void, options: PutOptions): void {
    const request = this.#requests.checkPut(key, value, options);
    const invocation = this.#begin('write', key, value, options.record);
    this.#requests.put(request, options, new CallingBack<void>(this.#client.history, invocation, done));
  }

  #begin(f: string, key: Blob, value: Blob | null, record: boolean | undefined): Invocation | undefined {
    if (record === false) return undefined;
    return this.#client.history.invoke(this.#client.id, f, blobText(key), value === null ? null : blobText(value));
  }
}

/** Tells the history and then whoever asked. */
class CallingBack<T> implements Settle<T> {
  readonly #history: History;
  readonly #invocation: Invocation | undefined;
  readonly #done: (error: SplitbrainError | undefined, result: T | undefined) => void;

  constructor(history: History, invocation: Invocation | undefined, done: (error: SplitbrainError | undefined, result: T | undefined) => void) {
    this.#history = history;
    this.#invocation = invocation;
    this.#done = done;
  }

  ok(result: T, completion?: Completion): void {
    if (this.#invocation !== undefined) this.#history.ok(this.#invocation, completion);
    this.#done(undefined, result);
  }

  fail(error: SplitbrainError): void {
    if (this.#invocation !== undefined) this.#history.failed(this.#invocation, error);
    this.#done(error, undefined);
  }
}
