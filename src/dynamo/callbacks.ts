/**
 * A client with callbacks: the same requests as with promises, without a turn of the host's event loop for each. For
 * `sim.runSync(…)`, for sweeps and for benchmarks.
 *
 * @module
 */
import type { Client } from '../kernel/client.ts';
import type { SplitbrainError } from '../kernel/errors.ts';
import type { Completion, Invocation } from '../kernel/history.ts';
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
    this.#requests.get(request, options, (error, result, completion) => {
      this.#end(invocation, error, completion);
      done(error, result);
    });
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
    this.#requests.put(request, options, (error, completion) => {
      this.#end(invocation, error, completion);
      done(error);
    });
  }

  #begin(f: string, key: Blob, value: Blob | null, record: boolean | undefined): Invocation | undefined {
    if (record === false) return undefined;
    return this.#client.history.invoke(this.#client.id, f, blobText(key), value === null ? null : blobText(value));
  }

  #end(invocation: Invocation | undefined, error: SplitbrainError | undefined, completion: Completion | undefined): void {
    if (invocation === undefined) return;
    if (error === undefined) this.#client.history.ok(invocation, completion);
    else this.#client.history.failed(invocation, error);
  }
}
