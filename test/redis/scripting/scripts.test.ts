import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import type { Effect } from '../../../src/redis/effects.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { decodeReply, type RedisValue } from '../../../src/redis/standalone/decode.ts';
import { sha1Hex } from '../../../src/redis/scripting/sha1-hex.ts';

function start(): { readonly evaluate: (script: string, ...args: string[]) => RedisValue; readonly ask: (...args: string[]) => RedisValue; readonly effects: (readonly Effect[])[] } {
  const effects: (readonly Effect[])[] = [];
  let now = 1000;
  const engine = new Engine({ clock: () => now++, random: Random.fromSeed(1), onEffects: (given) => { effects.push(given); } });
  const connection = engine.connect();
  const ask = (...args: string[]): RedisValue => decodeReply(engine.execute(connection, args));
  return { ask, effects, evaluate: (script, ...args) => ask('EVAL', script, String(args.length), ...args) };
}

describe('scripts', () => {
  it('convert values as Redis does: numbers are cut, nil ends a list, false is nil', () => {
    const { evaluate } = start();
    expect(evaluate("return {3.99, 'x', true, false, {1}, nil, 5}")).toEqual([3, 'x', 1, null, [1]]);
    expect(evaluate('return {ok = "fine"}')).toBe('fine');
    expect(String(evaluate('return {err = "MY error"}'))).toContain('MY error');
  });

  it('replicate their effects together, and not themselves', () => {
    const { evaluate, effects } = start();
    evaluate("redis.call('set', KEYS[1], 1) redis.call('incr', KEYS[1]) return redis.call('get', KEYS[1])", 'k');
    expect(effects.map((group) => group.map(({ args }) => args.join(' ')))).toEqual([['set k 1', 'incr k']]);
    evaluate("return redis.call('get', KEYS[1])", 'k');
    expect(effects).toHaveLength(1);
  });

  it('see one frozen instant', () => {
    expect(start().evaluate("local a = redis.call('time') for i = 1, 1000 do redis.call('get', 'x') end local b = redis.call('time') return a[1] == b[1] and a[2] == b[2]")).toBe(1);
  });

  it('end when they use up their budget, and no pcall saves them; others go on', () => {
    const { evaluate, ask } = start();
    for (const script of ['while true do end', 'while true do pcall(function() while true do end end) end', "return ('a'):rep(50):find(('a?'):rep(50) .. ('a'):rep(50) .. 'b')"]) {
      expect(String(evaluate(script))).toMatch(/ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\./);
    }
    expect(ask('PING')).toBe('PONG');
  }, 30_000);

  it('run out of stack with an error, not a crash', () => {
    expect(String(start().evaluate('local function f() return 1 + f() end return f()'))).toContain('stack overflow');
  });

  it('cannot move the caller to another database, and leave nothing behind in globals', () => {
    const { evaluate, ask } = start();
    evaluate("redis.call('select', 3) redis.call('set', 'x', 'there')");
    expect(ask('GET', 'x')).toBeNull();
    expect(String(evaluate('y = 1'))).toContain('Attempt to modify a readonly table');
  });

  it('are kept by their SHA1 until flushed', () => {
    const { ask } = start();
    const digest = sha1Hex('return ARGV[1]');
    expect(String(ask('EVALSHA', digest, '0'))).toContain('NOSCRIPT');
    expect(ask('SCRIPT', 'LOAD', 'return ARGV[1]')).toBe(digest);
    expect(ask('EVALSHA', digest.toUpperCase(), '0', 'hello')).toBe('hello');
    ask('SCRIPT', 'FLUSH');
    expect(ask('SCRIPT', 'EXISTS', digest)).toEqual([0]);
  });

  it('run inside MULTI, each answering in its turn', () => {
    const { ask } = start();
    ask('MULTI');
    ask('EVAL', "return redis.call('incr', 'n')", '0');
    ask('INCR', 'n');
    expect(ask('EXEC')).toEqual([1, 2]);
  });

  it('may not write when they are read-only', () => {
    const { ask } = start();
    expect(String(ask('EVAL_RO', "return redis.call('set', 'k', 'v')", '0'))).toContain('ERR Write commands are not allowed from read-only scripts.');
    expect(String(ask('EVAL', '#!lua flags=no-writes\nreturn redis.call("set", "k", "v")', '0'))).toContain('Write commands are not allowed');
  });
});
