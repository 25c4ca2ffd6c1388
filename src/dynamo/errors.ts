/**
 * What a client of the store may be told in place of an answer.
 *
 * @module
 */
import { SplitbrainError } from '../kernel/errors.ts';
import type { Missing } from './messages.ts';

/**
 * Too few replicas answered in time. A read had no effect; a write may have reached some replicas and may show up later, unless nobody
 * was asked at all.
 */
export class QuorumError extends SplitbrainError {
  /** How many replicas had to answer: R or W. */
  readonly required: number;
  /** Those that did. */
  readonly replicas: readonly string[];
  /** Those that were asked. */
  readonly asked: readonly string[];
  /** How many home nodes had to answer: PR or PW. */
  readonly primariesRequired: number;
  /** How many home nodes did; when nobody was asked, how many were believed healthy. */
  readonly primaries: number;
  /** How many replicas had to have it on their disk: DW. */
  readonly durableRequired: number;
  /** How many had. */
  readonly durable: number;

  /**
   * @param kind - what was asked
   * @param key - of which object
   * @param replicas - who answered
   * @param missing - what was asked for, and what came of it
   */
  constructor(kind: 'get' | 'put', key: string, replicas: readonly string[], missing: Missing) {
    const { required, primariesRequired, primaries, durableRequired, durable, asked } = missing;
    const isRefused = asked.length === 0;
    const parts = isRefused ? [] : [`${replicas.length} of ${required} required replicas answered (${replicas.length === 0 ? 'none' : replicas.join(', ')})`];
    if (isRefused || primaries < primariesRequired) parts.push(`${primaries} of ${primariesRequired} required home nodes ${isRefused ? 'are believed healthy, nobody was asked' : 'among them'}`);
    if (!isRefused && durable < durableRequired) parts.push(`${durable} of ${durableRequired} on disk`);
    super('QUORUM_NOT_REACHED', `${kind} ${key}: ${parts.join(', ')}`, { definite: kind === 'get' || isRefused, traced: false });
    this.required = required;
    this.replicas = replicas;
    this.asked = asked;
    this.primariesRequired = primariesRequired;
    this.primaries = primaries;
    this.durableRequired = durableRequired;
    this.durable = durable;
  }
}
