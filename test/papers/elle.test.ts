/**
 * The histories by which Elle's own tests tell isolation levels apart (list_append_test.clj and rw_register_test.clj of jepsen-io/elle), and
 * what Elle says of each. A transaction is written as there: `ax1ry12` appends 1 to x and reads y=[1 2], `wx1rx_` writes 1 to a register and
 * reads null.
 */
import { describe, expect, it } from 'vitest';
import { checkTransactions } from '../../src/checkers/transactions/transactions.ts';
import type { IsolationLevel } from '../../src/checkers/transactions/isolation-levels.ts';
import type { HistoryEntry, HistoryValue } from '../../src/kernel/history.ts';

type Found = 'ok' | readonly string[];

interface Case {
  /** `!` aborted, `?` of unknown outcome, `1@` by client 1; others by clients of their own. */
  readonly transactions: string;
  /** All at once, or one after the other. */
  readonly order?: 'one after the other';
  /** At each level `ok`, or anomalies that must be among those found. */
  readonly levels: Partial<Record<IsolationLevel, Found>>;
}

function stepsOf(text: string, areRegisters: boolean): HistoryValue[] {
  return [...text.matchAll(/([arw])([a-z])([\d_]*)/g)].map(([, f = '', key = '', digits = '']): HistoryValue => {
    if (f !== 'r') return [f === 'a' ? 'append' : f, key, Number(digits)];
    return [f, key, !areRegisters ? digits.split('').map(Number) : digits === '_' ? null : Number(digits)];
  });
}

function historyOf({ transactions, order }: Case, areRegisters: boolean): HistoryEntry[] {
  const entries: HistoryEntry[] = [];
  const add = (process: string, type: HistoryEntry['type'], value: HistoryValue): void => {
    entries.push({ index: entries.length, time: entries.length, process, type, f: 'txn', value });
  };
  const parsed = transactions.split(' ').map((text, i) => {
    const [, mark = '', client = `own ${i}`, rest = ''] = /^([!?]?)(?:(\d)@)?(.*)$/.exec(text) ?? [];
    const value = stepsOf(rest, areRegisters);
    return { client, value, type: mark === '!' ? 'fail' as const : mark === '?' ? 'info' as const : 'ok' as const };
  });
  const asked = (value: readonly HistoryValue[]): HistoryValue => value.map((step) => {
    const [f, key, what] = step as readonly HistoryValue[];
    return [f ?? null, key ?? null, f === 'r' ? null : what ?? null];
  });
  if (order === undefined) for (const { client, value } of parsed) add(client, 'invoke', asked(value));
  for (const { client, value, type } of parsed) {
    if (order !== undefined) add(client, 'invoke', asked(value));
    add(client, type, value);
  }
  return entries;
}

const LISTS: Readonly<Record<string, Case>> = {
  'a cycle of writes': { transactions: 'ax1ay1 ax2ay2 rx12ry21', levels: { 'read-uncommitted': ['G0'] } },
  'a read of what aborted': { transactions: '!ax1 rx1', levels: { 'read-uncommitted': 'ok', 'read-committed': ['G1a'], 'repeatable-read': ['G1a'] } },
  'a read of what was intermediate': {
    transactions: 'ax1ax2 rx1', order: 'one after the other',
    levels: { 'read-uncommitted': 'ok', 'read-committed': ['G1b'], 'strict-serializable': ['G1b', 'G-single'] },
  },
  'information that flows in a circle': { transactions: 'ax1ry1 ax2ay1 rx12ry1', levels: { 'read-uncommitted': 'ok', 'read-committed': ['G1c'] } },
  'a single anti-dependency': {
    transactions: 'ax1ay1 ax2ry rx12', levels: { 'read-committed': 'ok', 'consistent-view': ['G-single'], 'repeatable-read': ['G-single'] },
  },
  'write skew': {
    transactions: 'ax1ry ay1rx',
    levels: { 'read-committed': 'ok', 'snapshot-isolation': 'ok', 'repeatable-read': ['G2-item'], serializable: ['G2-item'] },
  },
  'a snapshot older than its beginning': {
    transactions: 'ax1 ax2 rx1 rx12', order: 'one after the other',
    levels: { serializable: 'ok', 'strong-session-snapshot-isolation': 'ok', 'strong-snapshot-isolation': ['G-single-realtime'] },
  },
  'a snapshot older than its session': {
    transactions: '0@ax1 1@ax2 1@rx1 2@rx12', order: 'one after the other',
    levels: { serializable: 'ok', 'strong-session-snapshot-isolation': ['G-single-process'] },
  },
  'a long fork across a session (elle issue 17)': {
    transactions: '0@rxrz1 1@ax1 1@rz 2@az1', order: 'one after the other',
    levels: { serializable: 'ok', 'strong-session-snapshot-isolation': ['G-nonadjacent-process'] },
  },
  'a session that saw its own future (elle issue 21)': {
    transactions: '1@rx1ay1 2@ry1 2@ax1', order: 'one after the other',
    levels: { serializable: 'ok', 'strong-session-snapshot-isolation': ['G1c-process'] },
  },
  'orders that contradict each other': { transactions: 'ax1ry1 ax2 ax3ay1 rx13 rx123', levels: { 'read-committed': ['incompatible-order', 'G1c'] } },
  'a write over what aborted': { transactions: '!ax1 ax2 rx12', levels: { 'read-committed': ['G1a'] } },
  'a write over what aborted, with one between': { transactions: '!ax1 ?ax2 ax3 rx123', levels: { 'read-committed': ['G1a'] } },
  'an element that stands there twice': { transactions: 'ax1ry1 ax2ay1 rx121', levels: { 'read-committed': ['duplicate-elements', 'G1c'] } },
  'a read that contradicts its own transaction': { transactions: 'ax1ax2ax4 ax3rx1234', levels: { 'read-uncommitted': ['G0'], 'read-atomic': ['internal'] } },
  'writes that no read shows come last': { transactions: 'ax1ay1 ax2ay2 ax3ay3 rx12 ry2', levels: { serializable: ['G0', 'G-single'] } },
  'a long fork': {
    transactions: 'ax1 rx1ry ay1 ry1rx',
    levels: { 'consistent-view': 'ok', 'snapshot-isolation': ['long-fork'], 'repeatable-read': ['long-fork'] },
  },
  'a longer fork': {
    transactions: 'ax1at1 rx1ry ay1az2 rz2rt', levels: { 'consistent-view': 'ok', 'snapshot-isolation': ['long-fork'], 'repeatable-read': ['long-fork'] },
  },
  'anti-dependencies in a row, which snapshot isolation allows': { transactions: 'rx5ay1 ryaz2 rzat3 rt3au4 ruax5', levels: { 'snapshot-isolation': 'ok' } },
  'a circle that only anti-dependencies in a row close': {
    transactions: 'ax2 ay1rx rzryax5 az2rx2', order: 'one after the other', levels: { 'snapshot-isolation': 'ok', 'repeatable-read': ['G2-item'] },
  },
  'a lost update that nobody saw': {
    transactions: 'ax0 rx0ax1 rx0ax2', levels: { 'read-atomic': 'ok', 'consistent-view': ['lost-update'], serializable: ['lost-update', 'G2-item'] },
  },
  'one transaction that appends twice to what it read': { transactions: 'rxax1ax2 rx12', order: 'one after the other', levels: { 'strict-serializable': 'ok' } },
  'half of a transaction': { transactions: 'ax1ay1 rx1ry', levels: { 'read-committed': 'ok', 'consistent-view': ['G-single'], 'repeatable-read': ['G-single'] } },
  'a read of what its own transaction appends later': { transactions: 'rx1ax1', levels: { 'read-uncommitted': 'ok', 'read-committed': ['future-read'] } },
  'the same, among others': { transactions: '!ax7 ax0 ax2 rx012ax1', levels: { 'read-committed': ['future-read'] } },
  'the same, before the first of two': { transactions: 'ax0 rx01ax1ax5 rx015', levels: { 'read-uncommitted': 'ok', 'read-committed': ['future-read'] } },
  'the same, between its own appends': { transactions: 'ax1rx01ax0ax3', levels: { 'read-committed': ['future-read'] } },
  'reads of unknown outcome, which say nothing': { transactions: '?ax2ry ax1ay1 rx12ry1', levels: { 'strict-serializable': 'ok' } },
  'its own appends in what it reads': { transactions: 'ax1 ax2 rx12ax3rx123', order: 'one after the other', levels: { 'strict-serializable': 'ok' } },
  'nothing but an empty read': { transactions: 'rx', levels: { 'strict-serializable': 'ok' } },
};

const REGISTERS: Readonly<Record<string, Case>> = {
  'a read of what aborted': { transactions: '!wx1 rx1', levels: { 'read-committed': ['G1a'] } },
  'a read of what was intermediate': { transactions: 'wx1wx2 rx1', levels: { 'read-uncommitted': 'ok', 'read-committed': ['G1b'] } },
  'information that flows in a circle': { transactions: 'wx1ry1 wy1rx1', levels: { 'read-uncommitted': 'ok', 'read-committed': ['G1c'], serializable: ['G1c'] } },
  'the initial value read beside a later one': { transactions: 'rx_ry1 wy1wx2', levels: { 'read-committed': 'ok', serializable: ['G-single'] } },
  'versions ordered by who read before writing': { transactions: 'wy1 ry1wx1wy2 rx1ry1', levels: { 'read-committed': 'ok', serializable: ['G-single'] } },
  'a lost update': { transactions: 'wx0 rx0wx1 rx0wx2', levels: { 'read-atomic': 'ok', 'consistent-view': ['lost-update'], serializable: ['lost-update'] } },
  'a read that contradicts its own transaction': { transactions: 'wx1 wx2 rx1rx2', levels: { 'read-atomic': ['internal'] } },
  'a read of what its own transaction writes later': { transactions: 'rx1wx1', levels: { 'read-uncommitted': 'ok', 'read-committed': ['future-read'] } },
  'a session that went back': {
    transactions: '0@wx1 0@wx2 0@rx1', order: 'one after the other',
    levels: { serializable: 'ok', 'strong-session-serializable': ['G-single-process'], 'strict-serializable': ['G-single-process'] },
  },
  'a session that another went back behind': {
    transactions: '0@wx1 0@wx2wy1 1@ry1 1@rx1', order: 'one after the other', levels: { serializable: 'ok', 'strong-session-serializable': ['G-single-process'] },
  },
  'write skew': { transactions: 'wx0 wy0 rx0ry0wx1 rx0ry0wy1', levels: { 'snapshot-isolation': 'ok', serializable: ['G2-item'] } },
};

describe.each([['lists', LISTS], ['registers', REGISTERS]] as const)("Elle's verdicts on its own histories of %s", (kind, cases) => {
  for (const [name, story] of Object.entries(cases)) {
    for (const [level, found] of Object.entries(story.levels) as [IsolationLevel, Found][]) {
      it(`${name}: ${found === 'ok' ? 'allowed' : found.join(' and ')} under ${level}`, () => {
        const { verdict, anomalies, violated } = checkTransactions(historyOf(story, kind === 'registers'), { level });
        expect({ verdict, violated: violated.includes(level) }).toEqual({ verdict: found === 'ok' ? 'ok' : 'violation', violated: found !== 'ok' });
        expect(anomalies.map((anomaly) => anomaly.name)).toEqual(expect.arrayContaining(found === 'ok' ? [] : [...found]));
      });
    }
  }
});

describe("a single anti-dependency that Elle's own search does not find in time", () => {
  // A ring of a thousand transactions, the last of which does not see what the first wrote; from each of them hangs a tail that leads back by two
  // anti-dependencies in a row.
  const [ring, tail] = [1_000, 8];
  const append = (key: string, value: HistoryValue): HistoryValue => ['append', key, value];
  const read = (key: string, values: HistoryValue): HistoryValue => ['r', key, values];
  const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);
  const transactions: HistoryValue[][] = [
    ...upTo(ring).map((i) => [append('ring', i), i === 0 ? append('anti', 'first') : i === ring - 1 ? read('anti', []) : append(`tail ${i}`, 0)]),
    [read('ring', upTo(ring))],
    ...upTo(ring).slice(1, -1).flatMap((i) => [
      ...upTo(tail).slice(1).map((j) => [append(`tail ${i}`, j)]),
      [read(`tail ${i}`, upTo(tail)), read(`end ${i}`, [])],
      [append(`end ${i}`, 0), read('ring', [])],
    ]),
  ];
  const entries = transactions.flatMap((value, n) => (['invoke', 'ok'] as const).map((type, i): HistoryEntry => (
    { index: n * 2 + i, time: n * 2 + i, process: n < ring ? 'ring' : 'tails', type, f: 'txn', value }
  )));

  it.each(['snapshot-isolation', 'serializable', 'strict-serializable'] as const)('is found under %s, with the ring as its witness', (level) => {
    const { verdict, explanation, witness } = checkTransactions(entries, { level });
    expect({ verdict, size: witness.length }).toEqual({ verdict: 'violation', size: ring });
    expect(explanation).toMatch(/^G-single: T1 < T2, because T1 read anti=\[\] without T2's append of "first"/);
  });
});
