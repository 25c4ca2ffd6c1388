/**
 * The server's configuration as `CONFIG GET` and `CONFIG SET` show it: the parameters of redis.conf 7.0 with their defaults,
 * bounds and aliases (`configuration-parameters.ts`). Only what the engine models has an effect; the rest is kept and shown.
 *
 * Parameters of the host (paths, ports, TLS, CPU lists) can be read and, where the real server lets one, written; nothing
 * follows from them. Left out: `CONFIG REWRITE`'s file.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { HIDDEN_PARAMETERS, PARAMETER_ALIASES, PARAMETERS, type Parameter } from './configuration-parameters.ts';
import { DEFAULT_LIMITS, LIMIT_PARAMETERS, type EncodingLimits } from '../values/encoding-limits.ts';
import { parseDouble } from '../bytes/floats.ts';
import { globMatches } from '../bytes/glob.ts';
import { formatNotifyClasses, parseNotifyClasses } from '../keyspace/notifications.ts';

/** The configuration of one server. */
export class Configuration {
  readonly #values = new Map<string, string>();
  readonly #listeners = new Map<string, (value: string, written: string) => void>();
  /** The thresholds of the small forms, as they stand. */
  readonly limits: EncodingLimits = { ...DEFAULT_LIMITS };

  /** A parameter's value, under its name or an alias. */
  value(name: string): string {
    const real = realName(name);
    return this.#values.get(real) ?? PARAMETERS[real]?.value ?? '';
  }

  /** A parameter's value as a number. */
  number(name: string): number {
    return Number(this.value(name));
  }

  /** Puts a value in place without a check: for what is given at start. */
  preset(name: string, value: string): void {
    this.#apply(realName(name), value);
  }

  /** Calls a function with each new value of a parameter, and with what was written. There is one such function a parameter. */
  onChange(name: string, listener: (value: string, written: string) => void): void {
    this.#listeners.set(name, listener);
  }

  /** The parameters whose names, aliases included, match any of the patterns: names and values in turn, sorted by name. */
  matching(patterns: readonly Bytes[]): string[] {
    const wanted = patterns.map((pattern) => pattern.toLowerCase());
    const names = [...Object.keys(PARAMETERS), ...Object.keys(PARAMETER_ALIASES)]
      .filter((name) => wanted.some((pattern) => pattern === name || (!HIDDEN_PARAMETERS.has(name) && globMatches(pattern, name))));
    return names.sort((a, b) => (a < b ? -1 : 1)).flatMap((name) => [name, this.value(name)]);
  }

  /**
   * Sets parameters, all or none.
   *
   * @param pairs - names and values in turn
   * @returns the error reply, or undefined when they are set
   */
  set(pairs: readonly Bytes[]): string | undefined {
    const wanted = new Map<string, { readonly value: string; readonly written: string }>();
    for (let i = 0; i < pairs.length; i += 2) {
      const given = (pairs[i] ?? '').toLowerCase();
      const name = realName(given);
      const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
      if (parameter === undefined) return `ERR Unknown option or number of arguments for CONFIG SET - '${pairs[i] ?? ''}'`;
      const read = readValue(name, parameter, pairs[i + 1] ?? '', this.value(name));
      const problem = wanted.has(name) ? 'duplicate parameter' : 'problem' in read ? read.problem : undefined;
      if (problem !== undefined) return `ERR CONFIG SET failed (possibly related to argument '${given}') - ${problem}`;
      if ('value' in read) wanted.set(name, { value: read.value, written: pairs[i + 1] ?? '' });
    }
    for (const [name, { value, written }] of wanted) this.#apply(name, value, written);
    return undefined;
  }

  #apply(name: string, value: string, written: string = value): void {
    this.#values.set(name, value);
    const limit = Object.hasOwn(LIMIT_PARAMETERS, name) ? LIMIT_PARAMETERS[name] : undefined;
    if (limit !== undefined) this.limits[limit] = Number(value);
    this.#listeners.get(name)?.(value, written);
  }
}

function realName(name: string): string {
  return Object.hasOwn(PARAMETER_ALIASES, name) ? PARAMETER_ALIASES[name] ?? name : name;
}

type Read = { readonly value: string } | { readonly problem: string };

const MEMORY_UNITS: Readonly<Record<string, bigint>> = {
  '': 1n, 'b': 1n, 'k': 1000n, 'kb': 1024n, 'm': 1_000_000n, 'mb': 1_048_576n, 'g': 1_000_000_000n, 'gb': 1_073_741_824n,
};

function bounded(parameter: { readonly low: number; readonly high: string }, value: bigint): Read {
  return value >= BigInt(parameter.low) && value <= BigInt(parameter.high)
    ? { value: String(value) }
    : { problem: `argument must be between ${parameter.low} and ${parameter.high} inclusive` };
}

function readSave(written: Bytes): Read {
  const words = written.split(/\s+/).filter((word) => word !== '');
  const fits = words.length % 2 === 0 && words.every((word, i) => /^[+-]?[0-9]+$/.test(word) && Number(word) >= (i % 2 === 0 ? 1 : 0));
  return fits ? { value: words.map(Number).join(' ') } : { problem: 'Invalid save parameters' };
}

function readPercentiles(written: Bytes): Read {
  const words = written.split(/\s+/).filter((word) => word !== '');
  const values = words.map((word) => parseDouble(word));
  if (values.some((value) => value === undefined)) return { problem: 'Invalid latency-tracking-info-percentiles parameters' };
  return values.every((value) => value !== undefined && value >= 0 && value <= 100)
    ? { value: values.join(' ') }
    : { problem: 'latency-tracking-info-percentiles parameters should sit between [0.0,100.0]' };
}

const OUTPUT_CLASSES: Readonly<Record<string, string>> = { normal: 'normal', replica: 'slave', slave: 'slave', pubsub: 'pubsub' };

function memoryOf(written: string): bigint | undefined {
  const match = /^([0-9]+)([a-z]*)$/.exec(written.toLowerCase());
  const unit = match === null ? undefined : MEMORY_UNITS[match[2] ?? ''];
  return unit === undefined ? undefined : BigInt(match?.[1] ?? 0) * unit;
}

/** Limits of output buffers, a class at a time; classes that are not named keep theirs. */
function readOutputLimits(written: Bytes, present: string): Read {
  const words = written.split(/\s+/).filter((word) => word !== '');
  if (words.length % 4 !== 0) return { problem: 'Wrong number of arguments in buffer limit configuration.' };
  const old = present.split(' ');
  const limits = new Map(Array.from({ length: old.length / 4 }, (_, i): [string, string] => [old[i * 4] ?? '', old.slice(i * 4 + 1, i * 4 + 4).join(' ')]));
  for (let i = 0; i < words.length; i += 4) {
    const name = (words[i] ?? '').toLowerCase();
    const type = Object.hasOwn(OUTPUT_CLASSES, name) ? OUTPUT_CLASSES[name] : undefined;
    if (type === undefined) return { problem: 'Invalid client class specified in buffer limit configuration.' };
    const [hard, soft] = [memoryOf(words[i + 1] ?? ''), memoryOf(words[i + 2] ?? '')];
    if (hard === undefined || soft === undefined || !/^[0-9]+$/.test(words[i + 3] ?? '')) {
      return { problem: 'Error in hard, soft or soft_seconds setting in buffer limit configuration.' };
    }
    limits.set(type, `${hard} ${soft} ${Number(words[i + 3])}`);
  }
  return { value: [...limits].map(([type, limit]) => `${type} ${limit}`).join(' ') };
}

/** Texts with a form of their own. */
const TEXT_READERS: Readonly<Record<string, (written: Bytes, present: string) => Read>> = {
  'client-output-buffer-limit': readOutputLimits,
  'maxmemory-clients': (written) => {
    const percentage = /^([0-9]+)%$/.exec(written)?.[1];
    if (percentage !== undefined) return Number(percentage) > 100 ? { problem: 'percentage argument must be less or equal to 100' } : { value: `${Number(percentage)}%` };
    const bytes = memoryOf(written);
    return bytes === undefined ? { problem: 'argument must be a memory or percent value' } : { value: String(bytes) };
  },
  'oom-score-adj-values': (written) => {
    const words = written.split(/\s+/).filter((word) => word !== '');
    if (words.length !== 3) return { problem: 'wrong number of arguments' };
    const fits = words.every((word) => /^-?[0-9]{1,4}$/.test(word) && Math.abs(Number(word)) <= 2000);
    return fits ? { value: words.join(' ') } : { problem: 'Invalid oom-score-adj-values, elements must be between -2000 and 2000.' };
  },
  'save': readSave,
  'latency-tracking-info-percentiles': readPercentiles,
  'notify-keyspace-events': (written) => {
    const flags = parseNotifyClasses(written);
    return flags === undefined ? { problem: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'." } : { value: formatNotifyClasses(flags) };
  },
};

function readValue(name: string, parameter: Parameter, written: Bytes, present: string): Read {
  switch (parameter.kind) {
    case 'immutable':
      return { problem: "can't set immutable config" };
    case 'protected':
      return { problem: "can't set protected config" };
    case 'text':
      return (Object.hasOwn(TEXT_READERS, name) ? TEXT_READERS[name]?.(written, present) : undefined) ?? { value: written };
    case 'boolean': {
      const value = written.toLowerCase();
      return value === 'yes' || value === 'no' ? { value } : { problem: "argument must be 'yes' or 'no'" };
    }
    case 'enum': {
      const value = written.toLowerCase();
      return parameter.of.includes(value) ? { value } : { problem: `argument(s) must be one of the following: ${parameter.of.join(', ')}` };
    }
    case 'memory': {
      // No digits are zero.
      const match = /^([0-9]*)([a-z]*)$/.exec(written.toLowerCase());
      const unit = match === null ? undefined : MEMORY_UNITS[match[2] ?? ''];
      return unit === undefined ? { problem: 'argument must be a memory value' } : bounded(parameter, BigInt(match?.[1] ?? 0) * unit);
    }
    case 'integer':
      return /^-?[0-9]{1,19}$/.test(written) ? bounded(parameter, BigInt(written)) : { problem: "argument couldn't be parsed into an integer" };
  }
}
