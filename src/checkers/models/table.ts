/**
 * The sequential models that come with the library, by the name that `check --model` and `checkLinearizability` take.
 *
 * @module
 */
import { appendList } from './append-list.ts';
import { counter } from './counter.ts';
import { cassandraRow, dynamodbItem, dynamoSiblings } from './item-models.ts';
import { keyValue } from './key-value.ts';
import { multiRegister } from './multi-register.ts';
import { mutex } from './mutex.ts';
import { queue, stack } from './queue.ts';
import { redisHash, redisList, redisSet, redisSortedSet, redisStream, redisString } from './redis-types.ts';
import { casRegister, register } from './register.ts';
import { set } from './set.ts';

/** Makers of models; each takes the initial value, where the model has one. */
export const MODELS: {
  readonly register: typeof register;
  readonly 'cas-register': typeof casRegister;
  readonly 'multi-register': typeof multiRegister;
  readonly mutex: typeof mutex;
  readonly kv: typeof keyValue;
  readonly set: typeof set;
  readonly counter: typeof counter;
  readonly queue: typeof queue;
  readonly stack: typeof stack;
  readonly 'append-list': typeof appendList;
  readonly 'redis-string': typeof redisString;
  readonly 'redis-hash': typeof redisHash;
  readonly 'redis-list': typeof redisList;
  readonly 'redis-set': typeof redisSet;
  readonly 'redis-sorted-set': typeof redisSortedSet;
  readonly 'redis-stream': typeof redisStream;
  readonly 'cassandra-row': typeof cassandraRow;
  readonly 'dynamo-siblings': typeof dynamoSiblings;
  readonly 'dynamodb-item': typeof dynamodbItem;
} = {
  register,
  'cas-register': casRegister,
  'multi-register': multiRegister,
  mutex,
  kv: keyValue,
  set,
  counter,
  queue,
  stack,
  'append-list': appendList,
  'redis-string': redisString,
  'redis-hash': redisHash,
  'redis-list': redisList,
  'redis-set': redisSet,
  'redis-sorted-set': redisSortedSet,
  'redis-stream': redisStream,
  'cassandra-row': cassandraRow,
  'dynamo-siblings': dynamoSiblings,
  'dynamodb-item': dynamodbItem,
};

/** The name of a model. */
export type ModelName = keyof typeof MODELS;

/** The names of all models, in the order in which they are shown. */
export const MODEL_NAMES: readonly ModelName[] = Object.keys(MODELS) as ModelName[];

/** Whether a text names a model. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}
