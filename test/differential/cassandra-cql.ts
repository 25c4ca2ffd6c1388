/**
 * The same CQL to a node of ours and to a real Apache Cassandra 5.0.2: the recorded scripts live, and random scripts over
 * random schemas. Equal are an error's code and text, warnings, what a change of the schema is called, the columns' names and
 * types, and each value's bytes; pages of any size give the same rows.
 *
 * Tolerances: what `writetime` and `ttl` tell of two clocks; the order in which an error lists a function's signatures (the
 * real one keeps them in a hash table of its own); where the real one answers SERVER_ERROR, an exception that nobody
 * foresaw, any refusal of ours; where it fails in a read or refuses a paging state of its own, any answer; rows under columns
 * whose names are not ASCII, which it sends with a wrong length. Those of the recorded scripts are in `TOLERATED`, by the statement.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { CassandraOracle, type Answer } from './cassandra-oracle.ts';
import { RandomScript } from './cassandra-statements.ts';
import { isSame, shown, Subject } from './cassandra-subject.ts';

const runs = Number(process.env['SPLITBRAIN_DIFFERENTIAL_RUNS'] ?? 400);
const seedText = process.env['SPLITBRAIN_DIFFERENTIAL_SEED'] ?? '20240';
const seed = seedText === 'random' ? Date.now() & 0x7fffffff : Number(seedText);

const SCRIPTS = ['keyspaces', 'tables', 'values', 'collections', 'modify', 'select', 'indexes', 'functions', 'vectors', 'schema', 'definitions', 'views', 'mistakes', 'choices', 'structures', 'instants', 'bounds', 'everyday', 'random'] as const;
/** Each change of a schema takes the real one a tenth of a second, other statements a few milliseconds. */
const STATEMENTS = 300;
/** What `--runs` says is meant for commands of Redis; here a hundred of them are one script, and thirty scripts enough. */
const scripts = Math.max(1, Math.min(30, Math.ceil(runs / 100)));

const TOLERATED: Readonly<Record<string, string>> = {
  "SELECT k, c FROM t WHERE w = 'b'": 'the real index may still be being built',
};

let oracle: CassandraOracle | undefined;

beforeAll(async () => {
  oracle = await CassandraOracle.connect();
});

afterAll(() => {
  oracle?.close();
});

/** The oracle, or the test is skipped and says why. */
function needed(context: TestContext): CassandraOracle {
  return oracle ?? context.skip(`the oracle is missing: no Apache Cassandra answers on ${CassandraOracle.address} (test/differential/cassandra-oracle/start.ts starts one)`);
}

interface Difference {
  readonly cql: string;
  readonly pageSize: number;
  readonly got: ReturnType<typeof shown>;
  readonly expected: ReturnType<typeof shown>;
}

/** A script to both, on new connections; gives the statements that they answer differently. */
async function differences(statements: Iterable<{ readonly cql: string; readonly pageSize: number }>, isRandom = false): Promise<Difference[]> {
  const theirs = await CassandraOracle.connect();
  if (theirs === undefined) throw new TypeError('the oracle was there a moment ago');
  const subject = new Subject();
  const found: Difference[] = [];
  for (const { cql, pageSize } of statements) {
    const expected = await readable(theirs.query(cql, pageSize));
    const got = subject.query(cql, pageSize);
    if (expected === undefined) continue;
    compared++;
    if (isSame(got, expected) || Object.hasOwn(TOLERATED, cql)) continue;
    found.push({ cql, pageSize, got: shown(got, subject.types), expected: shown(expected, subject.types) });
    // From here on they hold other data.
    if (isRandom && (got.error === undefined || expected.error === undefined) && ((got.error === undefined && expected.error === undefined) || !/^(?:SELECT|DESC)/.test(cql))) break;
  }
  theirs.close();
  return found;
}

/** The answer, or undefined for one whose column names' lengths are wrong: then nobody can tell where a name ends. */
async function readable(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

let compared = 0;

describe('CQL as a real Apache Cassandra answers it', () => {
  it.for(SCRIPTS)('the recorded script %s', async (name, context) => {
    const real = needed(context);
    const recorded = JSON.parse(readFileSync(new URL(`../cassandra/answers/${name}.json`, import.meta.url), 'utf8')) as readonly { readonly cql: string }[];
    const keyspaces = new Set(recorded.flatMap(({ cql }) => /^\s*CREATE KEYSPACE (?:IF NOT EXISTS )?("[^"]+"|\w+)/i.exec(cql)?.[1] ?? []));
    const drop = async (): Promise<void> => {
      for (const keyspace of keyspaces) await real.query(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    };
    await drop();
    const found = await differences(recorded.map(({ cql }) => ({ cql, pageSize: 5000 })));
    await drop();
    expect(found).toEqual([]);
  });

  it(`${scripts * STATEMENTS} random statements: 97 of 100 and more to the letter, of those that neither refuses 997 of 1,000`, async (context) => {
    const real = needed(context);
    const found: Difference[] = [];
    compared = 0;
    for (let i = 0; i < scripts; i++) {
      const random = Random.fromSeed(seed + i);
      const keyspace = `random_${process.pid}_${seed + i}`;
      const script = new RandomScript(random, keyspace);
      const schema = script.schema();
      const statements = Array.from({ length: STATEMENTS }, () => ({ cql: script.statement(), pageSize: random.below(10) < 3 ? 1 + random.below(4) : 5000 }));
      found.push(...await differences([...schema.map((cql) => ({ cql, pageSize: 5000 })), ...statements], true));
      await real.query(`DROP KEYSPACE IF EXISTS ${keyspace}`);
    }
    const given = found.filter(({ got, expected }) => got.error === undefined && expected.error === undefined);
    const isFar = found.length / compared >= 0.03 || given.length / compared >= 0.003;
    expect(isFar ? { compared, found: found.slice(0, 20), given: given.slice(0, 20) } : undefined).toBeUndefined();
    expect(compared).toBeGreaterThan(scripts * STATEMENTS / 3);
  });
});
