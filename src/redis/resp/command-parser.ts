/**
 * Reads commands from RESP bytes: the append-only file, the replication stream. Only arrays of bulk strings, as Redis itself
 * writes them there; what ends early is told apart from what is malformed.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';

/** What lies at a place of the bytes. */
export type ParsedCommand =
  | { readonly kind: 'command'; readonly args: readonly Bytes[]; readonly end: number }
  /** The bytes end before the command does. */
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' };

const INCOMPLETE: ParsedCommand = { kind: 'incomplete' };
const MALFORMED: ParsedCommand = { kind: 'malformed' };

/** Reads `<mark><number>\r\n`. @returns the number and where it ended, or why not */
function readCount(bytes: Bytes, at: number, mark: string): { readonly value: number; readonly end: number } | ParsedCommand {
  if (at >= bytes.length) return INCOMPLETE;
  if (bytes[at] !== mark) return MALFORMED;
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return /^.[0-9]*\r?$/.test(bytes.slice(at)) ? INCOMPLETE : MALFORMED;
  const digits = bytes.slice(at + 1, end);
  return /^[0-9]{1,10}$/.test(digits) ? { value: Number(digits), end: end + 2 } : MALFORMED;
}

/** Reads one command that begins at a place. */
export function parseCommand(bytes: Bytes, at: number): ParsedCommand {
  const count = readCount(bytes, at, '*');
  if ('kind' in count) return count;
  const args: Bytes[] = [];
  let next = count.end;
  for (let i = 0; i < count.value; i++) {
    const length = readCount(bytes, next, '$');
    if ('kind' in length) return length;
    const end = length.end + length.value;
    if (end + 2 > bytes.length) return INCOMPLETE;
    if (bytes.slice(end, end + 2) !== '\r\n') return MALFORMED;
    args.push(bytes.slice(length.end, end));
    next = end + 2;
  }
  return { kind: 'command', args, end: next };
}
