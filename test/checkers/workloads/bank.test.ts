import { expect, it } from 'vitest';
import { checkBank } from '../../../src/checkers/workloads/bank.ts';
import type { HistoryEntry, HistoryValue } from '../../../src/kernel/history.ts';

function reads(...balances: HistoryValue[]): HistoryEntry[] {
  return balances.flatMap((value, i): HistoryEntry[] => [
    { index: i * 2, time: i, process: 0, type: 'invoke', f: 'read', value: null }, { index: i * 2 + 1, time: i, process: 0, type: 'ok', f: 'read', value },
  ]);
}

it('takes the total from the first read, and wants it in every other', () => {
  expect(checkBank(reads({ a: 5, b: 5 }, { a: 3, b: 7 })).verdict).toBe('ok');
  expect(checkBank(reads({ a: 5, b: 5 }, { a: 3, b: 5 }))).toMatchObject({
    verdict: 'violation', witness: [{ id: 1 }], explanation: 'process 0 read {"a":3,"b":5}: the total is 8 where it must be 10',
  });
  expect(checkBank(reads({ a: 5, b: 5 }), { total: 11 }).verdict).toBe('violation');
  expect(checkBank(reads({ a: 5, b: 5 }, { a: 10 })).verdict).toBe('ok');
  expect(checkBank(reads({ a: 5, b: 5 }, { a: 9 })).explanation).toContain('account b is missing');
});

it('forbids a balance below zero unless told otherwise', () => {
  expect(checkBank(reads({ a: 11, b: -1 })).explanation).toContain('account b holds -1, and no balance may be negative');
  expect(checkBank(reads({ a: 11, b: -1 }), { negativeBalances: true }).verdict).toBe('ok');
});

it('is unknown where nobody read, and refuses what are no balances', () => {
  expect(checkBank(reads()).verdict).toBe('unknown');
  expect(() => checkBank(reads([1, 2]))).toThrow('a read of a bank answers { account: balance }; operation 0: it answered [1,2]');
});
