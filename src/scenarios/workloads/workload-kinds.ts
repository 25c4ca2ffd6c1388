/**
 * The kinds of workloads: of each its operations, how often one is drawn where nobody says, and with which value. Clients of the stores
 * do them ({@link redisClients} and its kin), each those kinds that its store has.
 *
 * Common to stores: a `register` is read and written; a `cas` register also compared and set; to a `set` elements are added; a
 * `counter` is added to; to a `list` elements are appended; in a `bank` amounts are moved between accounts; a `lock` is acquired and
 * released; a `queue` is put into and taken from. `list-append` and `rw-register` are transactions over several keys. A `row` is one of
 * Cassandra's under conditions, an `item` one of DynamoDB's, `siblings` are a key of Dynamo, and the last six are types of Redis, whose
 * operations bear the commands' names.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import type { Random } from '../../kernel/random.ts';

/** What a workload works on. */
export type WorkloadKind =
  | 'register' | 'cas' | 'set' | 'counter' | 'list' | 'bank' | 'lock' | 'queue' | 'list-append' | 'rw-register' | 'row' | 'item' | 'siblings'
  | 'string' | 'redis-list' | 'redis-set' | 'hash' | 'sorted-set' | 'stream';

/** An operation, as histories call it. */
export type WorkloadWord =
  | 'read' | 'write' | 'cas' | 'add' | 'append' | 'transfer' | 'acquire' | 'release' | 'enqueue' | 'dequeue' | 'txn'
  | 'insert-if-not-exists' | 'update-if' | 'update-if-exists' | 'delete-if-exists'
  | 'put' | 'update' | 'delete' | 'put-if' | 'delete-if'
  | 'get' | 'strlen' | 'set' | 'setnx' | 'getset' | 'getdel' | 'rpush' | 'lpush' | 'rpop' | 'lpop' | 'llen' | 'lrange'
  | 'sadd' | 'srem' | 'sismember' | 'smembers' | 'hset' | 'hsetnx' | 'hdel' | 'hget' | 'hgetall'
  | 'zadd' | 'zincrby' | 'zrem' | 'zscore' | 'zrange' | 'xadd' | 'xlen' | 'xrange';

/** One step of a transaction: a key is read (what is there is not known yet), written, or appended to. */
export type TransactionStep = readonly [f: 'r' | 'w' | 'append', key: string, value: number | null];

/** What an operation is given. */
export type WorkloadValue = string | number | readonly [string | number, string | number] | readonly TransactionStep[];

/** What there is to draw a value from. */
export interface Drawing {
  readonly random: Random;
  readonly keys: readonly string[];
  /** The key that the operation is about. */
  readonly key: string;
  /** The share of reads, within transactions too. */
  readonly reads: number;
  /** Steps of a transaction, at most. */
  readonly steps: number;
  /** Whether one transaction both reads and changes. */
  readonly isMixed: boolean;
  /** A value that nobody else writes, unless the workload was to repeat them. */
  fresh(): number;
  /** Another key, as likely as the workload has it. */
  anyKey(): string;
}

/** An operation of a kind. */
export interface Word {
  /** How often it is drawn, beside the others that read, or the others that change. */
  readonly share: number;
  readonly isReading?: true;
  readonly value?: (drawing: Drawing) => WorkloadValue;
}

/** A kind. */
export interface Kind {
  readonly words: Readonly<Partial<Record<WorkloadWord, Word>>>;
  /** What a key's name begins with. */
  readonly prefix: string;
  /** Keys that it needs at least. */
  readonly keysMin: number;
}

/** Few fields and members: what is done to one meets what is done to it elsewhere. */
const part = ({ random }: Drawing): string => `m${1 + random.below(3)}`;
const text = (drawing: Drawing): string => String(drawing.fresh());
const amount = ({ random }: Drawing): number => random.between(1, 5);
/** One of the last few values that anybody may have written: some comparisons succeed, most do not. */
const recent = ({ random }: Drawing, value: number, back: number): string => String(Math.max(1, value - 1 - random.below(back)));

function reading(value?: Word['value'], share: number = 1): Word {
  return value === undefined ? { share, isReading: true } : { share, isReading: true, value };
}

function changing(value?: Word['value'], share: number = 1): Word {
  return value === undefined ? { share } : { share, value };
}

function kind(words: Kind['words'], prefix: string = 'k', keysMin: number = 1): Kind {
  return { words, prefix, keysMin };
}

/** @returns the steps of a transaction, whose reads and changes are as `reads` has it */
const steps = (change: 'w' | 'append') => (drawing: Drawing): readonly TransactionStep[] => {
  const { random, reads, isMixed } = drawing;
  const onlyReads = !isMixed && random.chance(reads);
  return Array.from({ length: 1 + random.below(drawing.steps) }, (): TransactionStep => {
    const key = drawing.anyKey();
    return (isMixed ? random.chance(reads) : onlyReads) ? ['r', key, null] : [change, key, drawing.fresh()];
  });
};

/** Every kind. */
export const KINDS: Readonly<Record<WorkloadKind, Kind>> = {
  'register': kind({ read: reading(), write: changing(text) }),
  'cas': kind({
    read: reading(),
    write: changing(text),
    cas: changing((drawing) => {
      const value = drawing.fresh();
      return [recent(drawing, value, 4), String(value)];
    }),
  }),
  'set': kind({ read: reading(), add: changing((drawing) => drawing.fresh()) }),
  'counter': kind({ read: reading(), add: changing(amount) }),
  'list': kind({ read: reading(), append: changing((drawing) => drawing.fresh()) }),
  'bank': kind({
    read: reading(),
    transfer: changing((drawing) => [drawing.random.pick(drawing.keys.filter((other) => other !== drawing.key)), amount(drawing)]),
  }, 'account', 2),
  'lock': kind({ acquire: changing(), release: changing() }, 'lock'),
  'queue': kind({ dequeue: reading(), enqueue: changing(text) }),
  'list-append': kind({ txn: changing(steps('append')) }),
  'rw-register': kind({ txn: changing(steps('w')) }),
  'row': kind({
    'read': reading(),
    'delete-if-exists': changing(undefined, 15),
    'update-if-exists': changing(text, 15),
    'update-if': changing((drawing) => {
      const value = drawing.fresh();
      return [recent(drawing, value, 3), String(value)];
    }, 35),
    'insert-if-not-exists': changing((drawing) => {
      const value = text(drawing);
      return [value, value];
    }, 35),
  }),
  // Two attributes: a text `v`, on which conditions are, and a number `n`, which is added to. `put-if` puts where there is no `v`.
  'item': kind({
    'get': reading(),
    'put': changing(text, 2),
    'update': changing(text, 2),
    'add': changing(amount, 4),
    'delete': changing(),
    'put-if': changing(text, 3),
    'update-if': changing((drawing) => {
      const value = drawing.fresh();
      return [recent(drawing, value, 3), String(value)];
    }, 10),
    'delete-if': changing((drawing) => recent(drawing, drawing.fresh(), 3), 2),
  }),
  'siblings': kind({ read: reading(), write: changing(text) }),
  'string': kind({
    get: reading(undefined, 3),
    strlen: reading(),
    set: changing(text, 4),
    setnx: changing(text, 2),
    append: changing(text, 2),
    getset: changing(text),
    getdel: changing(),
  }),
  'redis-list': kind({
    lrange: reading(), llen: reading(), rpush: changing(text, 2), lpush: changing(text, 2), rpop: changing(), lpop: changing(),
  }),
  'redis-set': kind({ smembers: reading(), sismember: reading(part), sadd: changing(part, 3), srem: changing(part, 2) }),
  'hash': kind({
    hgetall: reading(),
    hget: reading(part),
    hdel: changing(part, 4),
    hsetnx: changing((drawing) => [part(drawing), text(drawing)], 3),
    hset: changing((drawing) => [part(drawing), text(drawing)], 9),
  }),
  'sorted-set': kind({
    zrange: reading(),
    zscore: reading(part),
    zrem: changing(part, 4),
    zincrby: changing((drawing) => [amount(drawing), part(drawing)], 3),
    zadd: changing((drawing) => [drawing.fresh(), part(drawing)], 9),
  }),
  'stream': kind({ xrange: reading(), xlen: reading(), xadd: changing(text) }),
};

/** The names of all kinds. */
export const WORKLOAD_KINDS: readonly WorkloadKind[] = Object.keys(KINDS) as WorkloadKind[];

/** The operations of a kind. */
export function wordsOf(name: WorkloadKind): readonly WorkloadWord[] {
  return Object.keys(KINDS[name].words) as WorkloadWord[];
}

/** How often each operation is drawn, in proportion. */
export type Mix = Readonly<Partial<Record<WorkloadWord, number>>>;

/**
 * Chooses operations of a kind.
 *
 * @param reads - the share of those that read
 * @param mix - goes before `reads` and the kind's own shares; what it does not name is not drawn
 * @throws {@link UsageError} `INVALID_OPTION` when the mix names none of the kind's operations, or no share
 */
export function wordChooser(name: WorkloadKind, reads: number, mix: Mix | undefined): (random: Random) => WorkloadWord {
  const words = Object.entries(KINDS[name].words) as [WorkloadWord, Word][];
  if (mix !== undefined) return inProportion(sharesOf(name, mix));
  const thatRead = words.filter(([, { isReading = false }]) => isReading).map(shareOf);
  const thatChange = words.filter(([, { isReading = false }]) => !isReading).map(shareOf);
  const change = inProportion(thatChange);
  if (thatRead.length === 0) return change;
  const read = inProportion(thatRead);
  return (random) => (random.chance(reads) ? read(random) : change(random));
}

function shareOf([word, { share }]: readonly [WorkloadWord, Word]): readonly [WorkloadWord, number] {
  return [word, share];
}

function sharesOf(name: WorkloadKind, mix: Mix): readonly (readonly [WorkloadWord, number])[] {
  const shares = Object.entries(mix) as [WorkloadWord, number][];
  for (const [word, share] of shares) {
    if (!Object.hasOwn(KINDS[name].words, word)) throw new UsageError('INVALID_OPTION', `the mix of a ${name} has ${wordsOf(name).join(', ')}, got '${word}'`);
    if (!(share >= 0 && share < Infinity)) throw new UsageError('INVALID_OPTION', `the mix says how often ${word} is drawn, a number from 0, got ${String(share)}`);
  }
  const drawn = shares.filter(([, share]) => share > 0);
  if (drawn.length === 0) throw new UsageError('INVALID_OPTION', `the mix of a ${name} must name one of ${wordsOf(name).join(', ')}`);
  return drawn;
}

function inProportion(shares: readonly (readonly [WorkloadWord, number])[]): (random: Random) => WorkloadWord {
  const words = shares.map(([word]) => word);
  const [only] = words;
  // Most kinds have one operation that reads and one that changes: nothing is drawn for those.
  if (words.length === 1 && only !== undefined) return () => only;
  const upTo: number[] = [];
  let total = 0;
  for (const [, share] of shares) upTo.push(total += share);
  return (random) => {
    const point = random.float() * total;
    return words[upTo.findIndex((end) => point < end)] ?? (words.at(-1) as WorkloadWord);
  };
}
