/**
 * Whole datasets in RDB files: a real redis-server 7.0 loads what we write, we load what it writes, and both have the same
 * `DEBUG DIGEST` then, which does not depend on the order of hash tables.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { Engine } from '../../src/redis/engine.ts';
import { readRdb, writeRdb } from '../../src/redis/persistence/rdb-file.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { commandOf, FORMS, LARGE_SETUP } from './redis-commands.ts';
import { hasRedisServer, RedisOracle } from './redis-oracle.ts';

const runs = Math.max(20, Math.ceil(Number(process.env['SPLITBRAIN_DIFFERENTIAL_RUNS'] ?? 400) / 100));
const UNFIT = /^(MULTI|EXEC|WATCH|BL|BR|BZ|XREAD|CONFIG|SUBSCRIBE|PSUBSCRIBE|SSUBSCRIBE|PEXPIRE|EXPIRE|SETEX|PSETEX|GETEX)/;
const BEGINNING = [
  ...LARGE_SETUP, ['SELECT', '3'], ['RPUSH', 'list', ...Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? String(i) : 'x'.repeat(i)))], ['SET', 'text', 'long enough to be packed '.repeat(100)],
  ['SET', 'number', '-70000', 'EX', '100000'], ['XADD', 'stream', '5-1', 'f', 'v'], ['XGROUP', 'CREATE', 'stream', 'g', '0'],
  ['FUNCTION', 'FLUSH'], ['FUNCTION', 'LOAD', "#!lua name=lib\nredis.register_function('f', function() return 1 end)"], ['SELECT', '0'],
];

const newEngine = (): { readonly engine: Engine; readonly ask: (args: readonly string[]) => string } => {
  const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
  const connection = engine.connect();
  return { engine, ask: (args) => encodeReply(engine.execute(connection, args), 2) };
};

const isInstalled = hasRedisServer();

describe.skipIf(!isInstalled)('RDB files, against redis-server', () => {
  const directory = mkdtempSync(join(tmpdir(), 'splitbrain-rdb-'));
  const file = join(directory, 'dump.rdb');
  let oracle: RedisOracle;
  beforeAll(async () => {
    oracle = await RedisOracle.start(directory);
  });
  afterAll(async () => {
    await oracle.stop();
    rmSync(directory, { recursive: true });
  });

  let compared = 0;
  const agree = async (commands: readonly (readonly string[])[]): Promise<void> => {
    const { engine, ask } = newEngine();
    for (const args of commands) ask(args);
    const digest = ask(['DEBUG', 'DIGEST']);
    writeFileSync(file, Buffer.from(writeRdb(engine, { functions: engine.functionSources() }), 'latin1'));
    const [reloaded, theirDigest, libraries] = await oracle.ask([['DEBUG', 'RELOAD', 'NOSAVE'], ['DEBUG', 'DIGEST'], ['FUNCTION', 'LIST']]);
    expect([reloaded, theirDigest]).toEqual(['+OK\r\n', digest]);
    expect(libraries).toContain(engine.functionSources().length === 0 ? '*0' : 'lib');
    await oracle.ask([['SAVE']]);
    const other = newEngine();
    const load = readRdb(other.engine, readFileSync(file, 'latin1'), { expiredBy: undefined, merges: false });
    expect(load).toMatchObject({ kind: 'loaded', functions: engine.functionSources() });
    expect(other.ask(['DEBUG', 'DIGEST'])).toBe(digest);
    compared++;
  };

  it('are loaded by the other side, both ways', async () => {
    await agree([]);
    await agree(BEGINNING);
    const forms = FORMS.filter((form) => !UNFIT.test(form));
    await fc.assert(fc.asyncProperty(fc.array(commandOf(forms), { minLength: 5, maxLength: 80, size: 'max' }), (commands) => agree([...BEGINNING, ...commands])), { seed: 20240, numRuns: runs });
    expect(compared).toBeGreaterThan(runs);
  }, 600_000);
});
