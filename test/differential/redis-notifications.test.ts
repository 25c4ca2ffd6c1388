/**
 * Keyspace events of the same random commands, as a second connection hears them from our engine and from a real redis-server 7.0:
 * the same events in the same order.
 *
 * Left out: commands whose outcome is chance (`SPOP` and its kin), that wait, or that change what is published.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { Engine } from '../../src/redis/engine.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { commandOf, FORMS } from './redis-commands.ts';
import { hasRedisServer, RedisOracle, type OracleConnection } from './redis-oracle.ts';

type Args = readonly string[];

const runs = Number(process.env['SPLITBRAIN_DIFFERENTIAL_RUNS'] ?? 400);
const seedText = process.env['SPLITBRAIN_DIFFERENTIAL_SEED'] ?? '20240';
const seed = seedText === 'random' ? Date.now() & 0x7fffffff : Number(seedText);
const focus = process.env['SPLITBRAIN_DIFFERENTIAL_FORMS'];

const UNFIT = /^(SPOP|SRANDMEMBER|HRANDFIELD|ZRANDMEMBER|RANDOMKEY|BL|BR|BZ|CONFIG|SUBSCRIBE|PSUBSCRIBE|SSUBSCRIBE|UNSUBSCRIBE|PUNSUBSCRIBE|PUBLISH|SPUBLISH|SCAN|KEYS|XREAD|XREADGROUP|WAIT|SWAPDB|SORT)/;
const CLASSES = 'KEAnm';
const EVENTS = '__key*__:*';
const END = 'the end';

const isInstalled = hasRedisServer();

describe.skipIf(!isInstalled)('keyspace events, against redis-server', () => {
  let oracle: RedisOracle;
  let listener: OracleConnection;
  beforeAll(async () => {
    oracle = await RedisOracle.start();
    await oracle.ask([['CONFIG', 'SET', 'notify-keyspace-events', CLASSES]]);
    listener = await oracle.connect();
    listener.send(['PSUBSCRIBE', EVENTS, END]);
    while (!listener.received.endsWith(':2\r\n')) await new Promise((resolve) => { setTimeout(resolve, 1); });
  });
  afterAll(async () => {
    listener.close();
    await oracle.stop();
  });

  const heardThere = async (commands: readonly Args[], round: number): Promise<string> => {
    listener.take();
    const [first, last] = [`begin ${round}`, `round ${round}`];
    await oracle.ask([['RESET'], ['FLUSHALL'], ['PUBLISH', END, first], ...commands, ['RESET'], ['PUBLISH', END, last]]);
    while (!listener.received.includes(`${last}\r\n`)) await new Promise((resolve) => { setTimeout(resolve, 1); });
    // Before and after, keys may have expired by themselves, as time goes on there.
    const heard = listener.take();
    return heard.slice(heard.indexOf(`${first}\r\n`) + first.length + 2, heard.indexOf(`${last}\r\n`) + last.length + 2);
  };

  const heardHere = (commands: readonly Args[], round: number): string => {
    let heard = '';
    const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
    const other = engine.connect((reply) => { heard += encodeReply(reply, 2); });
    engine.execute(engine.connect(), ['CONFIG', 'SET', 'notify-keyspace-events', CLASSES]);
    engine.execute(other, ['PSUBSCRIBE', EVENTS, END]);
    heard = '';
    const connection = engine.connect();
    for (const args of commands) engine.execute(connection, args);
    engine.execute(connection, ['RESET']);
    engine.execute(connection, ['PUBLISH', END, `round ${round}`]);
    return heard;
  };

  it(`are the same (seed ${seed})`, async () => {
    const forms = FORMS.filter((form) => !UNFIT.test(form) && (focus === undefined || new RegExp(focus).test(form)));
    let round = 0;
    let heard = 0;
    await fc.assert(fc.asyncProperty(fc.array(commandOf(forms), { minLength: 1, maxLength: 40, size: 'max' }), async (commands) => {
      round++;
      const [theirs, ours] = [await heardThere(commands, round), heardHere(commands, round)];
      heard += theirs.length;
      const lines = (text: string): string[] => text.split('\r\n').filter((line) => !/^[$*]\d+$/.test(line));
      expect({ commands: commands.map((args) => args.join(' ')), heard: lines(ours) }).toEqual({ commands: commands.map((args) => args.join(' ')), heard: lines(theirs) });
    }), { seed, numRuns: runs });
    expect(heard).toBeGreaterThan(runs);
  }, 600_000);
});
