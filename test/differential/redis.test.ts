/**
 * The same random commands to our engine and to a real redis-server 7.0: replies equal byte for byte in RESP2.
 *
 * Tolerances: PTTL and PEXPIRETIME by 2 s, TTL and EXPIRETIME by 2 s (the two clocks); KEYS and SCAN in any order; unsorted HGETALL,
 * HKEYS, HVALS of hashes that outgrew the listpack in any order; members of sets in any order; pages of SCAN, HSCAN, SSCAN and ZSCAN other than a whole walk, since cursors are ours;
 * instants and idle times in XINFO and XPENDING;
 * DUMP of hash tables, intsets and streams;
 * what SORT BY makes of sets without an order and of equal texts, and its numeric errors, which a stale errno causes; MEMORY USAGE, an estimate;
 * what HRANDFIELD, SRANDMEMBER and ZRANDMEMBER chose; which of the points at one distance a COUNT of a geographic search keeps;
 * a geographic search's distances by 0.1 mm. Not compared: RANDOMKEY, TIME, INFO, ROLE, WAIT.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { Engine } from '../../src/redis/engine.ts';
import { NIL, type Reply } from '../../src/redis/reply.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { commandOf, FORMS, LARGE_FORMS, LARGE_SETUP, LEX_FORMS } from './redis-commands.ts';
import { endOfReply, hasRedisServer, RedisOracle } from './redis-oracle.ts';

type Args = readonly string[];

const runs = Number(process.env['SPLITBRAIN_DIFFERENTIAL_RUNS'] ?? 400);
const seedText = process.env['SPLITBRAIN_DIFFERENTIAL_SEED'] ?? '20240';
/** Explores some commands only: `^(X|PF)` for instance. */
const focus = process.env['SPLITBRAIN_DIFFERENTIAL_FORMS'];
const forms = focus === undefined ? FORMS : FORMS.filter((form) => new RegExp(focus).test(form));
const seed = seedText === 'random' ? Date.now() & 0x7fffffff : Number(seedText);

/** The elements of a flat array, set or map of bulk strings, sorted; anything else as it is. */
function sorted(reply: string): string {
  if (!/^[*~%]/.test(reply)) return reply;
  return reply.split(/(?=\$)/).toSorted((a, b) => (a < b ? -1 : 1)).join('');
}

function isNear(ours: string, theirs: string, by: number): boolean {
  return ours === theirs || (/^:\d+\r\n$/.test(ours) && /^:\d+\r\n$/.test(theirs) && Math.abs(Number(ours.slice(1)) - Number(theirs.slice(1))) <= by);
}

/** A reply without what are milliseconds in it: integers large enough to be instants, and those where an idle time stands. */
function withoutTimes(reply: string): string {
  return reply.replace(/:\d{13}\r\n/g, ':T\r\n').replace(/(\$4\r\nidle\r\n):\d+\r\n/g, '$1:T\r\n').replace(/(\*4\r\n\$\d+\r\n[\d-]+\r\n\$\d+\r\n[^\r]*\r\n):\d+\r\n/g, '$1:T\r\n');
}

/** Equal but for distances, which sines and cosines of another library may change by a tenth of a millimetre near the antipode. */
function isNearby(ours: string, theirs: string): boolean {
  const [mine, real] = [ours.split('\r\n'), theirs.split('\r\n')];
  const distance = /^,?\d+\.\d+$/;
  return mine.length === real.length && mine.every((part, i) => {
    const other = real[i] ?? '';
    return part === other || (distance.test(part) && distance.test(other) && Math.abs(Number(part.replace(',', '')) - Number(other.replace(',', ''))) < 0.00015);
  });
}

function isEqual(args: Args, ours: string, theirs: string): boolean {
  if (ours === theirs) return true;
  switch ((args[0] ?? '').toUpperCase()) {
    case 'XADD':
      // Behind the last sequence number of a millisecond the real one reads a stale `errno`.
      return [ours, theirs].every((reply) => /^-ERR (The ID specified in XADD is equal|Elements are too large)/.test(reply));
    case 'PTTL': case 'PEXPIRETIME':
      return isNear(ours, theirs, 2000);
    case 'TTL': case 'EXPIRETIME':
      return isNear(ours, theirs, 2);
    case 'KEYS': case 'HGETALL': case 'HKEYS': case 'HVALS': case 'PUBSUB': case 'SMEMBERS': case 'SINTER': case 'SUNION': case 'SDIFF': case 'SPOP':
      return sorted(ours) === sorted(theirs);
    case 'HSCAN': case 'SSCAN': case 'ZSCAN':
      return sorted(ours) === sorted(theirs) || (!(args[2] === '0' && args.at(-1) === '1000') && ours.startsWith('*') && theirs.startsWith('*'));
    case 'GEODIST': case 'GEORADIUS': case 'GEORADIUS_RO': case 'GEORADIUSBYMEMBER': case 'GEORADIUSBYMEMBER_RO': case 'GEOSEARCH':
      // Which of the points at one distance make up the COUNT depends on the real one's partial quicksort.
      return isNearby(ours, theirs)
        || (args.some((arg) => /^count$/i.test(arg)) && ours.startsWith('*') && ours.slice(0, ours.indexOf('\r')) === theirs.slice(0, theirs.indexOf('\r')));
    case 'HRANDFIELD': case 'SRANDMEMBER': case 'ZRANDMEMBER':
      return !ours.startsWith('-') && !theirs.startsWith('-');
    case 'DUMP':
      // A table has an order of its own, an intset the width of the largest number that was ever in it, a stream instants and what was deleted.
      return ['\x02', '\x04', '\x0b', '\x13'].some((type) => [ours, theirs].every((reply) => reply[reply.indexOf('\n') + 1] === type));
    case 'OBJECT':
      // A queued command shares what it stores with the queue.
      return /^refcount$/i.test(args[1] ?? '') && ours.startsWith(':') && theirs.startsWith(':');
    case 'MEMORY':
      // An estimate.
      return ours.startsWith(':') && theirs.startsWith(':');
    case 'SORT': case 'SORT_RO': {
      // Without an order a set has its own; equal texts behind a pattern have any.
      // The real one reads a stale `errno`: after any number out of range every weight may be one.
      if (theirs.startsWith('-ERR One or more scores') && ours.startsWith('*')) return true;
      const isLoose = args.some((arg) => /^by$/i.test(arg));
      return isLoose && (args.some((arg) => /^limit$/i.test(arg)) ? ours.slice(0, 2) === theirs.slice(0, 2) : sorted(ours) === sorted(theirs));
    }
    case 'XPENDING': case 'XINFO':
      // Moments and spans of time differ.
      return withoutTimes(ours) === withoutTimes(theirs);
    case 'SCAN':
      // A page at a time in an order of its own; whole walks have COUNT 1000.
      return args[1] === '0' && args[3] === '1000' ? sorted(ours) === sorted(theirs) : ours.startsWith('*') && theirs.startsWith('*');
    default:
      return false;
  }
}

/** What `EXEC` answered, with the tolerance of each queued command. */
function isEqualTransaction(queue: readonly Args[], ours: string, theirs: string): boolean {
  const head = `*${queue.length}\r\n`;
  if (!ours.startsWith(head) || !theirs.startsWith(head)) return ours === theirs;
  let [our, their] = [head.length, head.length];
  return queue.every((args) => {
    const [from, to] = [our, their];
    our = endOfReply(ours, our);
    their = endOfReply(theirs, their);
    return isEqual(args, ours.slice(from, our), theirs.slice(to, their));
  });
}

const show = (args: Args): string => args.map((arg) => JSON.stringify(arg)).join(' ');

function play(commands: readonly Args[], protocol: 2 | 3 = 2): string[] {
  let waited = 0;
  let late: Reply = NIL;
  const engine = new Engine({ clock: () => Date.now() + waited, random: Random.fromSeed(1) });
  const connection = engine.connect((reply) => { late = reply; });
  connection.protocol = protocol;
  return commands.map((args) => {
    const reply = engine.execute(connection, args);
    if (reply.kind !== 'waiting') return encodeReply(reply, connection.protocol);
    waited += Math.max(0, (engine.waiting.nextDeadline ?? 0) - engine.now);
    engine.waiting.expire();
    return encodeReply(late, connection.protocol);
  });
}

const isInstalled = hasRedisServer();

it.skipIf(isInstalled)('redis-server is not installed: nothing was compared', () => {
  expect(isInstalled).toBe(false);
});

describe.skipIf(!isInstalled)('against redis-server', () => {
  let oracle: RedisOracle;
  let compared = 0;
  beforeAll(async () => {
    oracle = await RedisOracle.start();
    // What its compression makes of a string hangs on what lay in memory before; timeouts end with the next tick.
    await oracle.ask([['CONFIG', 'SET', 'rdbcompression', 'no'], ['CONFIG', 'SET', 'hz', '500']]);
  });
  afterAll(() => oracle.stop());

  const agree = async (commands: readonly Args[], protocol: 2 | 3 = 2): Promise<void> => {
    const [, , , ...theirs] = await oracle.ask([['RESET'], ['FLUSHALL'], ['HELLO', String(protocol)], ...commands]);
    const ours = play(commands, protocol);
    compared += commands.length;
    let queue: Args[] = [];
    commands.forEach((args, i) => {
      const [our, their] = [ours[i] ?? '', theirs[i] ?? ''];
      if (our === '+QUEUED\r\n' && their === our) queue.push(args);
      const isExec = args[0] === 'EXEC' && our.startsWith('*');
      const equal = isExec ? isEqualTransaction(queue, our, their) : isEqual(args, our, their);
      if (our === '+OK\r\n' || isExec || our.startsWith('-EXECABORT')) queue = [];
      if (equal) return;
      const said = { before: commands.slice(0, i).map(show), command: show(args) };
      expect({ ...said, reply: our }).toEqual({ ...said, reply: their });
    });
  };

  it(`answers every command as the real one does (seed ${seed})`, async () => {
    await fc.assert(fc.asyncProperty(fc.array(commandOf(forms), { minLength: 1, maxLength: 60, size: 'max' }), (commands) => agree(commands)), { seed, numRuns: runs });
    expect(compared).toBeGreaterThan(runs);
  }, 600_000);

  it('answers in RESP3 as the real one does', async () => {
    await fc.assert(fc.asyncProperty(fc.array(commandOf(forms), { minLength: 1, maxLength: 60, size: 'max' }), (commands) => agree(commands, 3)), { seed: seed + 1, numRuns: Math.ceil(runs / 4) });
    expect(compared).toBeGreaterThan(runs / 4);
  }, 600_000);

  it('finds members by name as the real one does', async () => {
    await fc.assert(fc.asyncProperty(fc.array(commandOf(LEX_FORMS), { minLength: 1, maxLength: 40, size: 'max' }), (commands) => agree(commands)), { seed, numRuns: Math.ceil(runs / 4) });
    expect(compared).toBeGreaterThan(runs / 4);
  }, 600_000);

  it('keeps sketches of many elements in the same bytes, sparse and dense', async () => {
    const added = Array.from({ length: 60 }, (_, i) => ['PFADD', i % 3 === 0 ? 'a' : i % 3 === 1 ? 'b' : 'c', ...Array.from({ length: (i % 7) * 20 }, (__, j) => `element ${i * 90 + j}`)]);
    const looks = [['GET', 'a'], ['PFCOUNT', 'a'], ['GET', 'a'], ['PFCOUNT', 'a', 'b', 'c'], ['PFDEBUG', 'ENCODING', 'b']];
    await agree([...added.flatMap((args) => [args, ...looks]), ['PFMERGE', 'd', 'a', 'b'], ['GET', 'd'], ['PFMERGE', 'e', 'none'], ['GET', 'e'], ['PFDEBUG', 'GETREG', 'a'], ['GET', 'a'], ['PFMERGE', 'e', 'a'], ['GET', 'e'], ['PFCOUNT', 'e']]);
    expect(compared).toBeGreaterThan(300);
  });

  it('restores what the other dumped, of every type', async () => {
    const many = Array.from({ length: 600 }, (_, i) => `member ${i % 7 === 0 ? i : `${i} `.repeat(9)}`);
    const made = [
      ['SET', 'text', 'hello '.repeat(50)], ['SET', 'number', '-70000'], ['RPUSH', 'list', '1', '', 'x'.repeat(9000), '-5000', 'end'], ['RPUSH', 'long', ...many, ...many], ['SADD', 'integers', '1', '-70000', '9223372036854775807'], ['SADD', 'set', ...many],
      ['HSET', 'hash', 'f', 'v', 'g', '12'], ['HSET', 'wide', ...many], ['ZADD', 'zset', '-inf', 'a', '1.5', 'b', '3', 'c'], ['ZADD', 'large', ...many.flatMap((member, i) => [String(i / 7), member])],
      ...Array.from({ length: 250 }, (_, i) => ['XADD', 'stream', `${i + 1}-1`, i % 9 === 0 ? 'other' : 'f', String(i * 1000)]), ['XDEL', 'stream', '1-1', '101-1'], ['XGROUP', 'CREATE', 'stream', 'group', '0'], ['XGROUP', 'CREATE', 'stream', 'unread', '$'],
      ['XREADGROUP', 'GROUP', 'group', 'ann', 'COUNT', '3', 'STREAMS', 'stream', '>'], ['XREADGROUP', 'GROUP', 'group', 'bob', 'COUNT', '2', 'STREAMS', 'stream', '>'], ['XACK', 'stream', 'group', '3-1'], ['PFADD', 'sketch', ...many],
    ];
    const keys = [...new Set(made.map((args) => (args[0]?.startsWith('XGROUP') || args[0] === 'XREADGROUP' ? 'stream' : args[1] ?? '')))];
    const reads = [['GET', 'text'], ['GET', 'number'], ['LRANGE', 'list', '0', '-1'], ['LRANGE', 'long', '0', '-1'], ['SMEMBERS', 'integers'], ['SMEMBERS', 'set'], ['HGETALL', 'hash'], ['HGETALL', 'wide'], ['ZRANGE', 'zset', '0', '-1', 'WITHSCORES'],
      ['ZRANGE', 'large', '0', '-1', 'WITHSCORES'], ['XRANGE', 'stream', '-', '+'], ['XINFO', 'GROUPS', 'stream'], ['XPENDING', 'stream', 'group', '-', '+', '10'], ['PFCOUNT', 'sketch'], ...keys.map((key) => ['OBJECT', 'ENCODING', key])];
    const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
    const connection = engine.connect();
    const ask = (args: Args): string => encodeReply(engine.execute(connection, args), 2);
    const payload = (reply: string): string => reply.slice(reply.indexOf('\r\n') + 2, -2);
    made.forEach(ask);
    const expected = reads.map(ask);
    const same = (replies: readonly string[]): boolean[] => reads.map((args, i) => isEqual(args, replies[i] ?? '', expected[i] ?? ''));
    const isTrue = reads.map(() => true);
    await oracle.ask([['FLUSHALL'], ['CONFIG', 'SET', 'rdbcompression', 'yes']]);
    const restored = await oracle.ask(keys.map((key) => ['RESTORE', key, '0', payload(ask(['DUMP', key]))]));
    expect(restored).toEqual(keys.map(() => '+OK\r\n'));
    expect(same(await oracle.ask(reads))).toEqual(isTrue);
    const [, , ...dumped] = await oracle.ask([['FLUSHALL'], ['PING'], ...made, ...keys.map((key) => ['DUMP', key])]);
    ask(['FLUSHALL']);
    expect(keys.map((key, i) => ask(['RESTORE', key, '0', payload(dumped[made.length + i] ?? '')]))).toEqual(keys.map(() => '+OK\r\n'));
    expect(same(reads.map(ask))).toEqual(isTrue);
    await oracle.ask([['CONFIG', 'SET', 'rdbcompression', 'no']]);
  });

  it('restores what the other dumped of each key after a random sequence, to the same digest', async () => {
    const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
    const connection = engine.connect();
    const ask = (args: Args): string => encodeReply(engine.execute(connection, args), 2);
    const payload = (reply: string): string => reply.slice(reply.indexOf('\r\n') + 2, -2);
    const written = forms.filter((form) => !/^(B?L?R?POP|BL|BR|BZ|MULTI|EXEC|WATCH|DISCARD|SELECT|SWAPDB|MOVE|SUBSCRIBE|PSUBSCRIBE|SSUBSCRIBE|XREAD|CONFIG)/.test(form));
    let dumped = 0;
    await fc.assert(fc.asyncProperty(fc.array(commandOf(written), { minLength: 10, maxLength: 60, size: 'max' }), async (commands) => {
      for (const args of [['RESET'], ['FLUSHALL'], ...commands, ['RESET']]) ask(args);
      await oracle.ask([['RESET'], ['FLUSHALL']]);
      for (const key of engine.database(0).keys().slice()) {
        const [dump, digest] = [ask(['DUMP', key]), ask(['DEBUG', 'DIGEST-VALUE', key])];
        if (dump === '$-1\r\n') continue;
        const [restored, theirDigest, theirDump] = await oracle.ask([['RESTORE', key, '0', payload(dump)], ['DEBUG', 'DIGEST-VALUE', key], ['DUMP', key]]);
        const back = ask(['RESTORE', key, '0', payload(theirDump ?? ''), 'REPLACE']);
        const plain = ask(['PERSIST', key]);
        const [withoutDeadline] = digest === theirDigest ? [theirDigest] : await oracle.ask([['PEXPIRE', key, '1000000'], ['DEBUG', 'DIGEST-VALUE', key]]).then((replies) => replies.slice(1));
        expect({ key, restored, digest: withoutDeadline, back, plain, again: ask(['DEBUG', 'DIGEST-VALUE', key]) })
          .toEqual({ key, restored: '+OK\r\n', digest, back: '+OK\r\n', plain: ':0\r\n', again: theirDigest });
        dumped++;
      }
    }), { seed, numRuns: Math.ceil(runs / 8) });
    expect(dumped).toBeGreaterThan(runs / 8);
  }, 600_000);

  it('cuts streams at the borders of their nodes', async () => {
    const added = Array.from({ length: 700 }, (_, i) => ['XADD', 's', `${1 + Math.floor(i / 7)}-*`, i % 11 === 0 ? 'other' : 'f', i % 5 === 0 ? String(i * 1e6) : 'x'.repeat((i * 37) % 90), ...(i % 13 === 0 ? ['more', '-1'] : [])]);
    const cuts = [['XDEL', 's', '3-1', '3-2', '50-3'], ['XTRIM', 's', 'MAXLEN', '~', '600'], ['XTRIM', 's', 'MINID', '~', '30'], ['XTRIM', 's', 'MAXLEN', '=', '333'], ['XTRIM', 's', 'MAXLEN', '~', '100', 'LIMIT', '50'], ['XTRIM', 's', 'MINID', '70-3'],
      ['XADD', 's', 'MAXLEN', '~', '10', '200-*', 'f', 'v'], ['XADD', 's', 'MAXLEN', '3', '200-*', 'f', 'v'], ['XTRIM', 's', 'MAXLEN', '0']];
    const looks = [['XLEN', 's'], ['XINFO', 'STREAM', 's'], ['XRANGE', 's', '-', '+', 'COUNT', '3'], ['XREVRANGE', 's', '(90', '40-2']];
    await agree([...added, ...cuts.flatMap((cut) => [cut, ...looks])]);
    expect(compared).toBeGreaterThan(700);
  });

  it('reads and cuts large collections as the real one does', async () => {
    const sequence = fc.array(commandOf(LARGE_FORMS), { minLength: 1, maxLength: 40, size: 'max' });
    await fc.assert(fc.asyncProperty(sequence, (commands) => agree([...LARGE_SETUP, ...commands])), { seed, numRuns: Math.ceil(runs / 4) });
    expect(compared).toBeGreaterThan(runs / 4);
  }, 600_000);
});
