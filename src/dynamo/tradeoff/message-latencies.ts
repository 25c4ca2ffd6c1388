/**
 * The one-way latencies of the four messages of a quorum: W, a write to a replica; A, its acknowledgement; R, a read; S, the reply. The
 * model and the fits are those of Bailis, Venkataraman, Franklin, Hellerstein, Stoica, "Probabilistically Bounded Staleness for Practical
 * Partial Quorums" (VLDB 2012), section 5.1 and table 3.
 *
 * @module
 */
import { UsageError, refuseUnknownOptions } from '../../kernel/errors.ts';
import { distribution, type DistributionInput } from '../../kernel/distributions.ts';
import { duration, type DurationInput } from '../../kernel/units.ts';

/** One-way latencies, drawn anew and independently for each message. */
export interface MessageLatencies {
  /** W: a write on its way to a replica, and into it. */
  readonly write: DistributionInput;
  /** A: the acknowledgement. */
  readonly ack: DistributionInput;
  /** R: a read on its way to a replica. */
  readonly read: DistributionInput;
  /** S: the reply. */
  readonly response: DistributionInput;
  /**
   * How much farther away, one way, all replicas are but one. Which one is near is drawn anew for each write and each read: clients are
   * everywhere. Default: none is.
   */
  readonly remote?: DurationInput;
}

const LNKD_DISK: MessageLatencies = { write: 'LNKD-DISK-WRITE', ack: 'LNKD-SSD', read: 'LNKD-SSD', response: 'LNKD-SSD' };

/** The paper's four deployments, by its names: LinkedIn's Voldemort on SSDs and on disks, Yammer's Riak, and replicas in three places. */
export const LATENCY_MODELS: Readonly<Record<LatencyModelName, MessageLatencies>> = {
  'LNKD-SSD': { write: 'LNKD-SSD', ack: 'LNKD-SSD', read: 'LNKD-SSD', response: 'LNKD-SSD' },
  'LNKD-DISK': LNKD_DISK,
  'YMMR': { write: 'YMMR-WRITE', ack: 'YMMR', read: 'YMMR', response: 'YMMR' },
  'WAN': { ...LNKD_DISK, remote: '75ms' },
};

/** The name of a built-in deployment. */
export type LatencyModelName = 'LNKD-SSD' | 'LNKD-DISK' | 'YMMR' | 'WAN';

/** Finds a model by name, or checks one. @throws {@link UsageError} `INVALID_OPTION` naming the field */
export function messageLatencies(given: LatencyModelName | MessageLatencies): MessageLatencies {
  if (typeof given === 'string') {
    if (!Object.hasOwn(LATENCY_MODELS, given)) {
      throw new UsageError('INVALID_OPTION', `latency must be one of ${Object.keys(LATENCY_MODELS).join(', ')}, got '${String(given)}'`);
    }
    return LATENCY_MODELS[given];
  }
  if (typeof given !== 'object' || given === null) throw new UsageError('INVALID_OPTION', `latency must be a name or { write, ack, read, response, remote }, got '${String(given)}'`);
  refuseUnknownOptions('latency', given, ['write', 'ack', 'read', 'response', 'remote']);
  for (const part of ['write', 'ack', 'read', 'response'] as const) {
    if (given[part] === undefined) throw new UsageError('INVALID_OPTION', `latency needs ${part}`);
    distribution(given[part]);
  }
  if (given.remote !== undefined) duration(given.remote, 'latency.remote');
  return given;
}
