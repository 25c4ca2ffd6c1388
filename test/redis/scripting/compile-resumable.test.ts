import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { encodeReply } from '../../../src/redis/resp/encode.ts';
import { SCRIPTS } from '../../differential/redis-scripts.ts';

/** Asks an engine for what a function of this body answers; `memory` is a variable of its library. */
function answers(memory: string): (body: string) => string {
  const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
  const connection = engine.connect();
  connection.defer = () => undefined;
  const ask = (...args: string[]): string => encodeReply(engine.execute(connection, args), 2);
  return (body) => {
    ask('FLUSHALL');
    const loaded = ask('FUNCTION', 'LOAD', 'REPLACE', `#!lua name=l\nlocal memory = ${memory}\nredis.register_function('f', function(KEYS, ARGV) local _ = memory do ${body}\nend end)`);
    return loaded.startsWith('-') ? loaded : ask('FCALL', 'f', '2', 'k1', 'k2', 'a', '10', '\xff\x00\xe9').replaceAll(/0x[0-9a-f]+/g, 'address');
  };
}

describe('the resumable form of a function', () => {
  it('answers as the plain form does', () => {
    // A library that keeps a table has a memory, and so never begins in the plain form.
    const [plain, resumable] = [answers('1'), answers('{}')];
    const more = [
      'local function f(n) if n < 2 then return n end return f(n - 1) + f(n - 2) end return f(12)',
      'local r = {} for i, v in ipairs({f and f() or 3, (math.max(1, 2)), math.min(4, 5)}) do r[#r + 1] = v * math.floor(i + 0.5) end return r',
      'local n = 0 while tostring(n) ~= "7" do n = n + tonumber("1") if n == 5 then break end end return n',
      'local n = 0 repeat local m = math.abs(n) n = n + 1 until math.abs(m) == 3 return n',
      'local function last(n) if n == 0 then return "end", 2 end return last(n - 1) end return {last(1000)}',
      'local t = {} for i = 1, 3 do t[i] = function() return i end end return {t[1](), t[2](), t[3]()}',
      'local function g(...) return select("#", ...), ... end return {g(nil, pcall(g, 1, 2), g())}',
      'local a, b = (function() return 1, 2 end)() return {a, b, (function() return 3, 4 end)()}',
      'return {pcall(function() local t = setmetatable({}, {__index = function(_, k) return k .. "!" end}) return t.x, t.y end)}',
      'local ok, e = pcall(function() error({code = 5}) end) return {ok and 1 or 0, e.code}',
      'if nil and error("never") then return 1 elseif (false or tostring(1) == "1") and not error then return 2 else return 3 end',
    ];
    const found = [...SCRIPTS, ...more].map((body) => ({ body, plain: plain(body), resumable: resumable(body) }));
    expect(found.filter((each) => each.plain !== each.resumable)).toEqual([]);
    expect(found.filter((each) => !each.plain.startsWith('-ERR Error')).length).toBeGreaterThan(400);
  });
});
