/**
 * One client that writes and reads one key, again and again, and what the network did with its messages: which replica got the
 * write when, which got the read when, whose reply came first. From these facts follows, for the very read that was made, from
 * which delay on it would have been fresh.
 *
 * @module
 */
import type { Random } from '../../kernel/random.ts';
import type { DynamoClient } from '../client.ts';

/** A lane. Instants are in microseconds, and infinite until they are known; the lists have an entry for each replica. */
export class Lane {
  readonly client: DynamoClient;
  readonly key: string;
  /** Replicas that are near to the present write, and to the present read. */
  nearToWrite = 0;
  nearToRead = 0;
  /** When the present write reaches each replica. */
  readonly written: number[];
  /** How long the present read is on its way to each replica. */
  readonly readDelays: number[];
  readonly #replied: number[];
  /** In what order the replies were sent, which decides between two that arrive in one microsecond, as it does in the network. */
  readonly #sent: number[];
  #replies = 0;
  #writeId = 0;
  #readId = 0;

  /** @param replicas - how many there are */
  constructor(client: DynamoClient, key: string, replicas: number) {
    this.client = client;
    this.key = key;
    this.written = Array.from({ length: replicas }, () => Infinity);
    this.readDelays = Array.from({ length: replicas }, () => Infinity);
    this.#replied = Array.from({ length: replicas }, () => Infinity);
    this.#sent = Array.from({ length: replicas }, () => 0);
  }

  /** A write of that number leaves: the first message of it draws who is near. */
  writes(id: number, random: Random): void {
    if (id === this.#writeId) return;
    this.#writeId = id;
    this.nearToWrite = random.below(this.written.length);
  }

  /** A read of that number leaves. */
  reads(id: number, random: Random): void {
    if (id === this.#readId) return;
    this.#readId = id;
    this.nearToRead = random.below(this.written.length);
    this.#replied.fill(Infinity);
    this.#replies = 0;
  }

  /** A replica has got the read of that number and answers. A straggler's answer to an earlier one is of no interest. */
  replies(id: number, replica: number, arrives: number): void {
    if (id !== this.#readId) return;
    this.#replied[replica] = arrives;
    this.#sent[replica] = this.#replies++;
  }

  /**
   * How long after the commit the present read would have had to be sent to be fresh, in microseconds; below 0 when no read could
   * have been stale. It is fresh if one of the first R replicas to answer got the write no later than the read.
   *
   * @param r - R
   * @param committed - when the write was acknowledged
   */
  freshFrom(r: number, committed: number): number {
    let from = Infinity;
    const { length } = this.written;
    for (let i = 0; i < length; i++) {
      // Among the first R: fewer than R answered before.
      let before = 0;
      for (let j = 0; j < length; j++) if (j !== i && this.#isBefore(j, i)) before++;
      if (before < r) from = Math.min(from, (this.written[i] as number) - committed - (this.readDelays[i] as number));
    }
    return from;
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#replied[a] as number;
    const second = this.#replied[b] as number;
    if (first !== second) return first < second;
    return first < Infinity && (this.#sent[a] as number) < (this.#sent[b] as number);
  }
}
