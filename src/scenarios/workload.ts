/**
 * Workloads as data: for each client a list of operations, each with the time that the client lets pass before it. A workload is
 * drawn from a description (how many clients, keys, which mix), printed, saved in a case file, replayed, and shrunk like a fault
 * plan. Every value written is another one, unless said otherwise: a checker then knows whose write a read saw.
 *
 * Kinds: a `register` is read and written; a `cas` register also compared and set; to a `set` elements are added; a `counter`
 * is added to; to a `list` elements are appended; in a `bank` amounts are moved between accounts.
 *
 * Left out: open workloads, whose requests arrive by their own clock whatever became of the last; many clients with think time
 * come close.
 *
 * @module
 */
import * as v from 'valibot';
import { UsageError } from '../kernel/errors.ts';
import { exp, ln } from '../kernel/portable-math.ts';
import { Random } from '../kernel/random.ts';
import { duration, internalized, type DurationInput } from '../kernel/units.ts';

/** The operations of each kind of workload, as histories call them. */
const WORDS = {
  'register': ['read', 'write'],
  'cas': ['read', 'write', 'cas'],
  'set': ['read', 'add'],
  'counter': ['read', 'add'],
  'list': ['read', 'append'],
  'bank': ['read', 'transfer'],
  'row': ['read', 'insert-if-not-exists', 'update-if', 'update-if-exists', 'delete-if-exists'],
  'queue': ['enqueue', 'dequeue'],
  'hash': ['hset', 'hsetnx', 'hdel', 'hget', 'hgetall'],
  'sorted-set': ['zadd', 'zincrby', 'zrem', 'zscore', 'zrange'],
  'stream': ['xadd', 'xlen', 'xrange'],
} as const;

/** What a workload works on. The last three are types of Redis, whose operations bear the commands' names. */
export type WorkloadKind = keyof typeof WORDS;

const KINDS = Object.keys(WORDS) as WorkloadKind[];

/** One operation of a client. */
export interface WorkloadOperation {
  /** As the history calls it. */
  readonly f: (typeof WORDS)[WorkloadKind][number];
  readonly key: string;
  /**
   * What is written, added or appended; of `cas` and `update-if` the expected and the new value; of `insert-if-not-exists` both columns; of `transfer` the
   * other account and the amount; of a command of Redis its arguments behind the key.
   */
  readonly value?: string | number | readonly [string | number, string | number];
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
  /** The share of reads (of a queue: of what is taken out); default 0.5. Of a `cas` workload half of the rest compares and sets. */
  readonly reads?: number;
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
  const { kind, clients = 5, operations = 100, keys = 3, skew = 'uniform', reads = 0.5, zones, uniqueValues = true, prefix = 'c' } = description;
  for (const [name, value, least] of [['clients', clients, 1], ['operations', operations, 0], ['keys', keys, kind === 'bank' ? 2 : 1]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new UsageError('INVALID_OPTION', `a workload's ${name} is a whole number from ${least}, got ${String(value)}`);
  }
  if (!(reads >= 0 && reads <= 1)) throw new UsageError('INVALID_OPTION', `a workload's reads is a share from 0 to 1, got ${String(reads)}`);
  const { rate, thinkTime } = description;
  if (rate !== undefined && !(rate > 0 && rate <= RATE_MAX)) throw new UsageError('INVALID_OPTION', `a workload's rate is operations a second, above 0 and at most ${RATE_MAX}, got ${String(rate)}`);
  if (rate !== undefined && thinkTime !== undefined) throw new UsageError('INVALID_OPTION', 'a workload has a rate or a thinkTime, not both');
  const random = typeof description.seed === 'number' ? Random.fromSeed(description.seed).fork('workload') : description.seed;
  const think = Math.round(2 * duration(thinkTime ?? '10ms', 'thinkTime')) + 1;
  const chooseKey = keyChooser(keys, skew);
  const names = Array.from({ length: keys }, (_, index) => internalized(`${kind === 'bank' ? 'account' : 'k'}${index + 1}`));
  let last = 0;
  const fresh = (draw: Random): number => (uniqueValues ? ++last : 1 + draw.below(5));
  return {
    kind,
    clients: Array.from({ length: clients }, (_, index): WorkloadClientPlan => {
      const draw = random.fork(`client/${index}`);
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
        const key = names[chooseKey(draw)] ?? '';
        plan.push(draw.chance(reads) ? question(kind, key, when, draw) : change(kind, key, when, draw, fresh, names));
      }
      return { name: `${prefix}${index + 1}`, ...(zone === undefined ? {} : { zone }), operations: plan };
    }),
  };
}

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

/** Few fields and members: what is done to one meets what is done to it elsewhere. */
function part(draw: Random): string {
  return `m${1 + draw.below(3)}`;
}

function question(kind: WorkloadKind, key: string, when: When, draw: Random): WorkloadOperation {
  switch (kind) {
    case 'queue':
      return planned('dequeue', key, undefined, when);
    case 'hash':
      return draw.chance(0.5) ? planned('hgetall', key, undefined, when) : planned('hget', key, part(draw), when);
    case 'sorted-set':
      return draw.chance(0.5) ? planned('zrange', key, undefined, when) : planned('zscore', key, part(draw), when);
    case 'stream':
      return planned(draw.chance(0.5) ? 'xrange' : 'xlen', key, undefined, when);
    case 'register':
    case 'cas':
    case 'set':
    case 'counter':
    case 'list':
    case 'bank':
    case 'row':
    default:
      return planned('read', key, undefined, when);
  }
}

function change(kind: WorkloadKind, key: string, when: When, draw: Random, fresh: (draw: Random) => number, keys: readonly string[]): WorkloadOperation {
  switch (kind) {
    case 'register':
      return planned('write', key, String(fresh(draw)), when);
    case 'cas': {
      const value = fresh(draw);
      if (draw.chance(0.5)) return planned('write', key, String(value), when);
      // What is expected is one of the last few that anybody may have written: some succeed, most do not.
      return planned('cas', key, [String(Math.max(1, value - 1 - draw.below(4))), String(value)], when);
    }
    case 'set':
      return planned('add', key, fresh(draw), when);
    case 'counter':
      return planned('add', key, draw.between(1, 5), when);
    case 'list':
      return planned('append', key, fresh(draw), when);
    case 'bank':
      return planned('transfer', key, [draw.pick(keys.filter((other) => other !== key)), draw.between(1, 5)], when);
    case 'row': {
      const chance = draw.float();
      if (chance < 0.15) return planned('delete-if-exists', key, undefined, when);
      if (chance < 0.3) return planned('update-if-exists', key, String(fresh(draw)), when);
      const value = fresh(draw);
      if (chance < 0.65) return planned('update-if', key, [String(Math.max(1, value - 1 - draw.below(3))), String(value)], when);
      return planned('insert-if-not-exists', key, [String(value), String(value)], when);
    }
    case 'queue':
      return planned('enqueue', key, String(fresh(draw)), when);
    case 'hash':
      if (draw.chance(0.25)) return planned('hdel', key, part(draw), when);
      return planned(draw.chance(0.25) ? 'hsetnx' : 'hset', key, [part(draw), String(fresh(draw))], when);
    case 'sorted-set':
      if (draw.chance(0.25)) return planned('zrem', key, part(draw), when);
      return draw.chance(0.25) ? planned('zincrby', key, [draw.between(1, 5), part(draw)], when) : planned('zadd', key, [fresh(draw), part(draw)], when);
    case 'stream':
      return planned('xadd', key, String(fresh(draw)), when);
    default:
      throw new UsageError('INVALID_OPTION', `unknown kind of workload '${String(kind)}'`);
  }
}

/** Chooses a key's index from 0. */
function keyChooser(keys: number, skew: KeySkew): (draw: Random) => number {
  if (skew === 'uniform') return (draw) => draw.below(keys);
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
const schema = v.strictObject({
  kind: v.picklist(KINDS),
  clients: v.array(v.strictObject({
    name: text,
    zone: v.exactOptional(text),
    operations: v.array(v.strictObject({
      f: v.picklist(Object.values(WORDS).flat()),
      key: text,
      value: v.exactOptional(v.union([v.string(), v.number(), v.strictTuple([scalar, scalar])])),
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
  const words: readonly string[] = WORDS[result.output.kind];
  for (const [client, { operations }] of result.output.clients.entries()) {
    const odd = operations.findIndex(({ f }) => !words.includes(f));
    if (odd < 0) continue;
    throw new UsageError('INVALID_WORKLOAD', `${source}: 'clients.${client}.operations.${odd}.f': a ${result.output.kind} has ${words.join(', ')}, got '${operations[odd]?.f ?? ''}'`);
  }
  return result.output;
}

/** Prints a workload, one operation a line. */
export function formatWorkload({ kind, clients }: Workload): string {
  const lines = clients.map(({ operations, ...client }) => {
    const head = Object.entries(client).map(([name, value]) => `"${name}": ${JSON.stringify(value)}, `).join('');
    return `  {${head}"operations": [${operations.map((one) => `\n   ${JSON.stringify(one)}`).join(',')}]}`;
  });
  return `{"kind": "${kind}", "clients": [\n${lines.join(',\n')}]}`;
}

/** How many operations there are. */
export function countOperations({ clients }: Workload): number {
  return clients.reduce((total, { operations }) => total + operations.length, 0);
}
