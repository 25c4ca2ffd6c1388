/**
 * Transactions of a workload on Redis, over lists that are appended to or over registers: between `MULTI` and `EXEC`; read first, under
 * `WATCH`, and given up when what was read has changed; or, to show what these are for, as commands one after the other.
 *
 * @module
 */
import { RedisReplyError, type RedisClient, type RedisValue } from '../../redis/index.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { Outcome, Reply } from './recorded-client.ts';
import type { TransactionStep } from './workload-kinds.ts';
import { transactionSteps } from './workload.ts';

/** How transactions are done. */
export interface TransactionManner {
  readonly isolated: boolean;
  readonly watch: boolean;
}

type Commands = readonly string[];

/** What a key of a transaction holds: the elements of a list, or the only value of a register. */
export interface Content {
  readonly read: (key: string) => Commands;
  readonly changed: (content: HistoryValue, value: number | null) => HistoryValue;
}

/** Lists that are appended to. */
export const LISTS: Content = { read: (key) => ['LRANGE', key, '0', '-1'], changed: (content, value) => [...(content as readonly number[]), value] };
/** Registers that are written. */
export const REGISTERS: Content = { read: (key) => ['GET', key], changed: (_, value) => value };

/** Does transactions over keys of one sort. */
export function transactions(content: Content): (client: RedisClient, manner: TransactionManner) => Reply {
  return (client, { isolated, watch }) => async ({ key: tag, value }) => {
    const steps = transactionSteps(value) ?? [];
    if (watch) return watched(client, content, tag, steps);
    const commands = steps.map((step): Commands => (step[0] === 'r' ? content.read(named(tag, step[1])) : changing(tag, step)));
    const replies = isolated ? await client.multi(commands) : await oneByOne(client, commands, steps);
    if (replies === null) return 'failed';
    // Redis does the other commands all the same.
    if (replies === 'in part' || replies.some(isRefusal)) return 'unknown';
    return { value: steps.map(([f, key, what], at) => [f, key, f === 'r' ? contentOf(replies[at] ?? null) : what]) };
  };
}

/** The keys of a transaction lie in one hash slot. */
function named(tag: string, key: string): string {
  return `{${tag}}${key}`;
}

function changing(tag: string, [f, key, value]: TransactionStep): Commands {
  return [f === 'append' ? 'RPUSH' : 'SET', named(tag, key), String(value)];
}

function isRefusal(reply: RedisValue): boolean {
  return reply instanceof RedisReplyError;
}

function contentOf(reply: RedisValue): HistoryValue {
  return Array.isArray(reply) ? (reply as readonly RedisValue[]).map(Number) : reply === null ? null : Number(reply);
}

/** @returns the replies, or that something was changed before the rest was refused or not answered */
async function oneByOne(client: RedisClient, commands: readonly Commands[], steps: readonly TransactionStep[]): Promise<readonly RedisValue[] | 'in part'> {
  const replies: RedisValue[] = [];
  for (const [name = '', ...args] of commands) {
    try {
      replies.push(await client.command(name, ...args));
    } catch (error) {
      if (steps.slice(0, replies.length).some(([f]) => f !== 'r')) return 'in part';
      throw error;
    }
  }
  return replies;
}

/** Reads, then changes if what was read has not. Its own changes it has to add to what it read by itself. */
async function watched(client: RedisClient, content: Content, tag: string, steps: readonly TransactionStep[]): Promise<Outcome> {
  const keys = [...new Set(steps.map(([, key]) => key))];
  const contents = new Map<string, HistoryValue>();
  try {
    await client.watch(...keys.map((key) => named(tag, key)));
    for (const key of new Set(steps.filter(([f]) => f === 'r').map(([, of]) => of))) {
      const [name = '', ...args] = content.read(named(tag, key));
      contents.set(key, contentOf(await client.command(name, ...args)));
    }
  } catch {
    // Nothing was changed yet.
    return 'failed';
  }
  const value = steps.map(([f, key, what]): readonly HistoryValue[] => {
    if (f === 'r') return [f, key, contents.get(key) ?? null];
    if (contents.has(key)) contents.set(key, content.changed(contents.get(key) ?? null, what));
    return [f, key, what];
  });
  const replies = await client.multi(steps.filter(([f]) => f !== 'r').map((step) => changing(tag, step)));
  if (replies === null) return 'failed';
  return replies.some(isRefusal) ? 'unknown' : { value };
}
