/** Which statement may have which consistency level, as Apache Cassandra 5.0.2 answered each statement at each of the eleven levels. */
import { expect, it } from 'vitest';
import { CONSISTENCY_LEVELS, type ConsistencyLevel } from '../../../src/cassandra/consistency.ts';
import { begin } from '../../support/cassandra-story.ts';

const COMMIT = 'is not supported as conditional update commit consistency. Use ANY if you mean "make sure it is accepted but I don\'t care how many replicas commit it for non-SERIAL reads"';
const EACH = 'consistency level EACH_QUORUM not compatible with replication strategy (org.apache.cassandra.locator.SimpleStrategy)';
const ANY_READ = 'ANY ConsistencyLevel is only supported for writes';
const PLAIN = 'You must use conditional updates for serializable writes';
const COUNTER = 'Counter operations are inherently non-serializable';

it.each<[string, Partial<Record<ConsistencyLevel, string>>]>([
  ['SELECT * FROM t WHERE k = 1', { ANY: ANY_READ }],
  ['SELECT * FROM t', { ANY: ANY_READ }],
  ['INSERT INTO t (k, v) VALUES (1, 1)', { SERIAL: PLAIN, LOCAL_SERIAL: PLAIN }],
  ['INSERT INTO t (k, v) VALUES (2, 1) IF NOT EXISTS', { EACH_QUORUM: EACH, SERIAL: `SERIAL ${COMMIT}`, LOCAL_SERIAL: `LOCAL_SERIAL ${COMMIT}` }],
  ['BEGIN BATCH INSERT INTO t (k, v) VALUES (1, 1); INSERT INTO t (k, v) VALUES (2, 1); APPLY BATCH', {}],
  ['BEGIN UNLOGGED BATCH INSERT INTO t (k, v) VALUES (1, 1); APPLY BATCH', {}],
  ['UPDATE n SET v = v + 1 WHERE k = 1', { ANY: 'Consistency level ANY is not yet supported for counter table n', SERIAL: COUNTER, LOCAL_SERIAL: COUNTER }],
  ['BEGIN COUNTER BATCH UPDATE n SET v = v + 1 WHERE k = 1; APPLY BATCH', {}],
])('%s', async (cql, refused) => {
  const { sim, client } = begin('CREATE TABLE ks.t (k int PRIMARY KEY, v int); CREATE TABLE ks.n (k int PRIMARY KEY, v counter)');
  await sim.run(async () => {
    const speaker = client('c', 'n1');
    const answers: [string, string | undefined][] = [];
    for (const consistency of CONSISTENCY_LEVELS) {
      answers.push([consistency, await speaker.execute(cql, [], { consistency }).then(() => undefined, (error: unknown) => (error as Error).message)]);
    }
    expect(answers.filter(([, message]) => message !== undefined)).toEqual(CONSISTENCY_LEVELS.flatMap((level) => (refused[level] === undefined ? [] : [[level, refused[level]]])));
  });
});
