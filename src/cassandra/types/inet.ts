/**
 * Internet addresses as text and bytes. Cassandra itself writes IPv6 in full (`InetAddress.getHostAddress`), drivers in the short
 * form of RFC 5952.
 *
 * Left out: names of hosts, which Cassandra would look up.
 *
 * @module
 */
import { int16, int32, readUint16 } from './bytes.ts';
import type { Bytes } from './data-type.ts';

/** The 4 or 16 bytes of an address; undefined when it is none. An IPv4 address within IPv6 becomes the former, as in Java. */
export function parseInet(text: string): Bytes | undefined {
  if (!text.includes(':')) return parseV4(text);
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const left = groupsOf(halves[0] ?? '');
  const right = halves.length === 2 ? groupsOf(halves[1] ?? '') : '';
  if (left === undefined || right === undefined) return undefined;
  const missing = 16 - left.length - right.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = left + '\0'.repeat(missing) + right;
  return bytes.startsWith('\0\0\0\0\0\0\0\0\0\0\xff\xff') ? bytes.slice(12) : bytes;
}

/** `1.2.3.4`; of fewer parts the last stands for all the bytes that are left, as ever. */
function parseV4(text: string): Bytes | undefined {
  if (!/^\d{1,10}(\.\d{1,10}){0,3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  const last = parts.pop() ?? 0;
  if (parts.some((part) => part > 255) || last >= 256 ** (4 - parts.length)) return undefined;
  return String.fromCharCode(...parts) + int32(last).slice(parts.length);
}

function groupsOf(text: string): Bytes | undefined {
  if (text === '') return '';
  let bytes = '';
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (group.includes('.') && i === groups.length - 1) {
      const four = /^\d+(\.\d+){3}$/.test(group) ? parseV4(group) : undefined;
      if (four === undefined) return undefined;
      bytes += four;
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes += int16(parseInt(group, 16));
    else return undefined;
  }
  return bytes;
}

/** An address in full: `127.0.0.1`, `0:0:0:0:0:0:0:1`. */
export function formatInet(bytes: Bytes): string {
  if (bytes.length === 4) return Array.from(bytes, (byte) => byte.charCodeAt(0)).join('.');
  return groups(bytes).join(':');
}

/** An address in its short form: `::1`. */
export function formatInetShort(bytes: Bytes): string {
  if (bytes.length === 4) return formatInet(bytes);
  const all = groups(bytes);
  let start = 0;
  let longest = 0;
  for (let i = 0; i < all.length; i++) {
    let end = i;
    while (all[end] === '0') end++;
    if (end - i > longest) [start, longest] = [i, end - i];
  }
  if (longest < 2) return all.join(':');
  return `${all.slice(0, start).join(':')}::${all.slice(start + longest).join(':')}`;
}

function groups(bytes: Bytes): string[] {
  return Array.from({ length: 8 }, (_, i) => readUint16(bytes, i * 2).toString(16));
}
