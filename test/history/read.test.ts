import { describe, expect, it } from 'vitest';
import { detectFormat, readHistories } from '../../src/history/read.ts';
import { InputError } from '../../src/kernel/errors.ts';

const only = (text: string) => {
  const [history, ...rest] = readHistories(text, 'h');
  expect(rest).toEqual([]);
  if (history === undefined) throw new Error('no history');
  return history;
};

const EDN_LINES = `{:process 0, :type :invoke, :f :append, :key "0", :value "a"}
{:process 0, :type :ok, :f :append, :key "0", :value "a"}
`;
const EDN_VECTOR = `; a comment
[{:process 4, :type :invoke, :f :write, :value 2}
 {:process 4, :type :ok, :f :write, :value 2}
 {:process :nemesis, :type :info, :f :start, :value nil}
 {:process 6, :type :invoke, :f :read, :value nil}
 {:process 6, :type :ok, :f :read, :value nil}]`;
const JSON_ARRAY = `[{"type":"invoke","f":"read","process":0,"time":11,"index":0},
{"type":"ok","f":"read","process":0,"time":12,"value":3,"index":1}]`;
const LOG = `INFO  jepsen.core - Worker 0 starting
INFO  jepsen.util - 0\t:invoke\t:cas\t[4 1]
INFO  jepsen.util - 1\t:invoke\t:read\tnil
INFO  jepsen.util - :nemesis\t:info\t:start\t"Cut off {:n1 #{:n2}}
INFO  jepsen.util - 0\t:fail\t:cas\t[4 1]
INFO  jepsen.util - 1\t:fail\t:read\t:timed-out
INFO  jepsen.util - 2\t:invoke\t:write\t3
INFO  jepsen.util - 2\t:info\t:write\t:timed-out
INFO  jepsen.util - 3\t:invoke\t:read\tnil
INFO  jepsen.util - 3\t:ok\t:read\tnil
`;
const LABELLED = `{"id":"a","ops":[{"p":0,"f":"cas","k":"x","v":[1,2],"call":0,"ret":3,"ok":false},{"p":1,"f":"write","k":"x","v":1,"call":1,"ret":null}],"verdicts":{"linearizable":true}}
{"id":"b","ops":[{"p":0,"f":"read","k":"x","v":1,"call":0,"ret":2}],"verdicts":{"linearizable":false,"sequential":false}}
`;

describe('readHistories', () => {
  it('finds out the format from the content', () => {
    expect([EDN_LINES, EDN_VECTOR, JSON_ARRAY, LOG, LABELLED].map(detectFormat)).toEqual(['edn', 'edn', 'json', 'jepsen-log', 'labelled']);
    expect(detectFormat('{"index":0,"process":1,"type":"invoke","f":"read","value":null}')).toBe('json-lines');
    expect(detectFormat('# Readme\n\nSome text.')).toBe(undefined);
    expect(detectFormat('Some text.')).toBe(undefined);
  });

  it('reads Jepsen EDN, a map a line', () => {
    expect(only(EDN_LINES).operations).toMatchObject([{ process: 0, f: 'append', key: '0', input: 'a', output: 'a', status: 'ok' }]);
  });

  it('reads Jepsen EDN in one vector, in which a read of nil says nothing', () => {
    expect(only(EDN_VECTOR).operations).toMatchObject([{ process: 4, f: 'write', input: 2 }]);
    expect(only(EDN_VECTOR).entries).toHaveLength(5);
  });

  it('reads Jepsen JSON', () => {
    expect(only(JSON_ARRAY)).toMatchObject({ format: 'json', operations: [{ f: 'read', output: 3, calledAt: 11, returnedAt: 12 }] });
  });

  it('takes the pairs of independent keys apart', () => {
    const { operations } = only(`{:process 0, :type :invoke, :f :write, :value [7 1]}
      {:process 0, :type :ok, :f :write, :value [7 1]}
      {:process 0, :type :invoke, :f :cas, :value [7 [1 2]]}
      {:process 0, :type :ok, :f :cas, :value [7 [1 2]]}
      {:process 0, :type :invoke, :f :read, :value ["k" nil]}
      {:process 0, :type :ok, :f :read, :value ["k" 5]}`);
    expect(operations).toMatchObject([{ key: 7, input: 1 }, { key: 7, input: [1, 2] }, { key: 'k', output: 5 }]);
  });

  it('leaves a plain cas register whole', () => {
    const { operations } = only(`{:process 0, :type :invoke, :f :cas, :value [7 1]}
      {:process 0, :type :ok, :f :cas, :value [7 1]}`);
    expect(operations).toMatchObject([{ key: undefined, input: [7, 1] }]);
  });

  it('reads a Jepsen log, in which a failed cas compared and a read of nil saw nil', () => {
    expect(only(LOG).operations).toMatchObject([
      { process: 0, f: 'cas', input: [4, 1], output: false, status: 'ok' },
      { process: 2, f: 'write', input: 3, status: 'info' },
      { process: 3, f: 'read', output: null, status: 'ok' },
    ]);
  });

  it('reads a write that "failed" by a timeout as unknown', () => {
    const { operations } = only('INFO  jepsen.util - 2 :invoke :write 3\nINFO  jepsen.util - 2 :fail :write :timed-out\n');
    expect(operations).toMatchObject([{ f: 'write', status: 'info' }]);
  });

  it("reads Jepsen's history.txt, the log without its prefix", () => {
    expect(only('0\t:invoke\t:read\tnil\n0\t:ok\t:read\t3\n').operations).toMatchObject([{ f: 'read', output: 3 }]);
  });

  it('reads several labelled histories from one file', () => {
    const [a, b] = readHistories(LABELLED, 'h');
    expect(a).toMatchObject({
      id: 'a', verdicts: { linearizable: true },
      operations: [{ f: 'cas', output: false, status: 'ok' }, { f: 'write', status: 'info', return: null }],
    });
    expect(b).toMatchObject({ id: 'b', verdicts: { linearizable: false, sequential: false }, operations: [{ output: 1 }] });
  });

  it('names file and line of what is wrong', () => {
    for (const [text, message] of [
      ...['', ' \n', '; a comment', '\uFEFF', '[]', ' [ ]\n', '()', '[ ; nothing\n]', '{:process :nemesis, :type :info, :f :start}',
        '[{"process":"nemesis","type":"info","f":"start"}]'].map((text) => [text, 'h:1: the history is empty: it holds no operation'] as const),
      ['hello\n', 'h:1: not a history'],
      [EDN_LINES.repeat(2).replace(':ok', ':done'), 'h:2: type must be invoke, ok, fail or info, got "done"'],
      [EDN_VECTOR.replace(':process 6, :type :ok', ':process 7, :type :ok'), 'h:6: process 7 completes read, but it had invoked nothing'],
      [EDN_VECTOR.slice(0, -1), "h:2: '[' is never closed"],
      [EDN_LINES.replace(':process 0, :type :ok', ':type :ok'), 'h:2: process must be a number or a name, got nothing'],
      [JSON_ARRAY.slice(0, -1), 'h:1: the array is never closed'],
      [JSON_ARRAY.replace('"index":1}', '"index":}'), 'h:2: not valid JSON'],
      [JSON_ARRAY.replace('"type":"ok"', '"type":"invoke"'), 'h:2: process 0 invokes read while its read has not completed'],
      ['{"type":"invoke","f":"read","process":0}\n{"type":"ok",', 'h:2: a value is never closed'],
      [`${LOG}INFO  jepsen.util - 4\t:invoke\n`, 'h:11: not an event'],
      [`${LOG}INFO  jepsen.util - 4\t:invoke\t:write\t[1\n`, 'h:11: the value cannot be read: [1'],
      [LABELLED.replace('"ret":2', '"ret":-1'), 'h:2: operation 0: ret must be null or an instant after call'],
      [LABELLED.replace('"p":1,', '"p":0,'), 'h:1: process 0 invokes write while its cas has not completed'],
    ] as const) {
      expect(() => readHistories(text, 'h')).toThrow(InputError);
      expect(() => readHistories(text, 'h')).toThrow(message);
    }
  });
});
