/**
 * What a client of the store may be told in place of an answer.
 *
 * @module
 */
import { SplitbrainError } from '../kernel/errors.ts';

/** Too few replicas answered in time. A read had no effect; a write may have reached some replicas and may show up later. */
export class QuorumError extends SplitbrainError {
  /** How many replicas had to answer: R or W. */
  readonly required: number;
  /** Those that did. */
  readonly replicas: readonly string[];

  /**
   * @param kind - what was asked
   * @param key - of which object
   * @param required - R or W
   * @param replicas - who answered
   */
  constructor(kind: 'get' | 'put', key: string, required: number, replicas: readonly string[]) {
    const who = replicas.length === 0 ? 'none' : replicas.join(', ');
    super('QUORUM_NOT_REACHED', `${kind} ${key}: ${replicas.length} of ${required} required replicas answered (${who})`, { definite: kind === 'get' });
    this.required = required;
    this.replicas = replicas;
  }
}
