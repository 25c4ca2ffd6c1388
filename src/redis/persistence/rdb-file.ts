/**
 * RDB files, version 10: a whole dataset in Redis's own serialisation (`rdb.c` of 7.0). What is written here a real server loads,
 * and what it writes is read here.
 *
 * Left out: modules, and the oldest forms of values (see `rdb-object.ts`).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Engine } from '../engine.ts';
import type { EncodingLimits } from '../values/encoding-limits.ts';
import { int64, type Int64 } from '../bytes/int64.ts';
import type { Database } from '../keyspace/keyspace.ts';
import { crc64 } from './crc64.ts';
import { littleEndian, readLittleEndian } from './listpack.ts';
import { corrupt, CorruptPayload, PayloadReader } from './payload-reader.ts';
import { readValue, writeLength, writeString, writeValue } from './rdb-object.ts';

const MAGIC = 'REDIS0010';
/** The newest version that a server of 7.0 reads. */
const VERSION_MAX = 10;
const OPCODE = {
  function: 245, moduleAux: 247, idle: 248, frequency: 249, aux: 250, resize: 251, expiryMilliseconds: 252, expirySeconds: 253, select: 254, end: 255,
} as const;

/** What a file holds besides keys. */
export interface RdbExtras {
  /** The sources of function libraries. */
  readonly functions: readonly Bytes[];
  /** Whether it holds the keys; it does unless told otherwise. */
  readonly withKeys?: boolean;
}

const opcode = (code: number): Bytes => String.fromCharCode(code);

function aux(name: Bytes, value: Bytes): Bytes {
  return opcode(OPCODE.aux) + writeString(name) + writeString(value);
}

function* databaseParts(database: Database, limits: Readonly<EncodingLimits>): Generator<Bytes> {
  yield opcode(OPCODE.select) + writeLength(database.number) + opcode(OPCODE.resize) + writeLength(database.size) + writeLength(database.volatileSize);
  for (const key of database.keys()) {
    const value = database.stored(key);
    if (value === undefined) continue;
    const deadline = database.deadline(key);
    const { type, bytes } = writeValue(value, limits);
    yield (deadline === undefined ? '' : opcode(OPCODE.expiryMilliseconds) + littleEndian(BigInt(deadline), 8)) + opcode(type) + writeString(key) + bytes;
  }
}

/** The file of an engine's dataset. @param replication - the id and offset that a replica goes on from */
export function writeRdb(engine: Engine, extras: RdbExtras = { functions: [] }, replication?: { readonly id: Bytes; readonly offset: number }): Bytes {
  const parts: Bytes[] = [MAGIC, aux('redis-ver', '7.0.15'), aux('redis-bits', '64'), aux('ctime', String(Math.floor(engine.now / 1000))), aux('used-mem', String(engine.eviction.used))];
  if (replication !== undefined) parts.push(aux('repl-stream-db', '0'), aux('repl-id', replication.id), aux('repl-offset', String(replication.offset)));
  parts.push(aux('aof-base', '0'));
  for (const code of extras.functions) parts.push(opcode(OPCODE.function) + writeString(code));
  const databases = extras.withKeys === false ? [] : engine.databases;
  for (const database of databases) if (database.size > 0) parts.push(...databaseParts(database, engine.configuration.limits));
  parts.push(opcode(OPCODE.end));
  const body = parts.join('');
  return body + crc64(body);
}

/** What reading a file gave. */
export type RdbLoad =
  | { readonly kind: 'loaded'; readonly keys: number; readonly functions: readonly Bytes[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** How a file is read. */
export interface RdbReading {
  /** What had expired by then is left out; undefined: nothing is. */
  readonly expiredBy: number | undefined;
  /** Keys that are there already are replaced; else they are an error. */
  readonly merges: boolean;
}

/** Reads a file into an engine's databases, which nobody is told of. */
export function readRdb(engine: Engine, bytes: Bytes, reading: RdbReading): RdbLoad {
  const version = Number(bytes.slice(5, 9));
  if (!bytes.startsWith('REDIS')) return { kind: 'refused', reason: 'Wrong signature trying to load DB from file' };
  if (!(version >= 1 && version <= VERSION_MAX)) return { kind: 'refused', reason: `Can't handle RDB format version ${bytes.slice(5, 9)}` };
  try {
    return readBody(engine, bytes, version, reading);
  } catch (error) {
    if (error instanceof CorruptPayload) return { kind: 'refused', reason: 'Short read or OOM loading DB. Unrecoverable error, aborting now.' };
    throw error;
  }
}

function skipTwice(read: () => unknown): void {
  read();
  read();
}

function checksumFits(bytes: Bytes, end: number): boolean {
  const given = bytes.slice(end, end + 8);
  return given === '\0\0\0\0\0\0\0\0' || crc64(bytes.slice(0, end)) === given;
}

function readBody(engine: Engine, bytes: Bytes, version: number, { expiredBy, merges }: RdbReading): RdbLoad {
  const reader = new PayloadReader(bytes);
  reader.take(MAGIC.length);
  const functions: Bytes[] = [];
  let database = engine.database(0);
  let deadline: Int64 | undefined;
  let stamp: number | undefined;
  let keys = 0;
  for (;;) {
    const code = reader.byte();
    if (code === OPCODE.end) break;
    if (code === OPCODE.select) database = engine.databases[reader.length()] ?? corrupt();
    else if (code === OPCODE.resize) skipTwice(() => reader.length());
    else if (code === OPCODE.aux) skipTwice(() => reader.string());
    else if (code === OPCODE.function) functions.push(reader.string());
    else if (code === OPCODE.expiryMilliseconds) deadline = int64(BigInt.asIntN(64, readLittleEndian(reader.take(8), 0, 8)));
    else if (code === OPCODE.expirySeconds) deadline = Number(readLittleEndian(reader.take(4), 0, 4)) * 1000;
    else if (code === OPCODE.idle) stamp = engine.now - reader.length() * 1000;
    else if (code === OPCODE.frequency) stamp = engine.access.withCounter(engine.now, reader.byte());
    else if (code === OPCODE.moduleAux) return { kind: 'refused', reason: 'The RDB file contains AUX module data' };
    else {
      const key = reader.string();
      const value = readValue(reader, code, engine.configuration.limits);
      const isEmpty = typeof value !== 'string' && value.type !== 'stream' && value.size === 0;
      if (!isEmpty && (deadline === undefined || expiredBy === undefined || deadline >= expiredBy)) {
        if (database.isStored(key) && !merges) return { kind: 'refused', reason: `RDB has duplicated key '${key}' in DB ${database.number}` };
        database.replace(key, value);
        if (deadline !== undefined) database.setDeadline(key, deadline);
        if (stamp !== undefined) database.stamp(key, stamp);
        database.touched(key);
        keys++;
      }
      deadline = undefined;
      stamp = undefined;
    }
  }
  if (version >= 5 && !checksumFits(bytes, reader.position)) return { kind: 'refused', reason: 'Wrong RDB checksum' };
  return { kind: 'loaded', keys, functions };
}
