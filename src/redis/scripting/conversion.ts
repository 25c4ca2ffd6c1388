/**
 * Replies as Lua values and Lua values as replies (`script_lua.c` of Redis 7.0). RESP2 unless the script asked for RESP3.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import { formatDouble } from '../bytes/floats.ts';
import { int64 } from '../bytes/int64.ts';
import { integer, NIL, type Reply } from '../reply.ts';
import { LuaTable } from './lua-table.ts';
import type { LuaValue } from './lua-value.ts';

const DEPTH_MAX = 100;

/** `{ [key] = value }` */
export function fieldTable(key: Bytes, value: LuaValue): LuaTable {
  const table = new LuaTable();
  table.set(key, value);
  return table;
}

/** An error as scripts see it: its text begins with a code. */
export function errorTable(text: Bytes): LuaTable {
  return fieldTable('err', text);
}

/** What marks an error that the statistics know already: its command has told them. */
export const COUNTED = 'ignore_error_stats_update';

/** An error reply as the table says of it whether it was counted. */
export function asCounted(reply: Reply, table: LuaTable): Reply {
  return reply.kind === 'error' && table.get(COUNTED) === true ? { ...reply, isCounted: true } : reply;
}

/** What `redis.call` gives for a reply. */
export function luaOf(reply: Reply, protocol: 2 | 3): LuaValue {
  switch (reply.kind) {
    case 'simple':
      return fieldTable('ok', reply.text);
    case 'error':
      return errorTable(reply.text);
    case 'integer':
      return Number(reply.value);
    case 'bulk':
    case 'raw':
      return reply.bytes;
    case 'double':
      return protocol === 2 ? reply.text : fieldTable('double', Number(reply.text.replace('inf', 'Infinity')));
    case 'attributed':
      return luaOf(reply.reply, protocol);
    case 'boolean':
      return protocol === 2 ? (reply.value ? 1 : 0) : reply.value;
    case 'big-number':
      return protocol === 2 ? reply.text : fieldTable('big_number', reply.text);
    case 'verbatim': {
      if (protocol === 2) return reply.bytes;
      const verbatim = fieldTable('string', reply.bytes);
      verbatim.set('format', reply.format);
      return fieldTable('verbatim_string', verbatim);
    }
    case 'nil':
    case 'nil-array':
    case 'waiting':
      return protocol === 2 ? false : undefined;
    case 'pairs': {
      if (protocol === 2) return listOf(reply.items, protocol);
      const pairs: Reply[] = [];
      for (let i = 0; i + 1 < reply.items.length; i += 2) pairs.push({ kind: 'array', items: reply.items.slice(i, i + 2) });
      return listOf(pairs, protocol);
    }
    case 'map': {
      if (protocol === 2) return listOf(reply.items, protocol);
      const map = new LuaTable();
      for (let i = 0; i + 1 < reply.items.length; i += 2) {
        const key = luaOf(reply.items[i] as Reply, protocol);
        if (key !== undefined) map.set(key, luaOf(reply.items[i + 1] as Reply, protocol));
      }
      return fieldTable('map', map);
    }
    case 'set': {
      if (protocol === 2) return listOf(reply.items, protocol);
      const set = new LuaTable();
      for (const item of reply.items) {
        const key = luaOf(item, protocol);
        if (key !== undefined) set.set(key, true);
      }
      return fieldTable('set', set);
    }
    case 'array':
    case 'push':
    case 'replies':
      return listOf(reply.items, protocol);
  }
}

function listOf(items: readonly Reply[], protocol: 2 | 3): LuaTable {
  const table = new LuaTable();
  for (let i = 0; i < items.length; i++) table.set(i + 1, luaOf(items[i] as Reply, protocol));
  return table;
}

/** A number as `(long long)` cuts it. */
function truncated(value: number): Reply {
  if (Number.isNaN(value) || value >= 2 ** 63 || value < -(2 ** 63)) return integer(-(2n ** 63n));
  const whole = Math.trunc(value) + 0;
  return integer(Number.isSafeInteger(whole) ? whole : int64(BigInt(whole)) ?? 0);
}

/** What a client gets for what a script returned. */
export function replyOf(value: LuaValue, protocol: 2 | 3, depth = 0): Reply {
  if (typeof value === 'string') return { kind: 'bulk', bytes: value };
  if (typeof value === 'number') return truncated(value);
  if (typeof value === 'boolean') {
    if (protocol === 3) return { kind: 'boolean', value };
    return value ? integer(1) : NIL;
  }
  if (!(value instanceof LuaTable)) return NIL;
  if (depth > DEPTH_MAX) return { kind: 'error', text: 'ERR reached lua stack limit' };
  const err = value.get('err');
  if (typeof err === 'string') return asCounted({ kind: 'error', text: lineOf(err) }, value);
  const ok = value.get('ok');
  if (typeof ok === 'string') return { kind: 'simple', text: lineOf(ok) };
  const double = value.get('double');
  if (typeof double === 'number') return { kind: 'double', text: textOfDouble(double) };
  const big = value.get('big_number');
  if (typeof big === 'string') return { kind: 'big-number', text: lineOf(big) };
  const verbatim = value.get('verbatim_string');
  if (verbatim instanceof LuaTable) {
    const [format, text] = [verbatim.get('format'), verbatim.get('string')];
    // Three letters, filled up with blanks.
    if (typeof format === 'string' && typeof text === 'string') return { kind: 'verbatim', format: format.slice(0, 3).padEnd(3, ' '), bytes: text };
  }
  const map = value.get('map');
  if (map instanceof LuaTable) {
    return { kind: 'map', items: [...map.entries()].flatMap(([key, item]) => [replyOf(key, protocol, depth + 1), replyOf(item, protocol, depth + 1)]) };
  }
  const set = value.get('set');
  if (set instanceof LuaTable) return { kind: 'set', items: [...set.entries()].map(([key]) => replyOf(key, protocol, depth + 1)) };
  const items: Reply[] = [];
  for (let i = 1; ; i++) {
    const item = value.get(i);
    if (item === undefined) break;
    items.push(replyOf(item, protocol, depth + 1));
  }
  return { kind: 'array', items };
}

function lineOf(text: Bytes): Bytes {
  return text.replace(/[\r\n]/g, ' ');
}

function textOfDouble(value: number): Bytes {
  return value === Infinity ? 'inf' : value === -Infinity ? '-inf' : Number.isNaN(value) ? '-nan' : formatDouble(value);
}
