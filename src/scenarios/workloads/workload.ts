/**
 * Workloads as data: for each client a list of operations, each with the time that the client lets pass before it. A workload is
 * drawn from a description (which kind, how many clients and keys, which mix), printed, saved in a case file, replayed, and shrunk like
 * a fault plan. Every value written is another one, unless said otherwise: a checker then knows whose write a read saw.
 *
 * Left out: one client that asks before it was answered. Requests that do not wait for answers come from many clients (`rate`).
 *
 * @module
 */
import * as v from 'valibot';
import { UsageError } from '../../kernel/errors.ts';
import { exp, ln } from '../../kernel/portable-math.ts';
import { Random } from '../../kernel/random.ts';
import { duration, internalized, type DurationInput } from '../../kernel/units.ts';
import { KINDS, WORKLOAD_KINDS, wordChooser, wordsOf, type Drawing, type Mix, type TransactionStep, type WorkloadKind, type WorkloadValue, type WorkloadWord } from './workload-kinds.ts';

/** One operation of a client. */
export interface WorkloadOperation {
  /** As the history calls it. */
  readonly f: WorkloadWord;
  /** Of a transaction, what its keys have in common: a partition, a hash slot. */
  readonly key: string;
  /**
   * What is written, added or appended; of `cas` and `update-if` the expected and the new value; of `insert-if-not-exists` both columns; of `transfer` the
   * other account and the amount; of `txn` its steps; of a command of Redis its arguments behind the key.
   */
  readonly value?: WorkloadValue;
  /** Milliseconds that pass before it is asked, after the last one was answered. */
  readonly wait?: number;
  /** Milliseconds since the start of the run before which it is not asked: how a shrunk workload keeps what is left in its place. */
  readonly at?: number;
}

/** What one client does, one operation after the other. */
export interface WorkloadClientPlan {
  readonly name: string;
  readonly zone?: string;
  readonly operations: readonly WorkloadOperation[];
}

/** Everything that clients do. Plain JSON. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly clients: readonly WorkloadClientPlan[];
}

/** How keys are chosen. `zipf`: the k-th key in proportion to 1/k^s. `hot`: one key has the share, the others the rest alike. */
export type KeySkew = 'uniform' | { readonly zipf: number } | { readonly hot: number };

/** What to draw. */
export interface WorkloadDescription {
  readonly kind: WorkloadKind;
  /** The seed, or a stream to draw from. */
  readonly seed: number | Random;
  /** Default 5. */
  readonly clients?: number;
  /** Over all clients; default 100. */
  readonly operations?: number;
  /** Default 3: few keys, much contention. */
  readonly keys?: number;
  readonly skew?: KeySkew;
  /** The share of operations that read (of a queue: that take out; of transactions: of their steps); default 0.5. */
  readonly reads?: number;
  /** In place of `reads` and the kind's own shares: how often each operation is drawn, in proportion: `{ get: 8, set: 1, getdel: 1 }`. */
  readonly mix?: Mix;
  /** Of transactions. `steps`: at most so many, at least one (default 4). `mixed`: whether one both reads and changes (default true). */
  readonly transactions?: { readonly steps?: number; readonly mixed?: boolean };
  /** The mean time between an answer and the next question; default 10 ms. What is drawn lies between 0 and twice that. */
  readonly thinkTime?: DurationInput;
  /**
   * In place of `thinkTime`: how many operations are asked in a second, over all clients, at instants that do not wait for answers (a
   * Poisson process, as many callers that know nothing of each other make it). A client asks one thing at a time: one whose answer is late asks at
   * once when it comes, so that a slow store needs many clients to be asked as often.
   */
  readonly rate?: number;
  /** Zones (of Cassandra: datacentres) in which the clients stand, in turn; left out: wherever the store puts them. */
  readonly zones?: readonly string[];
  /** Whether each written value is another one; default true. Otherwise they are drawn from 1 to 5. */
  readonly uniqueValues?: boolean;
  /** What clients' names begin with; default `c`. */
  readonly prefix?: string;
}

/** More would fall into one hundredth of a millisecond. */
const RATE_MAX = 100_000;

/**
 * Draws a workload. The same description gives the same workload.
 *
 * @throws {@link UsageError} `INVALID_OPTION` naming the field
 */
export function drawWorkload(description: WorkloadDescription): Workload {
  const { kind, clients = 5, operations = 100, keys = 3, skew = 'uniform', reads = 0.5, mix, transactions = {}, zones, uniqueValues = true, prefix = 'c' } = description;
  if (!WORKLOAD_KINDS.includes(kind)) throw new UsageError('INVALID_OPTION', `unknown kind of workload '${String(kind)}'; there are ${WORKLOAD_KINDS.join(', ')}`);
  const { words, prefix: keyPrefix, keysMin } = KINDS[kind];
  const { steps = 4, mixed = true } = transactions;
  for (const [name, value, least] of [['clients', clients, 1], ['operations', operations, 0], ['keys', keys, keysMin], ['transactions.steps', steps, 1]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new UsageError('INVALID_OPTION', `a workload's ${name} is a whole number from ${least}, got ${String(value)}`);
  }
  if (!(reads >= 0 && reads <= 1)) throw new UsageError('INVALID_OPTION', `a workload's reads is a share from 0 to 1, got ${String(reads)}`);
  const { rate, thinkTime } = description;
  if (rate !== undefined && !(rate > 0 && rate <= RATE_MAX)) throw new UsageError('INVALID_OPTION', `a workload's rate is operations a second, above 0 and at most ${RATE_MAX}, got ${String(rate)}`);
  if (rate !== undefined && thinkTime !== undefined) throw new UsageError('INVALID_OPTION', 'a workload has a rate or a thinkTime, not both');
  const random = typeof description.seed === 'number' ? Random.fromSeed(description.seed).fork('workload') : description.seed;
  const think = Math.round(2 * duration(thinkTime ?? '10ms', 'thinkTime')) + 1;
  const chooseKey = keyChooser(keys, skew);
  if (kind === 'lock' && mix !== undefined) throw new UsageError('INVALID_OPTION', 'a lock has no mix: what was acquired is released');
  const chooseWord = wordChooser(kind, reads, mix);
  const names = Array.from({ length: keys }, (_, index) => internalized(`${keyPrefix}${index + 1}`));
  let last = 0;
  return {
    kind,
    clients: Array.from({ length: clients }, (_, index): WorkloadClientPlan => {
      const draw = random.fork(`client/${index}`);
      const anyKey = (): string => names[chooseKey(draw)] ?? '';
      const drawing: Drawing & { key: string } = {
        random: draw, keys: names, key: '', reads, steps, isMixed: mixed, anyKey,
        fresh: () => (uniqueValues ? ++last : 1 + draw.below(5)),
      };
      const count = Math.floor(operations / clients) + (index < operations % clients ? 1 : 0);
      const zone = zones?.[index % zones.length];
      const plan: WorkloadOperation[] = [];
      const when = { wait: 0, at: 0 };
      let arrival = 0;
      while (plan.length < count) {
        // Hundredths of a millisecond: a person may have to read it.
        if (rate === undefined) {
          when.wait = Math.round(draw.below(think) / 10) / 100;
        } else {
          arrival -= ln(draw.openFloat()) * (clients / rate) * 1000;
          when.at = Math.round(arrival * 100) / 100;
        }
        const before = kind === 'lock' ? plan.at(-1) : undefined;
        // Whoever has taken a lock gives it back before it takes another one.
        const isHeld = before?.f === 'acquire';
        drawing.key = isHeld ? before.key : 'txn' in words ? TOGETHER : anyKey();
        const f = isHeld ? 'release' : kind === 'lock' ? 'acquire' : chooseWord(draw);
        plan.push(planned(f, drawing.key, words[f]?.value?.(drawing), when));
      }
      return { name: `${prefix}${index + 1}`, ...(zone === undefined ? {} : { zone }), operations: plan };
    }),
  };
}

/** What all keys of transactions have in common. */
const TOGETHER = 'txn';

/** Milliseconds; 0 where there is none. */
interface When {
  readonly wait: number;
  readonly at: number;
}

/** In one piece: a field that is added to an object later is kept apart from it, and a sweep makes millions of these. */
function planned(f: WorkloadOperation['f'], key: string, value: WorkloadOperation['value'], { wait, at }: When): WorkloadOperation {
  if (at > 0) return value === undefined ? { f, key, at } : { f, key, value, at };
  if (value === undefined) return wait > 0 ? { f, key, wait } : { f, key };
  return wait > 0 ? { f, key, value, wait } : { f, key, value };
}

/** Chooses a key's index from 0. */
function keyChooser(keys: number, skew: KeySkew): (draw: Random) => number {
  if (skew === 'uniform') return (draw) => draw.below(keys);
  if (typeof skew !== 'object' || skew === null || !('hot' in skew || 'zipf' in skew)) {
    throw new UsageError('INVALID_OPTION', `a workload's skew is 'uniform', { zipf: exponent } or { hot: share }, got ${JSON.stringify(skew)}`);
  }
  if ('hot' in skew) {
    if (!(skew.hot >= 0 && skew.hot <= 1)) throw new UsageError('INVALID_OPTION', `the share of the hot key is from 0 to 1, got ${String(skew.hot)}`);
    return (draw) => (keys === 1 || draw.chance(skew.hot) ? 0 : 1 + draw.below(keys - 1));
  }
  if (!(skew.zipf >= 0 && skew.zipf < 100)) throw new UsageError('INVALID_OPTION', `the exponent of zipf is a number from 0, got ${String(skew.zipf)}`);
  const upTo: number[] = [];
  let total = 0;
  for (let rank = 1; rank <= keys; rank++) upTo.push(total += exp(-skew.zipf * ln(rank)));
  return (draw) => {
    const point = draw.float() * total;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? total) > point) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

const text = v.pipe(v.string(), v.minLength(1));
const scalar = v.union([v.string(), v.number()]);
const step = v.strictTuple([v.picklist(['r', 'w', 'append'] as const), text, v.nullable(v.number())]);
const schema = v.strictObject({
  kind: v.picklist(WORKLOAD_KINDS),
  clients: v.array(v.strictObject({
    name: text,
    zone: v.exactOptional(text),
    operations: v.array(v.strictObject({
      f: v.picklist(WORKLOAD_KINDS.flatMap(wordsOf)),
      key: text,
      value: v.exactOptional(v.union([scalar, v.strictTuple([scalar, scalar]), v.pipe(v.array(step), v.minLength(1))])),
      wait: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
      at: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
    })),
  })),
});

/**
 * Reads a workload from plain data.
 *
 * @param data - what `JSON.parse` gave
 * @param source - names it in errors
 * @throws {@link UsageError} `INVALID_WORKLOAD`: one line that names the place
 */
export function readWorkload(data: unknown, source: string = 'workload'): Workload {
  const result = v.safeParse(schema, data);
  if (!result.success) {
    const [issue] = result.issues;
    throw new UsageError('INVALID_WORKLOAD', `${source}: '${issue.path?.map((item) => String(item.key)).join('.') ?? ''}': ${issue.message}`);
  }
  const { kind } = result.output;
  for (const [client, { operations }] of result.output.clients.entries()) {
    for (const [at, operation] of operations.entries()) {
      const mistake = mistakeIn(kind, operation);
      if (mistake !== undefined) throw new UsageError('INVALID_WORKLOAD', `${source}: 'clients.${client}.operations.${at}.${mistake}`);
    }
  }
  return result.output;
}

/** @returns the field that its kind does not have so, and why */
function mistakeIn(kind: WorkloadKind, { f, value }: WorkloadOperation): string | undefined {
  const words = wordsOf(kind);
  if (!words.includes(f)) return `f': a ${kind} has ${words.join(', ')}, got '${f}'`;
  const steps = transactionSteps(value);
  if (f !== 'txn') {
    if (steps !== undefined) return `value': only a txn has steps, not ${f}`;
    return value === undefined && KINDS[kind].words[f]?.value !== undefined ? `value': ${f} needs one` : undefined;
  }
  const change = kind === 'list-append' ? 'append' : 'w';
  const odd = steps?.find(([word, , what]) => (word === 'r' ? what !== null : word !== change || what === null));
  if (steps !== undefined && odd === undefined) return undefined;
  return `value': a ${kind} has steps ["r", key, null] and ["${change}", key, number], got ${JSON.stringify(odd ?? value ?? null)}`;
}

/** Prints a workload, one operation a line. */
export function formatWorkload({ kind, clients }: Workload): string {
  const lines = clients.map(({ operations, ...client }) => {
    const head = Object.entries(client).map(([name, value]) => `"${name}": ${JSON.stringify(value)}, `).join('');
    return `  {${head}"operations": [${operations.map((one) => `\n   ${JSON.stringify(one)}`).join(',')}]}`;
  });
  return `{"kind": "${kind}", "clients": [\n${lines.join(',\n')}]}`;
}

/** The steps of a transaction; undefined for what is none. */
export function transactionSteps(value: WorkloadValue | undefined): readonly TransactionStep[] | undefined {
  return Array.isArray(value) && Array.isArray(value[0]) ? value as readonly TransactionStep[] : undefined;
}

/** How many operations there are. */
export function countOperations({ clients }: Workload): number {
  return clients.reduce((total, { operations }) => total + operations.length, 0);
}
