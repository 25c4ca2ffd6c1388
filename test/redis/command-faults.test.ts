import { describe, expect, it } from 'vitest';
import { Simulation } from '../../src/kernel/simulation.ts';
import { createRedis, type PlannedCommandFault, type RedisStandalone } from '../../src/redis/index.ts';

const failure = (error: PlannedCommandFault): RedisStandalone => {
  const redis = createRedis();
  redis.faults.add(error);
  return redis;
};

const codeOf = (call: () => unknown): string => {
  try {
    return String(call());
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an error', () => {
  it('is the real server\'s text for a name, and the command has no effect', () => {
    const redis = failure({ command: 'set', times: 1, fault: { kind: 'error', error: 'READONLY' } });
    expect(() => redis.set('k', 'v')).toThrow("READONLY You can't write against a read only replica.");
    expect([redis.get('k'), redis.set('k', 'v'), redis.get('k')]).toEqual([null, 'OK', 'v']);
  });

  it('may be any text', () => {
    const redis = failure({ fault: { kind: 'error', error: 'ERR no luck today' } });
    expect(() => redis.ping()).toThrow(expect.objectContaining({ code: 'ERR', message: 'ERR no luck today', definite: true }));
  });

  it('befalls only the commands, keys and clients it names', () => {
    const redis = failure({ command: 'H*', key: 'user:*', client: 'worker-?', fault: { kind: 'error', error: 'LOADING' } });
    const worker = redis.connect();
    worker.command('CLIENT', 'SETNAME', 'worker-1');
    const tried = [
      () => worker.hget('user:1', 'f'), () => worker.hset('user:1', { f: 1 }),
      () => worker.get('user:1'), () => worker.hget('order:1', 'f'), () => redis.hget('user:1', 'f'),
    ];
    expect(tried.map(codeOf)).toEqual(['LOADING', 'LOADING', 'null', 'null', 'null']);
  });

  it('spares the first, and ends after so many', () => {
    const redis = failure({ command: 'INCR', skip: 2, times: 2, fault: { kind: 'error', error: 'OOM' } });
    expect(Array.from({ length: 6 }, () => codeOf(() => redis.incr('n')))).toEqual(['1', '2', 'OOM', 'OOM', '3', '4']);
    expect(redis.faults.plan).toEqual([]);
  });

  it('comes by chance, the same for the same seed', () => {
    const run = (seed: number): string => {
      const redis = createRedis({ seed });
      redis.faults.add({ probability: 0.5, fault: { kind: 'error', error: 'BUSY' } });
      return Array.from({ length: 40 }, () => codeOf(() => redis.ping())).join();
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
    expect(new Set(run(1).split(','))).toEqual(new Set(['PONG', 'BUSY']));
  });

  it('lasts as long as it is said', () => {
    const redis = failure({ at: '10s', for: '5s', fault: { kind: 'error', error: 'MASTERDOWN' } });
    const seen = [0, 9999, 1, 4999, 1].map((step) => {
      redis.advance(step);
      return codeOf(() => redis.ping());
    });
    expect(seen).toEqual(['PONG', 'PONG', 'MASTERDOWN', 'MASTERDOWN', 'PONG']);
  });

  it('of a queued command aborts its transaction', () => {
    const redis = failure({ command: 'SET', fault: { kind: 'error', error: 'OOM' } });
    expect(() => redis.multi([['INCR', 'a'], ['SET', 'b', 1]])).toThrow('EXECABORT Transaction discarded because of previous errors.');
    expect(redis.dump()).toEqual({});
  });

  it('ends with its block', () => {
    const redis = createRedis();
    {
      using fault = redis.faults.add({ fault: { kind: 'error', error: 'LOADING' } });
      expect([codeOf(() => redis.ping()), fault.hits]).toEqual(['LOADING', 1]);
    }
    expect(redis.ping()).toBe('PONG');
  });
});

describe('a delay', () => {
  it('holds up who asks at once: the clock moves', () => {
    const redis = failure({ command: 'GET', fault: { kind: 'delay', by: '3s' } });
    redis.set('k', 'v', { PX: 3500 });
    const before = redis.now;
    expect([redis.get('k'), redis.now - before]).toEqual(['v', 3000]);
    expect(redis.get('k')).toBe(null);
  });

  it('makes a promise wait for the clock, and others do not wait', async () => {
    const redis = failure({ command: 'INCR', times: 1, fault: { kind: 'delay', by: '1s' } });
    const slow = redis.promises.incr('n');
    const behind = redis.promises.get('n');
    const other = redis.connect();
    expect([other.get('n'), other.incr('n')]).toEqual([null, 1]);
    redis.advance('999ms');
    expect(other.get('n')).toBe('1');
    redis.advance('1ms');
    expect(await Promise.all([slow, behind])).toEqual([2, '2']);
  });

  it('of the reply alone leaves the command executed', async () => {
    const redis = failure({ command: 'INCR', fault: { kind: 'delay', by: '1s', when: 'after' } });
    const slow = redis.promises.incr('n');
    expect(redis.connect().get('n')).toBe('1');
    redis.advance('1s');
    expect(await slow).toBe(1);
  });
});

describe('a lost connection', () => {
  it('leaves a dropped reply\'s command executed, and its sender in doubt', () => {
    const redis = failure({ command: 'INCR', times: 1, fault: { kind: 'drop-reply' } });
    expect(() => redis.incr('n')).toThrow(expect.objectContaining({ code: 'CONNECTION_LOST', definite: false }));
    expect(redis.incr('n')).toBe(2);
  });

  it('breaks before or after execution', () => {
    const run = (when: 'before' | 'after'): readonly [string, string | null] => {
      const redis = failure({ command: 'INCR', times: 1, fault: { kind: 'disconnect', when } });
      redis.connect();
      return [codeOf(() => redis.incr('n')), redis.get('n')];
    };
    expect([run('before'), run('after')]).toEqual([['CONNECTION_LOST', null], ['CONNECTION_LOST', '1']]);
  });
});

describe('what is no fault', () => {
  it.each([
    [{ fault: { kind: 'explode' } }, "command fault: 'fault.kind' must be 'error', 'delay', 'drop-reply' or 'disconnect'"],
    [{ fault: { kind: 'error', error: 'LOADING' }, comand: 'GET' }, "command fault: 'comand' is not known"],
    [{ fault: { kind: 'delay', by: '3 parsecs' } }, "command fault: 'fault.by' must be a duration such as '1.5s' or a number of milliseconds"],
    [{ probability: 2, fault: { kind: 'drop-reply' } }, "command fault: 'probability' must be from 0 to 1"],
    ['nonsense', 'command fault: must be { fault: { kind, … }, command, key, client, … }'],
  ])('is refused in one line: %j', (planned, message) => {
    const redis = createRedis();
    expect(() => redis.faults.add(planned as PlannedCommandFault)).toThrow(message);
    expect(redis.faults.plan).toEqual([]);
  });

  it('adds nothing of a list with a mistake', () => {
    const redis = createRedis();
    const good: PlannedCommandFault = { fault: { kind: 'drop-reply' } };
    expect(() => redis.faults.addAll([good, {}])).toThrow('command fault 2: ');
    expect(redis.faults.plan).toEqual([]);
    redis.faults.addAll(JSON.parse(JSON.stringify([good, good])));
    expect(redis.faults.plan).toEqual([good, good]);
  });
});

it('befalls simulated clients too', async () => {
  const sim = new Simulation({ seed: 1 });
  const redis = createRedis(sim, {});
  redis.faults.add({ command: 'INCR', times: 1, fault: { kind: 'drop-reply' } });
  redis.faults.add({ command: 'DECR', times: 1, fault: { kind: 'disconnect' } });
  redis.faults.add({ command: 'GET', times: 1, fault: { kind: 'delay', by: '200ms' } });
  const client = redis.client({ name: 'ann' });
  const seen = await sim.run(async () => {
    const lost = await client.incr('n').catch(({ code }: { code: string }) => code);
    const broken = await client.decr('n').catch(({ code }: { code: string }) => code);
    const before = sim.now;
    const value = await client.get('n');
    return [lost, broken, value, sim.now - before > 200_000, await client.incr('n')];
  });
  expect(seen).toEqual(['REQUEST_TIMEOUT', 'REQUEST_TIMEOUT', '1', true, 2]);
});
