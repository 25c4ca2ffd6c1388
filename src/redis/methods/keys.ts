/**
 * Keys of any type as methods.
 *
 * @module
 */
import type { BytesInput } from '../bytes/bytes.ts';
import type { Answer, AnswerMode } from './answer.ts';
import { flag, page, text, texts, textsOrNull, whole, words } from './decoding.ts';
import type { ExpireCondition, ScanOptions, SortOptions } from './options.ts';
import { StringMethods } from './strings.ts';

/** The methods. */
export abstract class KeyMethods<Mode extends AnswerMode> extends StringMethods<Mode> {
  /** `DEL`: how many were removed. */
  del(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['DEL', ...keys], whole); }
  /** `UNLINK` */
  unlink(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['UNLINK', ...keys], whole); }
  /** `EXISTS`: how many of them exist. */
  exists(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['EXISTS', ...keys], whole); }
  /** `EXPIRE`, in seconds. */
  expire(key: BytesInput, seconds: number, condition?: ExpireCondition): Answer<Mode, boolean> { return this.send(['EXPIRE', key, seconds, ...(condition === undefined ? [] : [condition])], flag); }
  /** `PEXPIRE`, in milliseconds. */
  pexpire(key: BytesInput, milliseconds: number, condition?: ExpireCondition): Answer<Mode, boolean> { return this.send(['PEXPIRE', key, milliseconds, ...(condition === undefined ? [] : [condition])], flag); }
  /** `TTL` in seconds; -1 without a deadline, -2 without the key. */
  ttl(key: BytesInput): Answer<Mode, number> { return this.send(['TTL', key], whole); }
  /** `PTTL` in milliseconds; -1 without a deadline, -2 without the key. */
  pttl(key: BytesInput): Answer<Mode, number> { return this.send(['PTTL', key], whole); }
  /** `PERSIST` */
  persist(key: BytesInput): Answer<Mode, boolean> { return this.send(['PERSIST', key], flag); }
  /** `TYPE` */
  type(key: BytesInput): Answer<Mode, string | null> { return this.send(['TYPE', key], text); }
  /** `KEYS` */
  keys(pattern: string = '*'): Answer<Mode, string[]> { return this.send(['KEYS', pattern], texts); }
  /** `SCAN`: one page; begin with cursor 0, end when 0 comes back. */
  scan(cursor: number, options?: ScanOptions & { readonly TYPE?: string }): Answer<Mode, { cursor: number; elements: string[] }> { return this.send(['SCAN', cursor, ...words(options)], page); }
  /** `RENAME` */
  rename(from: BytesInput, to: BytesInput): Answer<Mode, string | null> { return this.send(['RENAME', from, to], text); }
  /** `COPY` */
  copy(from: BytesInput, to: BytesInput, options?: { readonly DB?: number; readonly REPLACE?: boolean }): Answer<Mode, boolean> { return this.send(['COPY', from, to, ...words(options)], flag); }
  /** `RANDOMKEY` */
  randomkey(): Answer<Mode, string | null> { return this.send(['RANDOMKEY'], text); }
  /** `DBSIZE` */
  dbsize(): Answer<Mode, number> { return this.send(['DBSIZE'], whole); }
  /** `FLUSHDB` */
  flushdb(): Answer<Mode, string | null> { return this.send(['FLUSHDB'], text); }
  /** `FLUSHALL` */
  flushall(): Answer<Mode, string | null> { return this.send(['FLUSHALL'], text); }
  /** `EXPIREAT`, in seconds since the Unix epoch. */
  expireat(key: BytesInput, seconds: number, condition?: ExpireCondition): Answer<Mode, boolean> { return this.send(['EXPIREAT', key, seconds, ...(condition === undefined ? [] : [condition])], flag); }
  /** `PEXPIREAT`, in milliseconds since the Unix epoch. */
  pexpireat(key: BytesInput, milliseconds: number, condition?: ExpireCondition): Answer<Mode, boolean> { return this.send(['PEXPIREAT', key, milliseconds, ...(condition === undefined ? [] : [condition])], flag); }
  /** `EXPIRETIME` in seconds since the Unix epoch; -1 without a deadline, -2 without the key. */
  expiretime(key: BytesInput): Answer<Mode, number> { return this.send(['EXPIRETIME', key], whole); }
  /** `PEXPIRETIME` in milliseconds since the Unix epoch; -1 without a deadline, -2 without the key. */
  pexpiretime(key: BytesInput): Answer<Mode, number> { return this.send(['PEXPIRETIME', key], whole); }
  /** `RENAMENX`: whether the new name was free. */
  renamenx(from: BytesInput, to: BytesInput): Answer<Mode, boolean> { return this.send(['RENAMENX', from, to], flag); }
  /** `TOUCH`: how many of them exist. */
  touch(...keys: readonly BytesInput[]): Answer<Mode, number> { return this.send(['TOUCH', ...keys], whole); }
  /** `MOVE` to another database. */
  move(key: BytesInput, database: number): Answer<Mode, boolean> { return this.send(['MOVE', key, database], flag); }
  /** `OBJECT ENCODING`: how it is kept, or null when it is absent. */
  objectEncoding(key: BytesInput): Answer<Mode, string | null> { return this.send(['OBJECT', 'ENCODING', key], text); }
  /** `SORT` */
  sort(key: BytesInput, options: SortOptions = {}): Answer<Mode, (string | null)[]> {
    const { BY, LIMIT, GET = [], DESC = false, ALPHA = false } = options;
    return this.send([
      'SORT', key, ...(BY === undefined ? [] : ['BY', BY]), ...(LIMIT === undefined ? [] : ['LIMIT', LIMIT.offset, LIMIT.count]),
      ...GET.flatMap((pattern) => ['GET', pattern]), ...(DESC ? ['DESC'] : []), ...(ALPHA ? ['ALPHA'] : []),
    ], textsOrNull);
  }
}
