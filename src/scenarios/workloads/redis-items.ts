/**
 * Items as DynamoDB has them, kept in Redis: a hash with a text `v` and a number `n`, and a script for whatever looks before it changes
 * something.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { RedisClient } from '../../redis/index.ts';
import type { Asked, Reply } from './recorded-client.ts';
import { fieldsOf } from './redis-hash.ts';
import type { WorkloadWord } from './workload-kinds.ts';
import type { WorkloadOperation } from './workload.ts';

interface Change {
  /** As the model of items has it. */
  readonly asked: HistoryValue;
  /** Whether the script answers if a condition held. */
  readonly isConditional: boolean;
  readonly script: string;
  readonly args: readonly string[];
}

const PUT = "redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[1], 'v', ARGV[1]) return 1";
const SET = "redis.call('HSET', KEYS[1], 'v', ARGV[1]) return 1";
const DELETE = "redis.call('DEL', KEYS[1]) return 1";
const ADD = "return redis.call('HINCRBY', KEYS[1], 'n', ARGV[1])";
const unlessText = (text: string): string => `if (redis.call('HGET', KEYS[1], 'v') or '') ~= ${text} then return 0 end `;

const plain = (asked: HistoryValue, script: string, ...args: readonly string[]): Change => ({ asked, isConditional: false, script, args });
const conditional = (asked: HistoryValue, script: string, ...args: readonly string[]): Change => ({ asked, isConditional: true, script, args });

const CHANGES: Readonly<Partial<Record<WorkloadWord, (first: string, second: string) => Change>>> = {
  'put': (text) => plain({ v: text }, PUT, text),
  'update': (text) => plain({ v: text }, SET, text),
  'add': (amount) => plain({ n: Number(amount) }, ADD, amount),
  'delete': () => plain(null, DELETE),
  'put-if': (text) => conditional([{ v: null }, { v: text }], `${unlessText("''")}${PUT}`, text),
  'update-if': (expected, text) => conditional([{ v: expected }, { v: text }], `${unlessText('ARGV[2]')}${SET}`, text, expected),
  'delete-if': (expected) => conditional({ v: expected }, `${unlessText('ARGV[1]')}${DELETE}`, expected),
};

function changeOf({ f, value }: WorkloadOperation): Change {
  const [first = '', second = ''] = Array.isArray(value) ? value.map(String) : [String(value)];
  const change = CHANGES[f]?.(first, second);
  if (change === undefined) throw new UsageError('INVALID_ARGUMENT', `an item has no operation '${f}'`);
  return change;
}

/** How an operation on an item stands in the history. */
export const askedOfItem: Asked = (operation) => (operation.f === 'get' ? null : changeOf(operation).asked);

/** Does the operations of items. */
export function item(client: RedisClient): Reply {
  return async (operation) => {
    const { f, key } = operation;
    if (f === 'get') {
      const fields = fieldsOf(await client.command('HGETALL', key));
      return { value: fields.length === 0 ? null : Object.fromEntries(fields.map(([name, value]) => [name, name === 'n' ? Number(value) : value])) };
    }
    const { isConditional, script, args } = changeOf(operation);
    const reply = Number(await client.command('EVAL', script, 1, key, ...args));
    if (isConditional) return { value: reply === 1 };
    return f === 'add' ? { value: { n: reply } } : {};
  };
}
