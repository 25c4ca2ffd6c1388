/**
 * Several connections that wait for keys, ours and those of a real redis-server 7.0: who is served, in which order, with what.
 * Timeouts are none here; redis.test.ts has them.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { Engine } from '../../src/redis/engine.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { commandOf } from './redis-commands.ts';
import { hasRedisServer, RedisOracle } from './redis-oracle.ts';

const runs = Number(process.env['SPLITBRAIN_DIFFERENTIAL_RUNS'] ?? 400);
const seedText = process.env['SPLITBRAIN_DIFFERENTIAL_SEED'] ?? '20240';
const seed = seedText === 'random' ? Date.now() & 0x7fffffff : Number(seedText);
const CONNECTIONS = 4;

const FORMS = [
  'BLPOP (key)+ 0', 'BRPOP (key)+ 0', 'BLPOP key 0', 'BLMOVE key key LEFT RIGHT 0', 'BLMOVE key key RIGHT LEFT 0', 'BRPOPLPUSH key key 0', 'BLMPOP 0 2 key key LEFT COUNT 2', 'BLMPOP 0 1 key RIGHT',
  'BZPOPMIN (key)+ 0', 'BZPOPMAX key 0', 'BZMPOP 0 2 key key MIN COUNT 3', 'BZMPOP 0 1 key MAX',
  'XREAD BLOCK 0 STREAMS key $', 'XREAD COUNT 1 BLOCK 0 STREAMS key key $ 3-1', 'XREADGROUP GROUP group consumer BLOCK 0 STREAMS key >', 'XREADGROUP GROUP g1 consumer BLOCK 0 NOACK STREAMS a >', 'XADD key addid f1 value', 'XADD a addid f1 value',
  'XGROUP CREATE key g1 $ MKSTREAM', 'XGROUP CREATE a g1 0 MKSTREAM', 'XGROUP DESTROY key group', 'XDEL key streamid', 'XPENDING a g1', 'XINFO GROUPS a', 'DEL a',
  'LPUSH key (member)+', 'RPUSH key (member)+', 'RPUSH key (member)+', 'LPUSH key member', 'ZADD key (score member)+', 'ZADD key (score member)+', 'SET key value', 'DEL key', 'MULTI', 'EXEC', 'EXEC', 'RENAME key key',
  'COPY key key', 'LPOP key', 'LMOVE key key LEFT LEFT', 'ZUNIONSTORE key 1 key', 'LRANGE key 0 -1', 'ZRANGE key 0 -1', 'LREM key 0 member', 'MOVE key 1', 'LINSERT key BEFORE member value',
];

const moments = fc.array(fc.tuple(fc.nat(CONNECTIONS - 1), commandOf(FORMS)), { minLength: 1, maxLength: 40, size: 'max' });
const isInstalled = hasRedisServer();

describe.skipIf(!isInstalled)('connections that wait, against redis-server', () => {
  let oracle: RedisOracle;
  beforeAll(async () => { oracle = await RedisOracle.start(); });
  afterAll(() => oracle.stop());

  it(`are served in the same order with the same replies (seed ${seed})`, async () => {
    let compared = 0;
    await fc.assert(fc.asyncProperty(moments, async (commands) => {
      await oracle.ask([['FLUSHALL']]);
      const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
      const received = Array.from({ length: CONNECTIONS }, () => '');
      const ours = received.map((_, i) => engine.connect((reply) => { received[i] += encodeReply(reply, 2); }));
      const theirs = await Promise.all(ours.map(() => oracle.connect()));
      const played: string[] = [];
      for (const [i, args] of commands) {
        const [our, their] = [ours[i], theirs[i]];
        if (our === undefined || their === undefined || engine.isBlocked(our)) continue;
        played.push(`${i}: ${args.map((arg) => JSON.stringify(arg)).join(' ')}`);
        received[i] += encodeReply(engine.execute(our, args), 2);
        their.send(args);
        compared++;
        // One command is over when the server shows what ours did: the same count of bytes on every connection, and as many waiting.
        for (let tries = 0; tries < 200; tries++) {
          const [clients = ''] = await oracle.ask([['INFO', 'clients']]);
          const waiting = Number(/blocked_clients:(\d+)/.exec(clients)?.[1]);
          if (waiting === engine.blocked.size && theirs.every(({ received: text }, j) => text.length === received[j]?.length)) break;
        }
        const state = { played, waiting: engine.blocked.size };
        expect({ ...state, received }).toEqual({ ...state, received: theirs.map((other) => other.received) });
      }
      for (const other of theirs) other.close();
    }), { seed, numRuns: Math.ceil(runs / 4) });
    expect(compared).toBeGreaterThan(runs);
  }, 600_000);
});

it.skipIf(isInstalled)('redis-server is not installed: nothing was compared', () => {
  expect(isInstalled).toBe(false);
});
