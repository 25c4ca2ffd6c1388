import { describe, expect, it } from 'vitest';
import { pairOperations } from '../../src/history/operation.ts';
import { InputError } from '../../src/kernel/errors.ts';
import { History, type HistoryEntry, type HistoryEntryType, type HistoryValue } from '../../src/kernel/history.ts';
import { micros } from '../../src/kernel/units.ts';

function entries(...rows: readonly (readonly [string | number, HistoryEntryType, string, HistoryValue])[]): HistoryEntry[] {
  return rows.map(([process, type, f, value], index) => ({ index, time: index * 10, process, type, f, value }));
}

describe('pairOperations', () => {
  it('pairs each invocation with its completion, in order of invocation', () => {
    const operations = pairOperations(entries(
      ['a', 'invoke', 'write', 1], ['b', 'invoke', 'read', null], ['b', 'ok', 'read', 1], ['a', 'ok', 'write', 1],
    ));
    expect(operations).toMatchObject([
      { id: 0, process: 'a', f: 'write', input: 1, output: 1, call: 0, return: 3, status: 'ok', calledAt: 0, returnedAt: 30 },
      { id: 1, process: 'b', f: 'read', input: null, output: 1, call: 1, return: 2, status: 'ok', calledAt: 10, returnedAt: 20 },
    ]);
  });

  it('keeps what is unknown or never completed pending for ever, and lets its process go on', () => {
    const operations = pairOperations(entries(
      ['a', 'invoke', 'write', 1], ['a', 'info', 'write', 1], ['a', 'invoke', 'write', 2],
    ));
    expect(operations).toMatchObject([{ input: 1, status: 'info', return: null }, { input: 2, status: 'info', return: null }]);
  });

  it('drops what failed', () => {
    const operations = pairOperations(entries(['a', 'invoke', 'write', 1], ['a', 'fail', 'write', 1], ['a', 'invoke', 'read', null]));
    expect(operations).toMatchObject([{ id: 0, f: 'read' }]);
  });

  it('tells a cas that swapped from one that did not match, where the format or the answer says so', () => {
    const failed = entries(['a', 'invoke', 'cas', [1, 2]], ['a', 'fail', 'cas', [1, 2]]);
    expect(pairOperations(failed)).toEqual([]);
    expect(pairOperations(failed, { failedCas: 'mismatch' })).toMatchObject([{ f: 'cas', output: false, status: 'ok' }]);
    expect(pairOperations(entries(['a', 'invoke', 'cas', [1, 2]], ['a', 'ok', 'cas', [1, 2]]))).toMatchObject([{ output: true }]);
    expect(pairOperations(entries(['a', 'invoke', 'cas', [1, 2]], ['a', 'ok', 'cas', false]))).toMatchObject([{ output: false }]);
  });

  it('drops a read of null only where the format says that it tells nothing', () => {
    const read = entries(['a', 'invoke', 'read', null], ['a', 'ok', 'read', null]);
    expect(pairOperations(read)).toHaveLength(1);
    expect(pairOperations(read, { nullRead: 'nothing' })).toEqual([]);
  });

  it('leaves the nemesis out', () => {
    expect(pairOperations(entries(['nemesis', 'info', 'start', null], ['nemesis', 'info', 'stop', null]))).toEqual([]);
  });

  it('refuses a process that does two things at a time, or completes what it did not ask', () => {
    expect(() => pairOperations(entries(['a', 'invoke', 'read', null], ['a', 'invoke', 'write', 1]))).toThrow(InputError);
    expect(() => pairOperations(entries(['a', 'invoke', 'read', null], ['a', 'invoke', 'write', 1])))
      .toThrow('entry 1: process a invokes write while its read has not completed');
    expect(() => pairOperations(entries(['a', 'ok', 'read', 1]))).toThrow('entry 0: process a completes read, but it had invoked nothing');
    expect(() => pairOperations(entries(['a', 'invoke', 'read', null], ['a', 'ok', 'write', 1]), { where: (n) => `f:${n + 1}` }))
      .toThrow('f:2: process a completes write, but it had invoked read');
  });

  it('takes version and node from the completion', () => {
    const history = new History(() => micros(5));
    const invocation = history.invoke('a', 'read', 'x');
    history.ok(invocation, { value: 1, version: { n1: 2 }, node: 'n1' });
    expect(pairOperations(history)).toMatchObject([{ key: 'x', version: { n1: 2 }, node: 'n1', calledAt: 5 }]);
  });
});
