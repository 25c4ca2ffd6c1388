/**
 * SELECT held against what Apache Cassandra 5.0.2 answered to the scripts in `test/cassandra/answers`: rows, names of columns,
 * warnings, and each error's code and text.
 *
 * Tolerance: a statement that follows on one this small store cannot do (ALTER, batches, views, lightweight transactions) is left out;
 * they are listed by their text, and the list may only shrink.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemoryStore, NotHere, type Answer } from './memory-store.ts';

interface Recorded extends Answer {
  readonly cql: string;
}

/** The driver that recorded the answers gives a row's columns by name, so that of two with one name the row has one. */
const SAME_NAMES = new Set(['SELECT v, v FROM t WHERE k = 1 LIMIT 1', 'SELECT count(k), count(*), count(1), COUNT(v) FROM t']);

function recorded(name: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`../../answers/${name}.json`, import.meta.url), 'utf8')) as readonly Recorded[];
}

/** Runs a script up to a statement that this store cannot do; gives the SELECTs before it with both answers. */
function compare(name: string, from = 0, until = Infinity): { readonly cql: string; readonly ours: Answer; readonly theirs: Answer }[] {
  const store = new MemoryStore();
  const compared: { cql: string; ours: Answer; theirs: Answer }[] = [];
  for (const [i, { cql, ...theirs }] of recorded(name).entries()) {
    if (i >= until) break;
    let ours: Answer;
    try {
      const { version: _version, pagingState: _state, ...shown } = store.run(cql);
      ours = shown;
    } catch (error) {
      if (error instanceof NotHere) continue;
      throw error;
    }
    if (i >= from && cql.startsWith('SELECT') && !SAME_NAMES.has(cql)) compared.push({ cql, ours, theirs });
  }
  return compared;
}

describe('SELECT as Cassandra 5.0.2 answers it', () => {
  it.each(compare('select'))('$cql', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });
});

describe('collections as Cassandra 5.0.2 shows them', () => {
  it.each(compare('collections'))('$cql', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });
});

describe('values as Cassandra 5.0.2 shows them', () => {
  const alter = recorded('values').findIndex(({ cql }) => cql.startsWith('ALTER'));
  it.each(compare('values', 0, alter))('$cql', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });
});

describe('functions, operators, casts and refusals as Cassandra 5.0.2 answers them', () => {
  it.each(compare('functions'))('$cql', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });
});

describe('conditions on indexed columns as Cassandra 5.0.2 answers them', () => {
  const drop = recorded('indexes').findIndex(({ cql }) => cql.startsWith('DROP INDEX'));
  it.each(compare('indexes', 0, drop).filter(({ cql }) => !cql.includes('system_schema')))('$cql', ({ ours, theirs }) => {
    expect(ours).toEqual(theirs);
  });
});
