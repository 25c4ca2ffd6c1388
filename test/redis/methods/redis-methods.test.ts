import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../src/kernel/simulation.ts';
import { createRedis } from '../../../src/redis/index.ts';

describe('typed methods', () => {
  it('of streams give entries, and what a group has yet to acknowledge', () => {
    const redis = createRedis();
    redis.xgroupCreate('jobs', 'workers', '0');
    const first = redis.xadd('jobs', { kind: 'mail', to: 'ann' }, { id: '1-1' });
    redis.xadd('jobs', { kind: 'mail', to: 'bob' }, { id: '1-2' });
    expect([first, redis.xlen('jobs'), redis.xadd('none', { a: 1 }, { NOMKSTREAM: true })]).toEqual(['1-1', 2, null]);
    const entry = { id: '1-1', fields: { kind: 'mail', to: 'ann' } };
    expect(redis.xreadgroup('workers', 'w1', { jobs: '>' }, { COUNT: 1 })).toEqual([{ key: 'jobs', entries: [entry] }]);
    expect(redis.xread({ jobs: '1-1' })).toEqual([{ key: 'jobs', entries: [{ id: '1-2', fields: { kind: 'mail', to: 'bob' } }] }]);
    expect([redis.xread({ jobs: '1-2' }), redis.xpending('jobs', 'workers')]).toEqual([[], ['1-1']]);
    expect(redis.xclaim('jobs', 'workers', 'w2', 0, '1-1')).toEqual([entry]);
    expect([redis.xack('jobs', 'workers', '1-1'), redis.xpending('jobs', 'workers'), redis.xrange('jobs', '-', '+', 1)]).toEqual([1, [], [entry]]);
    expect([redis.xtrim('jobs', 1), redis.xrevrange('jobs').map(({ id }) => id), redis.xdel('jobs', '1-2')]).toEqual([1, ['1-2'], 1]);
  });

  it('of collections take options in Redis\'s words', () => {
    const redis = createRedis();
    redis.rpush('list', 3, 1, 2);
    expect([redis.lpop('list', 2), redis.lpop('none', 2), redis.sort('list', { DESC: true }), redis.lpos('list', 2), redis.lpos('list', 9)]).toEqual([['3', '1'], null, ['2'], 0, null]);
    redis.sadd('a', 1, 2, 3);
    redis.sadd('b', 2, 3, 4);
    expect([redis.sinter('a', 'b'), redis.sdiffstore('c', 'a', 'b'), redis.smismember('a', 1, 9), redis.sintercard('a', 'b'), redis.spop('c', 5)]).toEqual([['2', '3'], 1, [true, false], 2, ['1']]);
    redis.zadd('z', 1, 'x');
    redis.zadd('y', 2, 'x');
    expect([redis.zunionstore('u', ['z', 'y'], { WEIGHTS: [10, 1], AGGREGATE: 'MAX' }), redis.zmscore('u', 'x', 'none'), redis.zlexcount('u', '-', '+')]).toEqual([1, [10, null], 1]);
    redis.hset('h', { f: 'abc' });
    expect([redis.hstrlen('h', 'f'), redis.hscan('h', 0), redis.objectEncoding('h')]).toEqual([3, { cursor: 0, elements: ['f', 'abc'] }, 'listpack']);
  });

  it('of bits, sketches and scripts', () => {
    const redis = createRedis();
    expect([redis.setbit('bits', 7, 1), redis.getbit('bits', 7), redis.bitcount('bits'), redis.bitop('NOT', 'not', 'bits'), redis.bitcount('not', 0, 0)]).toEqual([0, 1, 1, 1, 7]);
    expect([redis.pfadd('seen', 'a', 'b'), redis.pfadd('seen', 'a'), redis.pfcount('seen')]).toEqual([true, false, 2]);
    const digest = redis.scriptLoad("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}") ?? '';
    expect(redis.evalsha(digest, ['n'], ['x'])).toEqual(['n', 'x', 1]);
    expect(redis.eval('return 1 + 1')).toBe(2);
    redis.functionLoad("#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)");
    expect(redis.fcall('twice', [], [21])).toBe(42);
    expect([redis.configSet({ 'maxmemory-policy': 'allkeys-lru' }), redis.configGet('maxmemory-p*'), redis.time()]).toEqual(['OK', { 'maxmemory-policy': 'allkeys-lru' }, redis.now]);
  });

  it('that may wait are there with promises, in process and in a simulation', async () => {
    const redis = createRedis();
    const other = redis.connect();
    const waiting = [other.promises.blpop(['a', 'b']), other.promises.bzpopmin(['z'], 5), other.promises.xreadBlock({ s: '$' }, 0)];
    redis.rpush('b', 'job');
    await waiting[0];
    redis.zadd('z', 1.5, 'm');
    await waiting[1];
    redis.xadd('s', { f: 1 }, { id: '5-1' });
    expect(await Promise.all(waiting)).toEqual([{ key: 'b', element: 'job' }, { key: 'z', member: 'm', score: 1.5 }, [{ key: 's', entries: [{ id: '5-1', fields: { f: '1' } }] }]]);
    const timedOut = other.promises.blmove('none', 'x', 'LEFT', 'RIGHT', 1);
    redis.advance('1s');
    expect(await timedOut).toBeNull();

    const sim = new Simulation({ seed: 1 });
    const deployment = createRedis(sim, {});
    const [worker, producer] = [deployment.client({ name: 'worker', timeout: '10s' }), deployment.client({ name: 'producer' })];
    const job = await sim.run(async () => {
      const popped = worker.brpop(['jobs'], 5);
      await sim.sleep('100ms');
      await producer.lpush('jobs', 'mail');
      return popped;
    });
    expect(job).toEqual({ key: 'jobs', element: 'mail' });
  });
});
