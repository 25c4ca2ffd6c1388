/**
 * Replies and commands as the bytes of RESP2 and RESP3.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Reply } from '../reply.ts';

/** A command as a client, a primary or the append-only file writes it. */
export function encodeCommand(args: readonly Bytes[]): Bytes {
  let bytes = `*${args.length}\r\n`;
  for (const arg of args) bytes += `$${arg.length}\r\n${arg}\r\n`;
  return bytes;
}

/** What stands before short bulk strings: the commonest thing of all that is written. */
const BULK_PREFIXES: readonly string[] = Array.from({ length: 128 }, (_, length) => `$${length}\r\n`);

/** A reply in either protocol. */
export function encodeReply(reply: Reply, protocol: 2 | 3): Bytes {
  switch (reply.kind) {
    case 'simple':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${reply.text}\r\n`;
    case 'integer':
      return `:${reply.value}\r\n`;
    case 'bulk':
      return `${BULK_PREFIXES[reply.bytes.length] ?? `$${reply.bytes.length}\r\n`}${reply.bytes}\r\n`;
    case 'double':
      return protocol === 3 ? `,${reply.text}\r\n` : `$${reply.text.length}\r\n${reply.text}\r\n`;
    case 'boolean':
      return protocol === 3 ? `#${reply.value ? 't' : 'f'}\r\n` : `:${reply.value ? 1 : 0}\r\n`;
    case 'big-number':
      return protocol === 3 ? `(${reply.text}\r\n` : `$${reply.text.length}\r\n${reply.text}\r\n`;
    case 'verbatim':
      return protocol === 3 ? `=${reply.bytes.length + 4}\r\n${reply.format}:${reply.bytes}\r\n` : `$${reply.bytes.length}\r\n${reply.bytes}\r\n`;
    case 'nil':
      return protocol === 3 ? '_\r\n' : '$-1\r\n';
    case 'nil-array':
      return protocol === 3 ? '_\r\n' : '*-1\r\n';
    case 'array':
      return encodeItems('*', reply.items.length, reply.items, protocol);
    case 'set':
      return encodeItems(protocol === 3 ? '~' : '*', reply.items.length, reply.items, protocol);
    case 'push':
      if (reply.isLine === true) return encodeReply(reply.items[0] ?? { kind: 'simple', text: '' }, protocol);
      return encodeItems(protocol === 3 ? '>' : '*', reply.items.length, reply.items, protocol);
    case 'map':
      return protocol === 3
        ? encodeItems('%', reply.items.length / 2, reply.items, protocol)
        : encodeItems('*', reply.items.length, reply.items, protocol);
    case 'pairs': {
      if (protocol === 2) return encodeItems('*', reply.items.length, reply.items, protocol);
      let bytes = `*${reply.items.length / 2}\r\n`;
      for (let i = 0; i < reply.items.length; i += 2) bytes += encodeItems('*', 2, reply.items.slice(i, i + 2), protocol);
      return bytes;
    }
    case 'attributed':
      return (protocol === 3 ? encodeItems('|', reply.attributes.length / 2, reply.attributes, protocol) : '') + encodeReply(reply.reply, protocol);
    case 'replies':
      return reply.items.map((item) => encodeReply(item, protocol)).join('');
    case 'raw':
      return reply.bytes;
    case 'waiting':
      return '';
  }
}

/**
 * A reply in pieces: for one that is too long for a single string.
 *
 * @returns the pieces, in order
 */
export function encodePieces(reply: Reply, protocol: 2 | 3): Bytes[] {
  const { kind } = reply;
  if (kind === 'bulk') return [`$${reply.bytes.length}\r\n`, reply.bytes, '\r\n'];
  if (kind !== 'array' && kind !== 'set' && kind !== 'map' && kind !== 'push' && kind !== 'replies') return [encodeReply(reply, protocol)];
  const marks = { array: '*', set: '~', map: '%', push: '>' } as const;
  const count = kind === 'map' && protocol === 3 ? reply.items.length / 2 : reply.items.length;
  const pieces = kind === 'replies' ? [] : [`${protocol === 3 ? marks[kind] : '*'}${count}\r\n`];
  for (const item of reply.items) for (const piece of encodePieces(item, protocol)) pieces.push(piece);
  return pieces;
}

function encodeItems(mark: string, count: number, items: readonly Reply[], protocol: 2 | 3): Bytes {
  let bytes = `${mark}${count}\r\n`;
  for (const item of items) bytes += encodeReply(item, protocol);
  return bytes;
}
