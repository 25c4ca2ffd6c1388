import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatJsonLines, readJsonEntries } from '../../src/history/json-lines.ts';
import { readHistories } from '../../src/history/read.ts';
import { RequestTimeoutError } from '../../src/kernel/errors.ts';
import { History, type HistoryEntry } from '../../src/kernel/history.ts';
import { micros } from '../../src/kernel/units.ts';

it('reads back what it printed, byte for byte and entry for entry', () => {
  const entry = fc.record({
    index: fc.nat(), time: fc.nat(), process: fc.oneof(fc.string(), fc.nat()), type: fc.constantFrom('invoke', 'ok', 'fail', 'info'),
    f: fc.string(), key: fc.oneof(fc.string(), fc.integer()), value: fc.jsonValue(), error: fc.string(),
    version: fc.oneof(fc.integer(), fc.constant(null), fc.dictionary(fc.string(), fc.nat())), node: fc.string(),
  }, { requiredKeys: ['index', 'time', 'process', 'type', 'f', 'value'] });
  fc.assert(fc.property(fc.array(entry, { minLength: 1 }), (entries) => {
    const text = formatJsonLines(entries as HistoryEntry[]);
    expect(formatJsonLines(readJsonEntries(text, 'h').entries)).toBe(formatJsonLines(entries.map((one) => ({
      index: one.index, time: one.time, process: one.process, type: one.type, f: one.f, ...pick(one, 'key'), value: one.value,
      ...pick(one, 'error'), ...pick(one, 'version'), ...pick(one, 'node'),
    })) as HistoryEntry[]));
  }), { seed: 5, numRuns: 200 });
});

function pick<T extends object, K extends keyof T>(record: T, name: K): Partial<Pick<T, K>> {
  return Object.hasOwn(record, name) ? { [name]: record[name] } as Pick<T, K> : {};
}

it('reads a recorded history as the operations it recorded', () => {
  let now = 0;
  const history = new History(() => micros(now++));
  history.ok(history.invoke('alice', 'write', 'cart', 'milk'), { version: 7, node: 'n1' });
  history.failed(history.invoke('bob', 'write', 'cart', 'eggs'), new RequestTimeoutError('put cart'));
  history.ok(history.invoke('alice', 'read', 'cart'), { value: null, version: null });
  const text = formatJsonLines(history);
  const [read] = readHistories(text, 'h.jsonl');
  expect(read?.entries).toEqual(history.entries);
  expect(read?.operations).toMatchObject([
    { process: 'alice', f: 'write', version: 7, node: 'n1' }, { process: 'bob', status: 'info' }, { f: 'read', output: null, version: null },
  ]);
});
