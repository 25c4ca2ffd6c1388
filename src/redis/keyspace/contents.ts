/**
 * What a database holds, as plain JavaScript values: for assertions, snapshots and people.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import { decodeUtf8, type Bytes } from '../bytes/bytes.ts';
import type { Database, Value } from './keyspace.ts';
import type { ScoredMember } from '../methods/options.ts';
import { formatId, ID_MAX } from '../values/stream-value.ts';

/** An entry of a stream. */
export interface StreamEntryContents {
  readonly id: string;
  /** Fields and values in turn: a field may occur twice. */
  readonly fields: readonly string[];
}

/** What a key holds. */
export type KeyContents = (
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'hash'; readonly value: Readonly<Record<string, string>> }
  | { readonly type: 'list' | 'set'; readonly value: readonly string[] }
  | { readonly type: 'zset'; readonly value: readonly ScoredMember[] }
  | { readonly type: 'stream'; readonly value: readonly StreamEntryContents[] }
) & {
  /** When it expires, in milliseconds since the Unix epoch. Absent when it does not. */
  readonly expiresAt?: number;
};

const ascending = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Everything in a database that has not expired, by key, sorted. Removes nothing. */
export function contentsOf(database: Database, now: number): Record<string, KeyContents> {
  const found: [string, KeyContents][] = [];
  database.scan(0, database.size, (key, value) => {
    const deadline = database.deadline(key);
    if (deadline !== undefined && Number(deadline) < now) return;
    found.push([decodeUtf8(key), { ...valueContents(value), ...(deadline === undefined ? {} : { expiresAt: Number(deadline) }) }]);
  });
  return Object.fromEntries(found.sort(([a], [b]) => ascending(a, b)));
}

function valueContents(value: Value): KeyContents {
  if (typeof value === 'string') return { type: 'string', value: decodeUtf8(value) };
  switch (value.type) {
    case 'hash': {
      const values = value.values();
      const fields = value.fields().map((field, i): [string, string] => [decodeUtf8(field), decodeUtf8(values[i] as Bytes)]);
      return { type: 'hash', value: Object.fromEntries(fields.sort(([a], [b]) => ascending(a, b))) };
    }
    case 'list':
      return { type: 'list', value: value.items.slice().map(decodeUtf8) };
    case 'set':
      return { type: 'set', value: value.members().map(decodeUtf8).sort(ascending) };
    case 'zset': {
      const members: ScoredMember[] = [];
      value.walk(0, value.size, (member, score) => { members.push({ member: decodeUtf8(member), score }); });
      return { type: 'zset', value: members };
    }
    case 'stream': {
      const entries: StreamEntryContents[] = [];
      value.walk(0n, ID_MAX, ({ id, fields }) => { entries.push({ id: formatId(id), fields: fields.map(decodeUtf8) }); });
      return { type: 'stream', value: entries };
    }
    default:
      return assertNever(value);
  }
}
