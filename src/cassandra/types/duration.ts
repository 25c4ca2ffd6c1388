/**
 * Durations: months, days and nanoseconds, each by itself, all of one sign (`Duration` of Apache Cassandra 5.0; CQL,
 * "Working with durations"). Texts of four forms are read: `1y2mo3d4h`, `P1Y2M3DT4H`, `P3W`, `P0001-02-03T04:05:06`.
 *
 * @module
 */
import { InvalidRequestError } from '../errors.ts';
import { readVint, signedVint } from './bytes.ts';
import type { Bytes } from './data-type.ts';

/** A duration as a client gets it. */
export class Duration {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;

  /** All three parts must be of one sign, or zero. */
  constructor(months: number, days: number, nanoseconds: bigint | number) {
    this.months = months;
    this.days = days;
    this.nanoseconds = BigInt(nanoseconds);
  }

  /** `1y2mo3d4h5m6s7ms8us9ns`. */
  toString(): string {
    return formatDuration(this.months, this.days, this.nanoseconds);
  }
}

const MINUTE = 60_000_000_000n;

/** The units, longest first, as months, days or nanoseconds. */
const UNITS: readonly { readonly name: string; readonly part: 'months' | 'days' | 'nanoseconds'; readonly size: bigint; readonly plural: string }[] = [
  { name: 'y', part: 'months', size: 12n, plural: 'years' },
  { name: 'mo', part: 'months', size: 1n, plural: 'months' },
  { name: 'w', part: 'days', size: 7n, plural: 'weeks' },
  { name: 'd', part: 'days', size: 1n, plural: 'days' },
  { name: 'h', part: 'nanoseconds', size: 60n * MINUTE, plural: 'hours' },
  { name: 'm', part: 'nanoseconds', size: MINUTE, plural: 'minutes' },
  { name: 's', part: 'nanoseconds', size: 1_000_000_000n, plural: 'seconds' },
  { name: 'ms', part: 'nanoseconds', size: 1_000_000n, plural: 'milliseconds' },
  { name: 'us', part: 'nanoseconds', size: 1000n, plural: 'microseconds' },
  { name: 'ns', part: 'nanoseconds', size: 1n, plural: 'nanoseconds' },
];

function formatDuration(months: number, days: number, nanoseconds: bigint): string {
  const rest = { months: magnitude(BigInt(months)), days: magnitude(BigInt(days)), nanoseconds: magnitude(nanoseconds) };
  let text = months < 0 || days < 0 || nanoseconds < 0n ? '-' : '';
  for (const { name, part, size } of UNITS) {
    if (name === 'w') continue;
    const count = rest[part] / size;
    rest[part] %= size;
    if (count > 0n) text += `${count}${name}`;
  }
  return text;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/**
 * The duration that a text names.
 *
 * @throws {@link InvalidRequestError} as Cassandra words it
 */
export function parseDuration(text: string): Duration {
  const negative = text.startsWith('-');
  const body = text.replace(/^[+-]/, '');
  const counts = /^P/i.test(body) && body.length > 1 ? isoCounts(body) : unitCounts(body);
  if (counts === undefined) throw new InvalidRequestError(`Unable to convert '${text.replace(/^-/, '')}' to a duration`);
  const total = { months: 0n, days: 0n, nanoseconds: 0n };
  for (const [i, unit] of UNITS.entries()) {
    total[unit.part] += (counts[i] ?? 0n) * unit.size;
    const most = unit.part === 'nanoseconds' ? 0x7fff_ffff_ffff_ffffn : 0x7fff_ffffn;
    if (total[unit.part] > most) {
      throw new InvalidRequestError(`Invalid duration. The total number of ${unit.part} must be less or equal to ${most}`);
    }
  }
  const sign = negative ? -1n : 1n;
  return new Duration(Number(sign * total.months), Number(sign * total.days), sign * total.nanoseconds);
}

function unitCounts(text: string): bigint[] | undefined {
  const counts: bigint[] = [];
  const pattern = /(\d+)(mo|ms|us|µs|ns|[ywdhms])/giy;
  let at = 0;
  let last = -1;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    at = pattern.lastIndex;
    const name = (match[2] ?? '').toLowerCase().replace('µ', 'u');
    const index = UNITS.findIndex((unit) => unit.name === name);
    if (index === last) throw new InvalidRequestError(`Invalid duration. The ${UNITS[index]?.plural} are specified multiple times`);
    if (index < last) throw new InvalidRequestError(`Invalid duration. The ${UNITS[last]?.plural} should be after ${UNITS[index]?.plural}`);
    last = index;
    counts[index] = BigInt(match[1] ?? 0);
  }
  return at === text.length && at > 0 ? counts : undefined;
}

function isoCounts(text: string): bigint[] | undefined {
  const weeks = /^P(\d+)W$/i.exec(text);
  if (weeks !== null) return indexed([[2, weeks[1]]]);
  const alternative = /^P(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})$/.exec(text);
  const plain = alternative ?? /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  return plain === null ? undefined : indexed([[0, plain[1]], [1, plain[2]], [3, plain[3]], [4, plain[4]], [5, plain[5]], [6, plain[6]]]);
}

function indexed(pairs: readonly (readonly [number, string | undefined])[]): bigint[] {
  const counts: bigint[] = [];
  for (const [index, digits] of pairs) counts[index] = BigInt(digits ?? 0);
  return counts;
}

/** A duration's bytes: three variable integers. */
export function durationBytes(months: number, days: number, nanoseconds: bigint): Bytes {
  return signedVint(BigInt(months)) + signedVint(BigInt(days)) + signedVint(nanoseconds);
}

/** The duration that bytes are; undefined when they are none. */
export function readDuration(bytes: Bytes): Duration | undefined {
  const months = readVint(bytes, 0, true);
  const days = months === undefined ? undefined : readVint(bytes, months.end, true);
  const nanoseconds = days === undefined ? undefined : readVint(bytes, days.end, true);
  if (months === undefined || days === undefined || nanoseconds === undefined || nanoseconds.end !== bytes.length) return undefined;
  return new Duration(Number(months.value), Number(days.value), nanoseconds.value);
}
