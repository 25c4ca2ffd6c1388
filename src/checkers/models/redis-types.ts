/**
 * One key of Redis, by data type, with the commands' own names and replies (https://redis.io/docs/latest/commands/): numbers as numbers,
 * nil as null, texts as texts. An operation's input is the command's arguments behind the key.
 *
 * Left out: expiry, type errors, ranges other than the whole, commands that answer a random member.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { Operation } from '../../history/operation.ts';
import type { Model } from '../model.ts';
import { canonical, sameValue } from '../value.ts';
import { argumentsOf, commandModel, listOf, reads, recordOf, textOf, without, type CommandRule, type CommandRules, type Outcome } from './command-model.ts';

const del: CommandRule = { apply: (state) => ({ state: null, reply: Number(state !== null) }) };
const exists: CommandRule = reads((state) => Number(state !== null));
const ANY: CommandRules = { del, exists };

/** A change of a whole number held as text. */
function changed(text: HistoryValue, by: HistoryValue | undefined): number | undefined {
  const amount = Number(by ?? Number.NaN);
  return Number.isSafeInteger(amount) ? Number(text ?? 0) + amount : undefined;
}

function incremented(state: HistoryValue, by: HistoryValue | undefined, sign: 1 | -1): Outcome | undefined {
  const next = changed(state, by === undefined ? undefined : sign * Number(by));
  return next === undefined ? undefined : { state: String(next), reply: next };
}

/** A list or record that Redis drops when it is empty. */
function kept(state: HistoryValue): HistoryValue {
  if (Array.isArray(state)) return state.length === 0 ? null : state;
  return Object.keys(recordOf(state)).length === 0 ? null : state;
}

/** A string: `get`, `set` (with `NX` or `XX`; answers null when it did not), `setnx`, `getset`, `getdel`, `append`, `strlen`, `incr`, `incrby`, `decr`, `decrby`. */
export function redisString(initial: HistoryValue = null): Model<HistoryValue> {
  return commandModel('redis-string', textOf(initial) ?? null, {
    ...ANY,
    get: reads((state) => state),
    strlen: reads((state) => (textOf(state) ?? '').length),
    set: {
      resets: (args) => args.length === 1,
      apply(state, [value, condition]) {
        const text = textOf(value);
        if (text === undefined) return undefined;
        const word = textOf(condition)?.toUpperCase();
        if (word === undefined) return { state: text };
        if (word !== 'NX' && word !== 'XX') return undefined;
        return (state === null) === (word === 'NX') ? { state: text, reply: 'OK' } : { state, reply: null };
      },
    },
    setnx: { apply: (state, [value]) => (state === null ? { state: textOf(value) ?? '', reply: 1 } : { state, reply: 0 }) },
    getset: { apply: (state, [value]) => ({ state: textOf(value) ?? '', reply: state }) },
    getdel: { apply: (state) => ({ state: null, reply: state }) },
    append: {
      apply(state, [value]) {
        const text = (textOf(state) ?? '') + (textOf(value) ?? '');
        return { state: text, reply: text.length };
      },
    },
    incr: { apply: (state) => incremented(state, 1, 1) },
    decr: { apply: (state) => incremented(state, 1, -1) },
    incrby: { apply: (state, [by]) => incremented(state, by, 1) },
    decrby: { apply: (state, [by]) => incremented(state, by, -1) },
  });
}

/** A hash: `hset`, `hsetnx`, `hget`, `hdel`, `hexists`, `hlen`, `hgetall` (a record), `hincrby`. */
export function redisHash(initial: HistoryValue = null): Model<HistoryValue> {
  const field = (args: readonly HistoryValue[]): string | undefined => textOf(args[0]);
  const put = (state: HistoryValue, name: string | undefined, value: HistoryValue | undefined): HistoryValue | undefined => {
    const text = textOf(value);
    return name === undefined || text === undefined ? undefined : { ...recordOf(state), [name]: text };
  };
  const has = (state: HistoryValue, name: string | undefined): boolean => name !== undefined && Object.hasOwn(recordOf(state), name);
  return commandModel('redis-hash', initial, {
    ...ANY,
    hset: {
      field,
      apply(state, args) {
        const next = put(state, field(args), args[1]);
        return next === undefined ? undefined : { state: next, reply: Number(!has(state, field(args))) };
      },
    },
    hsetnx: {
      field,
      apply(state, args) {
        const next = put(state, field(args), args[1]);
        if (next === undefined) return undefined;
        return has(state, field(args)) ? { state, reply: 0 } : { state: next, reply: 1 };
      },
    },
    hget: reads((state, args) => (has(state, field(args)) ? (recordOf(state)[field(args) ?? ''] ?? null) : null), field),
    hexists: reads((state, args) => Number(has(state, field(args))), field),
    hlen: reads((state) => Object.keys(recordOf(state)).length),
    hgetall: reads((state) => recordOf(state)),
    hdel: {
      field,
      apply: (state, args) => ({ state: kept(without(recordOf(state), field(args) ?? '')), reply: Number(has(state, field(args))) }),
    },
    hincrby: {
      field,
      apply(state, args) {
        const next = changed(recordOf(state)[field(args) ?? ''] ?? null, args[1]);
        const after = next === undefined ? undefined : put(state, field(args), next);
        return next === undefined || after === undefined ? undefined : { state: after, reply: next };
      },
    },
  });
}

/** A list: `lpush`, `rpush` (answer the length), `lpop`, `rpop`, `llen`, `lrange` (the whole list), `lindex`. */
export function redisList(initial: HistoryValue = null): Model<HistoryValue> {
  const pushed = (list: readonly HistoryValue[]): Outcome => ({ state: list, reply: list.length });
  const model = commandModel('redis-list', initial, {
    ...ANY,
    rpush: { apply: (state, args) => (args.length === 0 ? undefined : pushed([...listOf(state), ...args])) },
    lpush: { apply: (state, args) => (args.length === 0 ? undefined : pushed([...args.toReversed(), ...listOf(state)])) },
    lpop: { apply: (state) => ({ state: kept(listOf(state).slice(1)), reply: listOf(state)[0] ?? null }) },
    rpop: { apply: (state) => ({ state: kept(listOf(state).slice(0, -1)), reply: listOf(state).at(-1) ?? null }) },
    llen: reads((state) => listOf(state).length),
    lrange: reads((state) => listOf(state)),
    lindex: reads((state, [index]) => listOf(state).at(Number(index ?? 0)) ?? null),
  });
  const start = listOf(initial).map(canonical);
  const found = ({ f, output, status }: Operation): readonly string[] => {
    if (status === 'info' || output === null) return [];
    if (f === 'lrange') return listOf(output).map(canonical);
    return f === 'lpop' || f === 'rpop' || f === 'lindex' ? [canonical(output)] : [];
  };
  const whole: Model<HistoryValue> = {
    ...model,
    produces: ({ f, input }) => (isPush(f) ? argumentsOf(input).map(canonical) : []),
    finds: found,
    needs: (operation) => found(operation).filter((element) => !start.includes(element)),
    replaces(state, { f }) {
      const list = listOf(state).map(canonical);
      if (f === 'del') return list;
      const [taken, rest] = f === 'lpop' ? [list[0], list.slice(1)] : [list.at(-1), list.slice(0, -1)];
      return taken === undefined || (f !== 'lpop' && f !== 'rpop') || rest.includes(taken) ? [] : [taken];
    },
  };
  return {
    ...whole,
    forHistory(operations) {
      const all = [...start, ...operations.flatMap((operation) => whole.produces?.(operation) ?? [])];
      if (new Set(all).size < all.length) return undefined;
      const pops = operations.reduce((count, { f }) => count + (f === 'del' ? Infinity : Number(f === 'lpop' || f === 'rpop')), 0);
      return { ...whole, provesWhereStuck: true, showsState: ({ f }) => f === 'lrange', mayStillSee: (state, look) => mayBecome(listOf(state), listOf(look.output), pops) };
    },
  };
}

function isPush(f: string): boolean {
  return f === 'rpush' || f === 'lpush';
}

/** Whether a list of different elements may become another one, if so many at most are popped: what is in both has stayed side by side. */
function mayBecome(now: readonly HistoryValue[], then: readonly HistoryValue[], pops: number): boolean {
  const places = new Map(then.map((element, place) => [canonical(element), place]));
  let [last, isOver, gone] = [-1, false, 0];
  for (const element of now) {
    const place = places.get(canonical(element));
    if (place === undefined) {
      isOver = last >= 0;
      if (++gone > pops) return false;
      continue;
    }
    if (isOver || (last >= 0 && place !== last + 1)) return false;
    last = place;
  }
  return true;
}

/** A set: `sadd`, `srem` (answer 1 or 0), `sismember`, `scard`, `smembers` (a list in any order: it must be sorted as JSON texts are). */
export function redisSet(initial: HistoryValue = null): Model<HistoryValue> {
  const holds = (state: HistoryValue, member: HistoryValue | undefined): boolean => listOf(state).some((other) => sameValue(other, member ?? null));
  const member = ([of]: readonly HistoryValue[]): string | undefined => (of === undefined ? undefined : canonical(of));
  return commandModel('redis-set', initial, {
    ...ANY,
    sadd: {
      field: member,
      apply(state, [member]) {
        if (member === undefined) return undefined;
        return holds(state, member) ? { state, reply: 0 } : { state: sorted([...listOf(state), member]), reply: 1 };
      },
    },
    srem: { field: member, apply: (state, [member]) => ({ state: kept(listOf(state).filter((other) => !sameValue(other, member ?? null))), reply: Number(holds(state, member)) }) },
    sismember: reads((state, [of]) => Number(holds(state, of)), member),
    scard: reads((state) => listOf(state).length),
    smembers: reads((state) => listOf(state)),
  });
}

function sorted(members: readonly HistoryValue[]): readonly HistoryValue[] {
  return members.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** A sorted set: `zadd [score, member]`, `zincrby [by, member]`, `zscore`, `zrem`, `zcard`, `zrange` (all members by score), `zpopmin` (`[member, score]`). */
export function redisSortedSet(initial: HistoryValue = null): Model<HistoryValue> {
  const scored = (state: HistoryValue, member: string, score: number): HistoryValue => ({ ...recordOf(state), [member]: score });
  const ranked = (state: HistoryValue): [string, number][] => (
    Object.entries(recordOf(state)).map(([member, score]): [string, number] => [member, Number(score)]).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
  );
  const first = ([name]: readonly HistoryValue[]): string | undefined => textOf(name);
  const second = ([, name]: readonly HistoryValue[]): string | undefined => textOf(name);
  return commandModel('redis-sorted-set', initial, {
    ...ANY,
    zadd: {
      field: second,
      apply(state, [score, name]) {
        const member = textOf(name);
        if (member === undefined || !Number.isFinite(Number(score))) return undefined;
        return { state: scored(state, member, Number(score)), reply: Number(!Object.hasOwn(recordOf(state), member)) };
      },
    },
    zincrby: {
      field: second,
      apply(state, [by, name]) {
        const member = textOf(name);
        if (member === undefined || !Number.isFinite(Number(by))) return undefined;
        const score = Number(recordOf(state)[member] ?? 0) + Number(by);
        return { state: scored(state, member, score), reply: score };
      },
    },
    zscore: reads((state, [name]) => recordOf(state)[textOf(name) ?? ''] ?? null, first),
    zcard: reads((state) => Object.keys(recordOf(state)).length),
    zrange: reads((state) => ranked(state).map(([member]) => member)),
    zrem: {
      field: first,
      apply: (state, [name]) => ({ state: kept(without(recordOf(state), textOf(name) ?? '')), reply: Number(Object.hasOwn(recordOf(state), textOf(name) ?? '')) }),
    },
    zpopmin: {
      apply(state) {
        const [least] = ranked(state);
        return least === undefined ? { state, reply: null } : { state: kept(without(recordOf(state), least[0])), reply: least };
      },
    },
  });
}

/** A stream: `xadd` with an entry (which id it got is not compared), `xlen`, `xrange` (all entries, without ids), `xdel` of an entry's value. */
export function redisStream(initial: HistoryValue = null): Model<HistoryValue> {
  const model = commandModel('redis-stream', initial, {
    ...ANY,
    xadd: { apply: (state, [entry]) => (entry === undefined ? undefined : { state: [...listOf(state), entry] }) },
    xlen: reads((state) => listOf(state).length),
    xrange: reads((state) => listOf(state)),
    xdel: {
      apply(state, [entry]) {
        const at = listOf(state).findIndex((other) => sameValue(other, entry ?? null));
        // Unlike a list, a stream stays when its last entry is gone.
        return at < 0 ? { state, reply: 0 } : { state: listOf(state).toSpliced(at, 1), reply: 1 };
      },
    },
  });
  return { ...model, forHistory: (operations) => streamAsRead(model, operations) };
}

/** A stream that only grew: its longest read has the order of the entries that it shows, and of the others only the number was ever seen. */
function streamAsRead(model: Model<HistoryValue>, operations: readonly Operation[]): Model<HistoryValue> | undefined {
  if (!operations.every(({ f }) => f === 'xadd' || f === 'xlen' || f === 'xrange')) return undefined;
  let longest: readonly HistoryValue[] = [];
  for (const { f, output, status } of operations) {
    if (f === 'xrange' && status === 'ok' && listOf(output).length > longest.length) longest = listOf(output);
  }
  const shown = new Set(longest.map(canonical));
  return {
    ...model,
    step(state, operation) {
      const next = model.step(state, operation);
      if (next === undefined || operation.f !== 'xadd') return next;
      const entries = listOf(next);
      const at = entries.length - 1;
      if (at < longest.length) return sameValue(entries[at] ?? null, longest[at] ?? null) ? next : undefined;
      return [...listOf(state), null];
    },
    kind: (operation) => (operation.f === 'xadd' && !shown.has(entryOf(operation)) ? 'xadd, never shown' : model.kind?.(operation) ?? ''),
    mayStillSee: (state, { f, output }) => listOf(state).length <= (f === 'xlen' ? Number(output) : listOf(output).length),
  };
}

function entryOf({ input }: Operation): string {
  return canonical(Array.isArray(input) ? (input as readonly HistoryValue[])[0] ?? null : input);
}
