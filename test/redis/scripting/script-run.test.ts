import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import type { Connection } from '../../../src/redis/connections/connection.ts';
import type { Effect } from '../../../src/redis/effects.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { encodeReply } from '../../../src/redis/resp/encode.ts';

interface Client {
  readonly ask: (...args: string[]) => string;
  /** What came late. */
  readonly late: string[];
  readonly connection: Connection;
}

/** An engine whose clients may pause: `turn` gives the paused script one further turn. */
function start(): { readonly open: () => Client; readonly turn: () => boolean; readonly effects: (readonly Effect[])[]; readonly engine: Engine } {
  const effects: (readonly Effect[])[] = [];
  const tasks: (() => void)[] = [];
  let now = 1e12;
  const engine = new Engine({ clock: () => now++, random: Random.fromSeed(1), onEffects: (given) => { effects.push(given); } });
  return {
    engine, effects,
    turn: () => {
      const task = tasks.shift();
      task?.();
      return task !== undefined;
    },
    open: () => {
      const late: string[] = [];
      const connection = engine.connect((reply) => { late.push(encodeReply(reply, 2)); });
      connection.defer = (task) => { tasks.push(task); };
      return { connection, late, ask: (...args) => encodeReply(engine.execute(connection, args), 2) };
    },
  };
}

const words = (effects: readonly (readonly Effect[])[]): string[][] => effects.map((group) => group.map(({ args }) => args.join(' ')));

describe('a script that runs for long', () => {
  it('keeps others waiting with BUSY, and ends when it is killed', () => {
    const { open, turn } = start();
    const [one, other] = [open(), open()];
    other.ask('CONFIG', 'SET', 'lua-time-limit', '10');
    expect(one.ask('EVAL', 'while true do pcall(function() while true do redis.call("ping") end end) end', '0')).toBe('');
    expect(other.ask('PING')).toBe('-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n');
    expect(other.ask('FUNCTION', 'KILL')).toContain('-BUSY');
    expect(turn()).toBe(true);
    expect(other.ask('SCRIPT', 'KILL')).toBe('+OK\r\n');
    while (turn());
    expect(one.late).toEqual([expect.stringMatching(/^-ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.\r\n$/)]);
    expect(other.ask('PING')).toBe('+PONG\r\n');
    expect(other.ask('SCRIPT', 'KILL')).toBe('-NOTBUSY No scripts in execution right now.\r\n');
  });

  it('cannot be killed once it has written', () => {
    const { open, turn } = start();
    const [one, other] = [open(), open()];
    other.ask('CONFIG', 'SET', 'lua-time-limit', '10');
    one.ask('EVAL', "redis.call('set', 'k', 'v') while true do end", '0');
    turn();
    expect(other.ask('SCRIPT', 'KILL')).toContain('-UNKILLABLE');
    expect(other.ask('GET', 'k')).toContain('-BUSY');
  });

  it('runs each command once, though it began anew, and replicates all of them together', () => {
    const { open, turn, effects } = start();
    const one = open();
    one.ask('CONFIG', 'SET', 'lua-time-limit', '300');
    const script = "local t = redis.call('time') redis.call('incr', 'n') for i = 1, 6000000 do end redis.call('append', 'n', '0') return {redis.call('get', 'n'), redis.call('time')[1] == t[1] and redis.call('time')[2] == t[2]}";
    expect(one.ask('EVAL', script, '0')).toBe('');
    expect(effects).toEqual([]);
    while (turn());
    expect(one.late).toEqual(['*2\r\n$2\r\n10\r\n:1\r\n']);
    expect(words(effects)).toEqual([['incr n', 'append n 0']]);
  });

  it('finds chance and settings as they were when it began anew', () => {
    const { open } = start();
    const [one, two] = [open(), start().open()];
    const script = (turns: number): string => `local t = {} for i = 1, 5 do t[i] = math.random(1e6) end cjson.encode_max_depth(cjson.encode_max_depth() - 1) for i = 1, ${turns} do end return {t[1], t[5], math.random(1e6), cjson.encode_max_depth()}`;
    expect(one.ask('EVAL', script(3_000_000), '0')).toBe(two.ask('EVAL', script(3), '0'));
  });

  it('lets the waiting have what it pushed only when it is over', () => {
    const { open, turn } = start();
    const [one, waiting, other] = [open(), open(), open()];
    other.ask('CONFIG', 'SET', 'lua-time-limit', '10');
    expect(waiting.ask('BLPOP', 'x', '0')).toBe('');
    one.ask('EVAL', "redis.call('lpush', 'x', 'y') for i = 1, 4000000 do end redis.call('lpush', 'x', 'z')", '0');
    expect(other.ask('HELLO', '2')).not.toContain('BUSY');
    expect(waiting.late).toEqual([]);
    while (turn());
    expect(waiting.late).toEqual(['*2\r\n$1\r\nx\r\n$1\r\nz\r\n']);
  });

  it('of a function is told by FUNCTION STATS, and killed by FUNCTION KILL', () => {
    const { open, turn } = start();
    const [one, other] = [open(), open()];
    one.ask('FUNCTION', 'LOAD', '#!lua name=l\nlocal count = 0\nredis.register_function("f", function() while true do count = count + 1 end end)\nredis.register_function("g", function() return count end)');
    other.ask('CONFIG', 'SET', 'busy-reply-threshold', '10');
    one.ask('FCALL', 'f', '0');
    expect(other.ask('FUNCTION', 'STATS')).toContain('$4\r\nname\r\n$1\r\nf\r\n$7\r\ncommand\r\n*3\r\n$5\r\nFCALL\r\n');
    expect(other.ask('SCRIPT', 'KILL')).toContain('You can only call FUNCTION KILL');
    expect(other.ask('FUNCTION', 'KILL')).toBe('+OK\r\n');
    while (turn());
    expect(one.late[0]).toContain('killed by user');
    // What it counted it counted once.
    expect(Number(one.ask('FCALL', 'g', '0').slice(1))).toBeLessThan(400_000);
  });

  it('pauses in recursion and in tail calls too', () => {
    for (const script of ['local function f() return f() end return f()', 'local function f(n) if n == 0 then return 0 end return f(n - 1) + f(n - 1) end return f(200)']) {
      const { open, turn } = start();
      const [one, other] = [open(), open()];
      other.ask('CONFIG', 'SET', 'lua-time-limit', '10');
      one.ask('EVAL', script, '0');
      expect(other.ask('PING')).toContain('-BUSY');
      other.ask('SCRIPT', 'KILL');
      while (turn());
      expect(one.late[0]).toContain('killed by user');
    }
  });

  it('ends by itself inside a transaction, where it cannot pause', () => {
    const { open } = start();
    const one = open();
    one.ask('MULTI');
    one.ask('EVAL', 'while true do end', '0');
    expect(one.ask('EXEC')).toContain('-ERR Script killed by user with SCRIPT KILL');
  });
});
