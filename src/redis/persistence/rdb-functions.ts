/**
 * Libraries of functions as an RDB file and `FUNCTION DUMP` hold them: an opcode and the code of each (`rdb.c` of Redis 7.0).
 * The older opcode of the release candidates, with name and engine apart, is read, not written.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { crc64 } from './crc64.ts';
import { littleEndian } from './listpack.ts';
import { CorruptPayload, PayloadReader } from './payload-reader.ts';
import { RDB_VERSION, writeString } from './rdb-object.ts';

const FUNCTION2 = 0xf5;
const FUNCTION = 0xf6;
/** Version and checksum. */
const TRAILER = 10;

/** Libraries as they stand in an RDB file. */
export function writeFunctions(codes: readonly Bytes[]): Bytes {
  return codes.map((code) => String.fromCharCode(FUNCTION2) + writeString(code)).join('');
}

/** Libraries as `FUNCTION DUMP` gives them. */
export function dumpFunctions(codes: readonly Bytes[]): Bytes {
  const payload = writeFunctions(codes) + littleEndian(BigInt(RDB_VERSION), 2);
  return payload + crc64(payload);
}

/** Reads the library behind an opcode. @returns its code, or undefined when the opcode is another */
export function readFunction(reader: PayloadReader, opcode: number): Bytes | undefined {
  if (opcode === FUNCTION2) return reader.string();
  if (opcode !== FUNCTION) return undefined;
  const [name, engine] = [reader.string(), reader.string()];
  if (reader.length() !== 0) reader.string();
  return `#!${engine} name=${name}\n${reader.string()}`;
}

/** The code of each library of a payload whose checksum is right, or what is wrong with it. */
export function restoreFunctions(payload: Bytes): { readonly codes: readonly Bytes[] } | { readonly error: string } {
  const reader = new PayloadReader(payload.slice(0, -TRAILER));
  const codes: Bytes[] = [];
  try {
    while (!reader.isAtEnd) {
      const code = readFunction(reader, reader.byte());
      if (code === undefined) return { error: 'given type is not a function' };
      codes.push(code);
    }
  } catch (error) {
    if (error instanceof CorruptPayload) return { error: 'Failed loading library payload' };
    throw error;
  }
  return { codes };
}
