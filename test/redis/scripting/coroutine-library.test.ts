import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import { decodeReply, type RedisValue } from '../../../src/redis/standalone/decode.ts';
import { Engine } from '../../../src/redis/engine.ts';

const evaluate = (script: string): RedisValue => {
  const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
  return decodeReply(engine.execute(engine.connect(), ['EVAL', script, '0']));
};

describe('coroutines', () => {
  it('hand values in and out', () => {
    expect(evaluate(`
      local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) local c = coroutine.yield(b * 2) return c, 'end' end)
      local said = {}
      for i = 1, 4 do
        local ok, value, more = coroutine.resume(co, i * 10)
        said[i] = tostring(ok) .. ' ' .. tostring(value) .. ' ' .. tostring(more) .. ' ' .. coroutine.status(co)
      end
      return said`)).toEqual(['true 11 nil suspended', 'true 40 nil suspended', 'true 30 end dead', 'false cannot resume dead coroutine nil dead']);
  });

  it('are iterators, and nest', () => {
    expect(evaluate(`
      local function numbers(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
      local function pairsOf(n) return coroutine.wrap(function() for a in numbers(n) do for b in numbers(a) do coroutine.yield(a .. b) end end end) end
      local found = {} for each in pairsOf(3) do found[#found + 1] = each end return found`)).toEqual(['11', '21', '22', '31', '32', '33']);
  });

  it('end with their error, and call commands', () => {
    expect(evaluate(`
      local co = coroutine.create(function() redis.call('set', 'k', coroutine.yield('key?')) error('x') end)
      local _, asked = coroutine.resume(co)
      local ok, problem = coroutine.resume(co, 'v')
      return {asked, tostring(ok), problem, redis.call('get', 'k')}`)).toEqual(['key?', 'false', 'user_script:2: x', 'v']);
  });

  it('do not yield across pcall, a comparison or outside of all of them', () => {
    const barrier = 'attempt to yield across metamethod/C-call boundary';
    expect(evaluate('local _, e = coroutine.resume(coroutine.create(function() local _, e = pcall(coroutine.yield) return e end)) return e')).toBe(barrier);
    expect(evaluate('local _, e = coroutine.resume(coroutine.create(function() table.sort({1, 2}, coroutine.yield) end)) return e')).toBe(barrier);
    expect(String(evaluate('coroutine.yield()'))).toContain(barrier);
  });
});
