/**
 * The same scripts and functions to ours and to a real redis-server 7.0: replies equal byte for byte in RESP2 and RESP3. No tolerances.
 *
 * Not compared: what is named in `DIFFERS`, each with its reason.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { Engine } from '../../src/redis/engine.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { hasRedisServer, RedisOracle } from './redis-oracle.ts';
import { FUNCTIONS } from './redis-functions.ts';
import { DIFFERS, PROTOCOL_SCRIPTS, SCRIPTS } from './redis-scripts.ts';

type Args = readonly string[];

describe.skipIf(!hasRedisServer())('Lua scripts against redis-server', () => {
  let oracle: RedisOracle;
  beforeAll(async () => { oracle = await RedisOracle.start(); });
  afterAll(async () => { await oracle.stop(); });

  const compare = async (commands: readonly Args[]): Promise<string[]> => {
    await oracle.ask([['HELLO', '2'], ['FLUSHALL'], ['SCRIPT', 'FLUSH'], ['FUNCTION', 'FLUSH'], ['CONFIG', 'SET', 'rdbcompression', 'no']]);
    const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
    const connection = engine.connect();
    const theirs = await oracle.ask(commands);
    return commands.flatMap((args, i) => {
      const reply = engine.execute(connection, args);
      const ours = encodeReply(reply, connection.protocol);
      if (args[0] === 'HELLO') return [];
      const script = args[1] ?? '';
      if (DIFFERS.has(script)) return [];
      return ours === theirs[i] ? [] : [`${args.slice(0, 2).join(' ')}\n    ours   ${JSON.stringify(ours)}\n    theirs ${JSON.stringify(theirs[i])}`];
    });
  };

  it('answers each fixed script alike', async () => {
    const differences = await compare(SCRIPTS.map((script) => ['EVAL', script, '2', 'k1', 'k2', 'a', '10', '\xff\x00\xe9']));
    expect(differences.join('\n')).toBe('');
  }, 60_000);

  it('answers EVAL, EVALSHA, EVAL_RO and SCRIPT alike, well formed or not', async () => {
    const digest = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';
    const differences = await compare([
      ['EVAL', 'return 1'], ['EVAL', 'return 1', 'x'], ['EVAL', 'return 1', '-1'], ['EVAL', 'return 1', '1'], ['EVAL', 'return KEYS', '1', 'a', 'b'],
      ['EVALSHA', digest, '0'], ['SCRIPT', 'LOAD', 'return 1'], ['SCRIPT', 'EXISTS', digest, 'x', digest.toUpperCase()], ['EVALSHA', digest, '0'],
      ['EVALSHA', digest.toUpperCase(), '0'], ['EVALSHA', 'x', '0'], ['EVALSHA_RO', digest, '0'], ['SCRIPT', 'LOAD', 'return +'], ['SCRIPT', 'LOAD'],
      ['EVAL_RO', "return redis.call('get', KEYS[1])", '1', 'k'], ['EVAL_RO', "return redis.call('set', KEYS[1], 'x')", '1', 'k'],
      ['EVAL_RO', "return redis.pcall('set', KEYS[1], 'x')", '1', 'k'], ['SCRIPT', 'FLUSH', 'SYNC'], ['SCRIPT', 'EXISTS', digest], ['SCRIPT', 'FLUSH', 'x'],
      ['SCRIPT', 'KILL'], ['SCRIPT', 'HELP'], ['SCRIPT', 'NOSUCH'], ['SCRIPT'], ['SCRIPT', 'EXISTS'],
      ['EVAL', '#!lua\nreturn 1', '0'], ['EVAL', '#!lua flags=no-writes\nreturn redis.call("set","x","y")', '0'], ['EVAL', '#!lua flags=nosuch\nreturn 1', '0'],
      ['EVAL', '#!lua nosuch\nreturn 1', '0'], ['EVAL', '#!python\nreturn 1', '0'], ['EVAL', '#!lua', '0'], ['EVAL', '#!lua\n\nerror("x")', '0'],
      ['MULTI'], ['EVAL', "redis.call('set', 'm', '1') return redis.call('incr', 'm')", '0'], ['EVAL', 'return {err="E x"}', '0'], ['EVAL', 'error("x")', '0'], ['EXEC'],
      ['GET', 'm'], ['EVAL', 'local a\n\nlocal b = a.x', '0'], ['EVAL', 'local t = {\n1,\n2\n}\nreturn\nt.x.y', '0'], ['EVAL', 'redis.call("set", "q",\n"v")\nredis.call("lpush",\n"q", "v")', '0'],
    ]);
    expect(differences.join('\n')).toBe('');
  });

  it('answers functions alike', async () => {
    expect((await compare(FUNCTIONS)).join('\n')).toBe('');
  });

  it('answers alike in each pair of protocols, a script\'s and its client\'s', async () => {
    const commands: Args[] = [['DEBUG', 'SET-DISABLE-DENY-SCRIPTS', '1'], ['DEL', 'h', 's', 'z'], ['HSET', 'h', 'a', '1'], ['SADD', 's', '5'], ['ZADD', 'z', '1.5', 'm']];
    for (const client of ['2', '3']) {
      commands.push(['HELLO', client]);
      for (const script of ['2', '3']) for (const body of PROTOCOL_SCRIPTS) commands.push(['EVAL', `redis.setresp(${script}) ${body}`, '0']);
    }
    const differences = await compare([...commands, ['DEBUG', 'SET-DISABLE-DENY-SCRIPTS', '0']]);
    expect(differences.join('\n')).toBe('');
  });

  it('matches generated patterns and prints generated formats alike', async () => {
    const item = fc.constantFrom(
      'a', 'b', '.', '%a', '%d', '%s', '%w', '%x', '%p', '[ab]', '[^a]', '[a-c%d]', '(', ')', '*', '+', '-', '?', '%1', '^', '$', '%b()', '%f[%w]', '()', '%', ']', '[', ' ', '1',
    );
    const pattern = fc.array(item, { maxLength: 7 }).map((items) => items.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', 'ab', '1', ' ', '(', ')', 'c', '-', 'x'), { maxLength: 9 }).map((items) => items.join(''));
    const search = fc.tuple(fc.constantFrom('find', 'match', 'gsub'), text, pattern, fc.constantFrom("'%0'", "'<%1>'", 'string.upper', "{a='A',b=false}", "'x'"))
      .map(([name, subject, wanted, by]) => (name === 'gsub' ? `string.gsub('${subject}', '${wanted}', ${by})` : `string.${name}('${subject}', '${wanted}')`));
    const format = fc.tuple(
      fc.constantFrom('', '-', '0', '+', ' ', '#', '-0', '+0'), fc.constantFrom('', '3', '10'), fc.constantFrom('', '.0', '.3', '.10', '.'),
      fc.constantFrom('d', 'i', 'u', 'x', 'X', 'o', 'e', 'g', 'f', 'G', 'E', 's', 'c', 'q'),
      fc.constantFrom('0', '1', '-1', '3.75', '255', '1e10', '0.1', '-0.5', '123456.789', '1e100', '1/0', "'str'", "'12'", '2.5', '65'),
    ).map(([flags, width, precision, conversion, value]) => `string.format('%${flags}${width}${precision}${conversion}', ${value})`);
    const scripts = fc.sample(fc.oneof(search, format), { numRuns: 4000, seed: 3 });
    expect((await compare(scripts.map((call) => ['EVAL', `return {pcall(function() return ${call} end)}`, '0']))).join('\n')).toBe('');
  }, 60_000);

  it('answers generated expressions alike', async () => {
    const atom = fc.constantFrom('1', '2.5', '-3', '0', "'a'", "'10'", "''", 'nil', 'true', 'false', '{}', '{1,2}', 'KEYS[1]', 'ARGV[2]', '1e15', "' 7 '", '0x10', 't', 'n', 's');
    const expression = fc.letrec<{ any: string; binary: string; unary: string; call: string; atom: string }>((tie) => ({
      any: fc.oneof({ depthSize: 'small', withCrossShrink: true }, atom, tie('binary'), tie('unary'), tie('call')),
      binary: fc.tuple(tie('any'), fc.constantFrom('+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', '>', '>=', 'and', 'or'), tie('any'))
        .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      unary: fc.tuple(fc.constantFrom('-', 'not ', '#'), tie('any')).map(([operator, a]) => `(${operator}${a})`),
      call: fc.tuple(
        fc.constantFrom('tostring', 'tonumber', 'type', 'string.len', 'string.upper', 'string.rep', 'string.sub', 'string.byte', 'math.floor', 'math.max', 'select', 'unpack', 'cjson.encode',
          'string.format', 'string.find', 'string.gsub', 'next', 'rawget', 'table.concat', 'pcall'),
        fc.array(tie('any'), { maxLength: 3 }),
      ).map(([name, args]) => `${name}(${args.join(', ')})`),
      atom,
    })).any;
    // Addresses, and counts of repetitions that fill the memory.
    const scripts = fc.sample(expression, { numRuns: 3000, seed: 7 }).filter((text) => !/1e15|\^|0x/.test(text) || !/rep|unpack/.test(text));
    const differences = await compare(scripts.map((text) => ['EVAL', `local t, n, s = {a = 1}, 5, 'str' return {${text}}`, '1', 'k1', 'x', '10']));
    expect(differences.filter((difference) => !/0x[0-9a-f]{6}/.test(difference)).join('\n')).toBe('');
  }, 60_000);
});
