/**
 * Units. Time inside splitbrain is a whole number of microseconds in a float64 (exact for 285 years); sizes are whole
 * bytes. Users write `'1.5s'`, or a plain number of milliseconds, at the edge; it is turned into {@link Micros} once, here.
 *
 * @module
 */
import { UsageError } from './errors.ts';

declare const unit: unique symbol;

/** A span or an instant, in whole microseconds. An instant counts from the start of the simulation. */
export type Micros = number & { readonly [unit]: 'microseconds' };

/** A number of bytes, whole and not negative. */
export type ByteCount = number & { readonly [unit]: 'bytes' };

/** A probability, 0 to 1 inclusive. */
export type Ratio = number & { readonly [unit]: 'ratio' };

/** The name of a simulated machine, unique in its simulation. */
export type NodeId = string & { readonly [unit]: 'node' };

/** A span of time as users write it: `'250us'`, `'10ms'`, `'1.5s'`, `'2m'`, `'3h'`, `'10d'`, or a number of milliseconds. */
export type DurationInput = number | string;

const MICROS_PER_UNIT = { us: 1, ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 } as const;

type DurationUnit = keyof typeof MICROS_PER_UNIT;

const DURATION = /^([+-]?\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/;

/**
 * Reads a signed span of time.
 *
 * @param input - a number of milliseconds, or text such as `'1.5s'` (units `us ms s m h d`)
 * @param what - what the span is for, named in the error
 * @returns whole microseconds, rounded to the nearest
 * @throws {@link UsageError} `INVALID_DURATION` when it is not a finite duration
 */
export function signedDuration(input: DurationInput, what = 'a duration'): Micros {
  let micros: number;
  if (typeof input === 'number') {
    micros = input * 1000;
  } else {
    const match = DURATION.exec(String(input));
    if (match === null) throw invalidDuration(input, what);
    micros = Number(match[1]) * MICROS_PER_UNIT[match[2] as DurationUnit];
  }
  const whole = Math.round(micros);
  if (!Number.isSafeInteger(whole)) throw invalidDuration(input, what);
  return (whole === 0 ? 0 : whole) as Micros;
}

/**
 * Reads a span of time that must not be negative.
 *
 * @param input - a number of milliseconds, or text such as `'1.5s'`
 * @param what - what the span is for, named in the error
 * @returns whole microseconds
 * @throws {@link UsageError} `INVALID_DURATION` when it is negative or not a duration
 */
export function duration(input: DurationInput, what = 'a duration'): Micros {
  const micros = signedDuration(input, what);
  if (micros < 0) throw new UsageError('INVALID_DURATION', `${what} must not be negative: ${String(input)}`);
  return micros;
}

function invalidDuration(input: unknown, what: string): UsageError {
  const shown = typeof input === 'string' ? `'${input}'` : String(input);
  return new UsageError('INVALID_DURATION', `${what} must be milliseconds or text such as '1.5s' (us ms s m h d), got ${shown}`);
}

/** What the wall clocks show at the start, in microseconds. @param millis - since the Unix epoch */
export function epochMicros(millis: number): Micros {
  const whole = Math.round(millis * 1000);
  if (!Number.isSafeInteger(whole)) throw new UsageError('INVALID_OPTION', `epoch is milliseconds since 1970, got ${String(millis)}`);
  return whole as Micros;
}

/** Whole microseconds, checked. Use {@link duration} for what a user wrote. */
export function micros(value: number): Micros {
  if (!Number.isSafeInteger(value)) throw new UsageError('INVALID_DURATION', `not a whole number of microseconds: ${value}`);
  return value as Micros;
}

/** A whole number of bytes, checked. */
export function byteCount(value: number): ByteCount {
  if (!Number.isSafeInteger(value) || value < 0) throw new UsageError('INVALID_SIZE', `not a number of bytes: ${value}`);
  return value as ByteCount;
}

/** A probability, checked to lie between 0 and 1. */
export function ratio(value: number, what = 'a probability'): Ratio {
  if (!(value >= 0 && value <= 1)) throw new UsageError('INVALID_RATIO', `${what} must lie between 0 and 1, got ${value}`);
  return value as Ratio;
}

/** The name of a node: 1 to 64 letters, digits, `.`, `_`, `:` or `-`. */
export function nodeId(name: string): NodeId {
  if (typeof name !== 'string' || !/^[A-Za-z0-9._:-]{1,64}$/.test(name)) {
    throw new UsageError('INVALID_NAME', `a node's name is 1 to 64 letters, digits, '.', '_', ':' or '-', got '${String(name)}'`);
  }
  return internalized(name) as NodeId;
}

/**
 * The engine's own copy of a text, the one it keeps for the names of properties. Two of those are equal when they are the same, and are
 * never read to compare them: names of nodes and keys are compared, and looked up, several times in every event.
 */
export function internalized(text: string): string {
  return Object.keys({ [text]: true })[0] ?? text;
}

/** Prints a span so that {@link signedDuration} reads the same value back: the largest unit that stays exact to 3 decimals. */
export function formatDuration(span: Micros): string {
  const size = Math.abs(span);
  for (const name of ['d', 'h', 'm', 's', 'ms'] as const) {
    const scale = MICROS_PER_UNIT[name];
    if (size < scale) continue;
    const text = String(Math.round((span / scale) * 1000) / 1000);
    if (Math.round(Number(text) * scale) === span) return `${text}${name}`;
  }
  return `${span}us`;
}
