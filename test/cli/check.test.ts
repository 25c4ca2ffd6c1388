import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { messageOf, SplitbrainError } from '../../src/kernel/errors.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'splitbrain-check-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Runs the command as the command line does: a thrown error is one line and exit code 2. */
async function check(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = { out: (line: string) => void out.push(line), err: (line: string) => void err.push(line), progress: () => undefined, columns: 100, colour: false };
  try {
    return { code: await checkCommand.run(args, terminal), out, err };
  } catch (error) {
    if (!(error instanceof SplitbrainError)) throw error;
    return { code: 2, out, err: [...err, messageOf(error)] };
  }
}

const OK = `{:process 0, :type :invoke, :f :write, :value 1}
{:process 0, :type :ok, :f :write, :value 1}
`;
const BAD = `${OK}{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value 2}
`;
const MUTEX = `[{:process 0, :type :invoke, :f :acquire} {:process 0, :type :ok, :f :acquire}
 {:process 1, :type :invoke, :f :acquire} {:process 1, :type :ok, :f :acquire}]`;
/** Thirty concurrent appends, a put that may never have happened, and a get of an order that is hard to refute. */
const HARD = [
  '{:process 98, :type :invoke, :f :put, :key "k", :value "z"}',
  ...Array.from({ length: 30 }, (_, i) => `{:process ${i}, :type :invoke, :f :append, :key "k", :value "${String.fromCharCode(97 + i)}"}`),
  ...Array.from({ length: 30 }, (_, i) => `{:process ${i}, :type :ok, :f :append, :key "k", :value "${String.fromCharCode(97 + i)}"}`),
  '{:process 99, :type :invoke, :f :get, :key "k", :value nil}', '{:process 99, :type :ok, :f :get, :key "k", :value "zyx"}',
].join('\n');

describe('check', () => {
  it('prints a line a history and ends with 0 when all are in order', async () => {
    const { code, out } = await check(file('a.edn', OK), file('b.edn', OK));
    expect(code).toBe(0);
    expect(out).toHaveLength(2);
    expect(out[0]).toMatch(/a\.edn ok \(register\): 1 operation .* \d+\.\d ms$/);
  });

  it('ends with 1 on a violation, with the witness in words', async () => {
    const { code, out } = await check(file('a.edn', OK), file('b.edn', BAD));
    expect(code).toBe(1);
    expect(out[1]).toMatch(/b\.edn violation \(register\): process 1 read 2, which nobody ever wrote \[process 1 read 2\] /);
  });

  it('ends with 2 on unusable input, naming file and line, and still checks the rest', async () => {
    const path = file('a.edn', `${OK}{:process 0, :type :ok, :f :write, :value 1}\n`);
    const { code, out, err } = await check(path, file('b.edn', OK));
    expect(code).toBe(2);
    expect(err).toEqual([`${path}:3: process 0 completes write, but it had invoked nothing`]);
    expect(out).toHaveLength(1);
  });

  it('ends with 3 when the budget runs out', async () => {
    const { code, out } = await check(file('hard.edn', HARD), '--budget', '2000');
    expect(code).toBe(3);
    expect(out[0]).toMatch(/hard\.edn unknown \(kv\): the budget of 2000 steps ran out on key k/);
  });

  it('walks folders, skipping what is no history', async () => {
    file('store/b.edn', BAD);
    file('store/inner/a.log', 'INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  jepsen.util - 0\t:ok\t:read\tnil\n');
    file('store/notes.txt', 'nothing of interest');
    file('store/README.md', '# no');
    file('store/expected.json', '{"files":{}}');
    const { code, out, err } = await check(join(folder, 'store'));
    expect(code).toBe(1);
    expect(out.map((line) => line.replace(folder, '').split(' ')[0])).toEqual(['/store/b.edn', '/store/inner/a.log']);
    expect(err).toEqual([`${join(folder, 'store/notes.txt')}: skipped, not a history`]);
    file('empty/notes.md', '');
    mkdirSync(join(folder, 'void'));
    for (const bare of ['empty', 'void']) {
      expect(await check(join(folder, bare))).toEqual({ code: 2, out: [], err: [`no history in ${join(folder, bare)}`] });
    }
  });

  it('ends with 2 on a history without operations, however that is written', async () => {
    for (const text of ['', '\n', '[]', ' [ ] ', '()', '; nothing', '{:process :nemesis, :type :info, :f :start}']) {
      const path = file('nothing.json', text);
      expect(await check(path)).toEqual({ code: 2, out: [], err: [`${path}:1: the history is empty: it holds no operation`] });
    }
  });

  it('judges numbers beyond 2^53 by their digits', async () => {
    const lines = ['invoke write 9007199254740993', 'ok write 9007199254740993', 'invoke read null', 'ok read 9007199254740992'];
    const path = file('long.jsonl', lines.map((line) => line.replace(/(\w+) (\w+) (\w+)/, '{"process":0,"type":"$1","f":"$2","value":$3}')).join('\n'));
    expect((await check(path)).out[0]).toContain('violation (register): process 0 read 9007199254740992, which nobody ever wrote');
    expect((await check(path, '--initial', '9007199254740992')).out[0]).toContain('after process 0 had already written 9007199254740993');
    const only = file('read.jsonl', '{"process":0,"type":"invoke","f":"read"}\n{"process":0,"type":"ok","f":"read","value":9007199254740993}\n');
    expect((await check(only, '--initial', '9007199254740993')).code).toBe(0);
    expect((await check(only, '--initial', '"9007199254740993"')).code).toBe(1);
  });

  it('finds what nobody wrote whatever the budget', async () => {
    const path = file('a.edn', `${OK}${OK}${BAD}`);
    expect((await check(path, '--budget', '1')).out[0]).toContain('violation (register): process 1 read 2, which nobody ever wrote');
  });

  it('prints JSON lines with --json', async () => {
    const { code, out } = await check('--json', file('m.edn', MUTEX));
    expect(code).toBe(1);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({
      file: join(folder, 'm.edn'), format: 'edn', verdict: 'violation', model: 'mutex',
      witness: [{ f: 'acquire', process: 0 }, { f: 'acquire', process: 1 }], milliseconds: expect.any(Number) as number,
    });
  });

  it('takes the model and the initial value it is told', async () => {
    const path = file('r.jsonl', '{"index":0,"time":0,"process":"a","type":"invoke","f":"read","value":null}\n'
      + '{"index":1,"time":1,"process":"a","type":"ok","f":"read","value":5}\n');
    expect((await check(path)).code).toBe(1);
    expect((await check(path, '--initial', '5')).code).toBe(0);
    expect((await check(path, '--model', 'cas-register', '--initial', '5')).out[0]).toContain('(cas-register)');
  });

  it("finds out what a register of Jepsen's held at the start, which its histories do not say", async () => {
    const edn = (...operations: string[]): string => file('start.edn', operations.map((operation) => {
      const [f = '', asked = '', type = '', seen = ''] = operation.split(' ').map((word) => word.replaceAll('_', ' '));
      return `{:process 0 :type :invoke :f :${f} :value ${asked}}\n{:process 0 :type :${type} :f :${f} :value ${seen}}`;
    }).join('\n'));
    for (const [operations, words] of [
      // Compared with null: it was null.
      [['read nil ok nil', 'cas [nil_1] ok [nil_1]', 'cas [nil_2] fail [nil_2]', 'read nil ok 1'], 'ok (cas-register)'],
      [['cas [nil_1] ok [nil_1]', 'cas [nil_2] ok [nil_2]'], 'process 0 swapped from null to 2, but by then it could only be 1'],
      // Else 0, also where nothing is ever compared.
      [['cas [0_1] ok [0_1]', 'read nil ok 1'], 'ok (cas-register)'],
      [['read nil ok 0', 'write 3 ok 3', 'read nil ok 3'], 'ok (register)'],
      [['read nil ok 0', 'write 3 ok 3', 'write 0 ok 0'], 'violation (register)'],
      [['read nil ok 4', 'write 3 ok 3'], 'violation (register)'],
      // In Elle's words null is what nobody has written yet; in those of Knossos it says nothing.
      [['txn [[:w_:x_2]] ok [[:w_:x_2]]', 'txn [[:r_:x_nil]] ok [[:r_:x_nil]]'], 'violation (multi-register)'],
      [['txn [[:r_:x_nil]] ok [[:r_:x_nil]]', 'txn [[:w_:x_2]] ok [[:w_:x_2]]'], 'ok (multi-register)'],
      [['txn [[:write_:x_2]] ok [[:write_:x_2]]', 'txn [[:read_:x_nil]] ok [[:read_:x_nil]]'], 'ok (multi-register)'],
      [['txn [[:read_:x_nil]] ok [[:read_:x_0]]'], 'ok (multi-register)'],
      // Lists, though nobody appends.
      [['txn [[:r_:x_nil]] ok [[:r_:x_[]]]'], 'ok (list-append, strict-serializable)'],
    ] as const) {
      expect({ operations, said: (await check(edn(...operations))).out[0] }).toEqual({ operations, said: expect.stringContaining(words) as string });
    }
  });

  it('judges transactions over registers exactly, and by the anomalies of Elle where that takes too long', async () => {
    const history = (name: string, ...transactions: readonly (readonly [process: number, steps: readonly (readonly [string, string, number | null])[]])[]): string => {
      const lines: string[] = [];
      const write = (process: number, type: string, value: unknown): void => {
        lines.push(JSON.stringify({ index: lines.length, time: lines.length, process, type, f: 'txn', value }));
      };
      // Forty writers at once, ten of a key; those who read see of each key the one that began first.
      for (let p = 0; p < 40; p++) write(p, 'invoke', [['w', `k${p % 4}`, p]]);
      for (let p = 0; p < 40; p++) write(p, 'ok', [['w', `k${p % 4}`, p]]);
      for (const [process, steps] of transactions) {
        write(process, 'invoke', steps.map(([f, key, value]) => [f, key, f === 'r' ? null : value]));
        write(process, 'ok', steps);
      }
      return file(name, `${lines.join('\n')}\n`);
    };
    const all = [0, 1, 2, 3].map((k) => ['r', `k${k}`, k] as const);
    expect((await check(history('few.jsonl', [0, [['r', 'k0', 36]]]))).out[0]).toContain('ok (multi-register)');
    expect((await check(history('many.jsonl', [0, all]))).out[0]).toContain('ok (rw-register, strict-serializable)');
    expect((await check(history('gone.jsonl', [0, all], [1, [['r', 'k0', null]]]))).out[0]).toContain('violation (rw-register, strict-serializable): G-single-realtime');
    expect((await check(history('asked.jsonl', [0, all]), '--model', 'multi-register', '--budget', '1000')).out[0]).toContain('unknown (multi-register)');
  });

  it('judges by the checker it is told, with what that is told', async () => {
    const past = file('past.jsonl', [['a', 'write', 1], ['b', 'read', null]].map(([process, f, value], i) => [
      { index: i * 2, time: 0, process, type: 'invoke', f, key: 'x', value }, { index: i * 2 + 1, time: 0, process, type: 'ok', f, key: 'x', value },
    ].map((entry) => JSON.stringify(entry)).join('\n')).join('\n'));
    const txn = file('txn.edn', '{:process 0 :type :invoke :f :txn :value [[:append 1 1]]}\n{:process 0 :type :ok :f :txn :value [[:append 1 1]]}\n'
      + '{:process 1 :type :invoke :f :txn :value [[:r 1 nil]]}\n{:process 1 :type :ok :f :txn :value [[:r 1 []]]}');
    const bank = file('bank.edn', '{:process 0 :type :invoke :f :read}\n{:process 0 :type :ok :f :read :value {0 12, 1 -2}}');
    for (const [args, code, words] of [
      [[past], 1, 'violation (register)'],
      [[past, '--checker', 'sequential'], 0, 'ok (sequential register)'],
      [[past, '--checker', 'causal-memory'], 0, 'ok (causal-memory)'],
      [[past, '--checker', 'staleness', '--k', '2'], 0, 'ok (2-atomicity)'],
      [[past, '--checker', 'staleness'], 1, 'violation (1-atomicity)'],
      [[past, '--checker', 'lost-writes'], 1, 'violation (lost writes)'],
      [[past, '--checker', 'liveness', '--healed-at', '0s'], 0, 'ok (liveness)'],
      [[txn], 1, 'violation (list-append, strict-serializable): G-single-realtime'],
      [[txn, '--level', 'serializable'], 0, 'ok (list-append, serializable)'],
      [[bank], 1, 'account 1 holds -2'],
      [[bank, '--checker', 'bank'], 1, 'account 1 holds -2'],
      [[bank, '--checker', 'bank', '--negative-balances', '--total', '10'], 0, 'ok (bank)'],
    ] as const) {
      const { out, ...rest } = await check(...args);
      expect({ args, ...rest }).toEqual({ args, code, err: [] });
      expect(out[0]).toContain(words);
    }
  });

  it('says in one line why it cannot start', async () => {
    const path = file('a.edn', OK);
    const bank = file('bank.edn', '{:process 0, :type :invoke, :f :transfer}');
    for (const [args, message] of [
      [[], 'check: name a file or folder'],
      [['--frobnicate', path], "check: Unknown option '--frobnicate'"],
      [[path, '--model', 'bank'], "check: unknown model 'bank' (models: register"],
      [[path, '--checker', 'elle'], "check: unknown checker 'elle' (linearizability, sequential"],
      [[path, '--level', 'snapshot'], "check: unknown level 'snapshot' (read-uncommitted"],
      [[path, '--checker', 'transactions'], 'a.edn:1: a transaction is a list of [r|w|append, key, value]; operation 0 (write)'],
      [[path, '--checker', 'staleness', '--delta', 'soon'], 'delta'],
      [[path, '--checker', 'liveness'], 'healedAt must be an instant, got nothing'],
      [[path, '--budget', 'many'], "--budget takes a whole number, got 'many'"],
      [[path, '--initial', '{'], 'check: --initial must be JSON, got {'],
      [[join(folder, 'nope')], 'there is no such file or folder'],
      [[bank], 'bank.edn:1: no model has all of its operations (transfer); name one with --model'],
      [[path, '--model', 'mutex'], "a.edn:1: the model mutex cannot take operation 0: it has no operation 'write'"],
      [['--expect', path], 'a.edn:1: not valid JSON'],
      [['--expect', join(folder, 'nope.json')], 'nope.json: cannot be read'],
    ] as const) {
      const { code, err, out } = await check(...args);
      expect({ message, code, out, errors: err.length }).toEqual({ message, code: 2, out: [], errors: 1 });
      expect(err[0]).toContain(message);
    }
  });
});

describe('check --expect', () => {
  const labelled = `{"id":"a","ops":[{"p":0,"f":"read","k":"x","v":null,"call":0,"ret":1}],"verdicts":{"linearizable":true,"sequential":true}}
{"id":"b","ops":[{"p":0,"f":"read","k":"x","v":1,"call":0,"ret":1}],"verdicts":{"linearizable":false}}
`;
  function expected(files: Record<string, unknown>): string {
    return file('set/expected.json', JSON.stringify({ files }));
  }

  it('compares with known verdicts and counts what it cannot judge', async () => {
    file('set/one/a.edn', OK);
    file('set/one/b.edn', BAD);
    file('set/tiny.jsonl', labelled);
    const { code, out } = await check('--expect', expected({
      'one/a.edn': { linearizable: true, model: 'cas-register', initial: 0 },
      'one/b.edn': { linearizable: false, model: 'register (a plain one)' },
      'one/bank.edn': { valid: true, checker: 'adya' },
      'tiny.jsonl': { model: 'register / cas-register per key', verdict_counts: {} },
    }));
    expect(out.at(-1)).toBe('5 agree, 0 differ, 1 not supported');
    expect(out[0]).toMatch(/^one\/a\.edn ok ok \d+\.\dms$/);
    expect(out[1]).toMatch(/^one\/b\.edn violation violation \d+\.\dms$/);
    expect(out[2]).toBe('one/bank.edn not supported: adya');
    expect(out[3]).toMatch(/^tiny\.jsonl ok×1\+violation×1 ok×1\+violation×1 /);
    expect(code).toBe(0);
  });

  it('ends with 1 when one differs', async () => {
    file('set/a.edn', OK);
    const { code, out } = await check('--expect', expected({ 'a.edn': { linearizable: false, model: 'register' } }));
    expect(code).toBe(1);
    expect(out).toEqual([expect.stringMatching(/^a\.edn ok violation .* DIFFERS/), '0 agree, 1 differ, 0 not supported']);
  });

  it('ends with 2 when a file is missing, and checks the others', async () => {
    file('set/a.edn', OK);
    const path = expected({ 'gone.edn': { linearizable: true, model: 'register' }, 'a.edn': { linearizable: true, model: 'register' } });
    const { code, out, err } = await check('--expect', path);
    expect(code).toBe(2);
    expect(err).toEqual([expect.stringContaining('gone.edn: cannot be read')]);
    expect(out.at(-1)).toBe('1 agree, 0 differ, 0 not supported');
  });

  it('checks only below the paths that are given', async () => {
    file('set/one/a.edn', OK);
    file('set/two/a.edn', OK);
    const path = expected({ 'one/a.edn': { linearizable: true, model: 'register' }, 'two/a.edn': { linearizable: true, model: 'register' } });
    for (const [paths, last] of [
      [['set/one'], '1 agree, 0 differ, 0 not supported'],
      [['set/one/'], '1 agree, 0 differ, 0 not supported'],
      [['set/two/a.edn'], '1 agree, 0 differ, 0 not supported'],
      [['set/two/a.edn', 'set/one'], '2 agree, 0 differ, 0 not supported'],
      [['set/one', 'set'], '2 agree, 0 differ, 0 not supported'],
    ] as const) {
      const { code, out } = await check(...paths.map((one) => join(folder, one)), '--expect', path);
      expect({ paths, code, last: out.at(-1), lines: out.length }).toEqual({ paths, code: 0, last, lines: Number(last[0]) + 1 });
    }
  });

  it('refuses a path that names none of its histories', async () => {
    file('set/one/a.edn', OK);
    file('set/onerous/b.edn', OK);
    const path = expected({ 'one/a.edn': { linearizable: true, model: 'register' } });
    for (const wanted of ['set/onerous', 'set/onerous/b.edn', 'set/nowhere', 'set/on', 'set/one/a.edn/x']) {
      const { code, out, err } = await check(join(folder, 'set/one'), join(folder, wanted), '--expect', path);
      expect({ wanted, code, out, err }).toEqual({ wanted, code: 2, out: [], err: [`${join(folder, wanted)}: ${path} names no history there`] });
    }
  });

  it('refuses a file with a malformed entry, naming it, before anything is compared', async () => {
    file('set/a.edn', OK);
    const good = { 'a.edn': { linearizable: true, model: 'register' } };
    for (const [made, message] of [
      ['{}', ':1: it must hold { "files": { PATH: { linearizable, model } } }'],
      ['null', ':1: it must hold { "files"'],
      ['{"files":[]}', ':1: it must hold { "files"'],
      ['{"files":"a.edn"}', ':1: it must hold { "files"'],
      [JSON.stringify({ files: { ...good, 'b.edn': { linearizable: 'yes', model: 'register' } } }),
        ': the entry of b.edn has linearizable: "yes", which must be true or false'],
      [JSON.stringify({ files: { ...good, 'b.edn': { linearizable: null, model: 'register' } } }),
        ': the entry of b.edn has linearizable: null, which must be true or false'],
      [JSON.stringify({ files: { ...good, 'b.edn': { linearizable: true, model: 3 } } }), ': the entry of b.edn has model: 3, which must be a text'],
      [JSON.stringify({ files: { ...good, 'b.jsonl': { verdict_counts: 5 } } }), ': the entry of b.jsonl has verdict_counts: 5, which must be a record'],
      [JSON.stringify({ files: { ...good, 'b.edn': true } }), ': the entry of b.edn must be a record, got true'],
      [JSON.stringify({ files: { ...good, 'b.edn': [] } }), ': the entry of b.edn must be a record, got []'],
      [JSON.stringify({ files: { ...good, 'b.edn': null } }), ': the entry of b.edn must be a record, got null'],
    ] as const) {
      const path = file('set/expected.json', made);
      const { code, out, err } = await check('--expect', path);
      expect({ made, code, out, errors: err.length }).toEqual({ made, code: 2, out: [], errors: 1 });
      expect(err[0]).toContain(path + message);
    }
  });

  it('reads what an entry says of its checker', async () => {
    const txn = (...steps: string[]): string => steps.map((step, i) => `{:process ${i} :type :invoke :f :txn :value ${step}}\n{:process ${i} :type :ok :f :txn :value ${step}}`).join('\n');
    file('set/stale.edn', txn('[[:append 1 1]]', '[[:r 1 []]]', '[[:r 1 [1]]]'));
    file('set/overdrawn.json', '[{"process":0,"type":"invoke","f":"read"},{"process":0,"type":"ok","f":"read","value":{"0":12,"1":-2}}]');
    file('set/added.edn', '{:process 0 :type :invoke :f :add :value 1}\n{:process 0 :type :ok :f :add :value 1}');
    const { code, out } = await check('--expect', expected({
      'stale.edn': { valid: false, checker: 'elle list-append, strict-serializable' },
      'overdrawn.json': { valid: true, checker: 'bank (negative balances allowed)' },
      'added.edn': { valid: 'unknown', checker: 'set (final read)' },
    }));
    expect({ code, last: out.at(-1) }).toEqual({ code: 0, last: '3 agree, 0 differ, 0 not supported' });
    const other = await check('--expect', expected({
      'stale.edn': { valid: true, checker: 'elle list-append, serializable' },
      'overdrawn.json': { valid: false, checker: 'bank, negative balances not allowed' },
      'added.edn': { valid: true, checker: 'set' },
    }));
    expect({ code: other.code, last: other.out.at(-1) }).toEqual({ code: 3, last: '2 agree, 0 differ, 0 not supported' });
  });

  it('refuses --model, for the file names the models', async () => {
    file('set/a.edn', OK);
    const { code, out, err } = await check('--model', 'register', '--expect', expected({ 'a.edn': { linearizable: true, model: 'register' } }));
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toEqual(['check: --model and --expect exclude each other: the file names the model of each history']);
  });

  it('counts a verdict for which the budget ran out neither as agreeing nor as differing', async () => {
    file('set/a.edn', OK);
    file('set/b.edn', BAD);
    file('set/hard.edn', HARD);
    const hard = { 'hard.edn': { linearizable: false, model: 'kv' } };
    const unknown = await check('--budget', '2000', '--expect', expected({ ...hard, 'a.edn': { linearizable: true, model: 'register' } }));
    expect(unknown.out).toEqual([
      expect.stringMatching(/^hard\.edn unknown violation \d+\.\dms {2}UNKNOWN: the budget of 2000 steps ran out/),
      expect.stringMatching(/^a\.edn ok ok /), '1 agree, 0 differ, 0 not supported',
    ]);
    expect(unknown).toMatchObject({ code: 3, err: ['1 verdict unknown: the budget ran out (--budget STEPS raises it)'] });
    const worse = await check('--budget', '2000', '--json', '--expect', expected({ ...hard, 'b.edn': { linearizable: true, model: 'register' } }));
    expect(worse.code).toBe(1);
    expect(worse.out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { file: 'hard.edn', verdict: 'unknown', agrees: null }, { file: 'b.edn', agrees: false }, { agree: 0, differ: 1, unknown: 1, notSupported: 0 },
    ]);
  });

  it('says so when nothing was compared, and is content only if all of it is not supported', async () => {
    const last = '0 agree, 0 differ, 1 not supported';
    const entries = [
      { valid: true, checker: 'adya' }, { valid: 'unknown', model: null }, { linearizable: true, model: 'bank' }, { linearizable: true }, {},
    ];
    for (const entry of entries) {
      const path = expected({ 'bank.edn': entry });
      expect(await check('--expect', path)).toMatchObject({ code: 0, err: [`nothing was compared: no entry of ${path} is supported`] });
      expect((await check('--expect', path)).out.at(-1)).toBe(last);
    }
    const none = expected({});
    expect(await check('--expect', none)).toEqual({
      code: 2, out: ['0 agree, 0 differ, 0 not supported'], err: [`nothing was compared: ${none} names no verdict`],
    });
    const gone = expected({ 'gone.edn': { linearizable: true, model: 'register' } });
    expect(await check('--expect', gone)).toMatchObject({
      code: 2, err: [expect.stringContaining('gone.edn: cannot be read'), 'nothing was compared: 1 entry could not be read'],
    });
  });

  it('finds what lies below a path also through a symbolic link', async () => {
    file('set/one/a.edn', OK);
    const path = expected({ 'one/a.edn': { linearizable: true, model: 'register' } });
    symlinkSync(join(folder, 'set'), join(folder, 'link'));
    for (const wanted of ['link', 'link/one', 'link/one/a.edn']) {
      expect((await check(join(folder, wanted), '--expect', path)).out.at(-1)).toBe('1 agree, 0 differ, 0 not supported');
    }
    expect((await check('--expect', join(folder, 'link/expected.json'), join(folder, 'set/one'))).code).toBe(0);
  });
});
