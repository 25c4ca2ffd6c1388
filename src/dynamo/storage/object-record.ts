/**
 * An object as bytes: its key and versions, framed and checked as {@link frameRecord} does. What is written to disks, and what a
 * message that carries versions weighs.
 *
 * @module
 */
import { frameRecord, jsonBytes } from '../../distributed/record-log.ts';
import type { ClockEntry, VectorClock } from '../../distributed/vector-clock.ts';
import type { LazyBytes } from '../../kernel/disk.ts';
import type { Micros } from '../../kernel/units.ts';
import type { Version, Versions } from '../version.ts';

type Clock = (string | number)[];
type Encoded = [value: string | null, timestamp: number, coordinator: string, clock: Clock, dot?: Clock];

/**
 * The record of an object; with no versions, of its removal. It is made into bytes when somebody asks: what lies in a log is mostly
 * superseded before it is read.
 */
export class ObjectRecord implements LazyBytes {
  readonly key: string;
  readonly versions: Versions;
  #text: string | undefined = undefined;

  /** @param versions - all that is held of the key */
  constructor(key: string, versions: Versions) {
    this.key = key;
    this.versions = versions;
  }

  /** How many bytes it is. */
  get length(): number {
    return this.toString().length;
  }

  /** The bytes. */
  toString(): string {
    return this.#text ??= encodeObject(this.key, this.versions);
  }

  /** As it stands in a trace that keeps what messages say. */
  toJSON(): string {
    return this.toString();
  }
}

/** The bytes of an {@link ObjectRecord}. */
export function encodeObject(key: string, versions: Versions): string {
  let text = `[${quoted(key)},[`;
  for (let i = 0; i < versions.length; i++) text += (i === 0 ? '' : ',') + encodeVersion(versions[i] as Version);
  return frameRecord(`${text}]]`);
}

/** Reads a record's payload. */
export function decodeObject(payload: string): { readonly key: string; readonly versions: Versions } {
  const [key, versions] = JSON.parse(payload) as [string, Encoded[]];
  return { key, versions: versions.map(decodeVersion) };
}

/** JSON by hand: the shape is known, and this is done for each put. */
function encodeVersion({ value, timestamp, coordinator, clock, dot }: Version): string {
  const text = `[${value === null ? 'null' : quoted(value)},${timestamp},${quoted(coordinator)},[${encodeClock(clock)}]`;
  return dot === undefined ? `${text}]` : `${text},[${encodeClock([dot])}]]`;
}

function encodeClock(clock: VectorClock): string {
  let text = '';
  for (const { node, counter, time } of clock) text += `${text === '' ? '' : ','}${quoted(node)},${counter},${time}`;
  return text;
}

/** A text in JSON, in code units below 256. */
function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : jsonBytes(text);
}

const PLAIN = /^[ !#-[\]-~]*$/;

function decodeVersion([value, timestamp, coordinator, clock, dot]: Encoded): Version {
  return { value, clock: decodeClock(clock), dot: dot === undefined ? undefined : decodeClock(dot)[0], timestamp: timestamp as Micros, coordinator };
}

function decodeClock(encoded: Clock): VectorClock {
  const clock: ClockEntry[] = [];
  for (let i = 0; i < encoded.length; i += 3) clock.push({ node: encoded[i] as string, counter: encoded[i + 1] as number, time: encoded[i + 2] as number });
  return clock;
}
