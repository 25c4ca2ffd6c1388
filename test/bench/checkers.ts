/**
 * The checkers' speed: on recorded etcd logs and key-value histories against Porcupine, run beside them where there is a `go`, or by its
 * figures for them, where SPLITBRAIN_HISTORIES names a folder that has them; and on histories that it makes itself: registers with unique values by zones, compare-and-set registers and key-value stores
 * by search, lists and queues without one, causal and sequential consistency, cycles of a million transactions, session
 * guarantees, and the witness of a planted violation.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CAUSAL_MODELS, checkCausalConsistency } from '../../src/checkers/causality/causal-consistency.ts';
import { checkSequentialConsistency } from '../../src/checkers/causality/sequential-consistency.ts';
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { ModelName } from '../../src/checkers/models/table.ts';
import { checkSessionGuarantees } from '../../src/checkers/session-guarantees.ts';
import { checkTransactions } from '../../src/checkers/transactions/transactions.ts';
import { pairOperations, type Operation } from '../../src/history/operation.ts';
import { readHistories } from '../../src/history/read.ts';
import type { HistoryEntry, HistoryValue } from '../../src/kernel/history.ts';
import { Random } from '../../src/kernel/random.ts';
import { openPorcupine } from '../differential/porcupine-oracle.ts';

/** Prints milliseconds and growth for each kind of check, the best of three runs. */
export function benchCheckers(print: (line: string) => void): Promise<void> {
  // First, so that the memory is its own.
  benchTransactions(print);
  benchRecorded(print);
  let previous = 0;
  for (const count of [10_000, 100_000, 1_000_000]) {
    const operations = pairOperations(makeHistory(registerClients(count, 1)));
    const ms = best(() => checkLinearizability(operations, { model: 'register' }));
    const growth = previous === 0 ? '' : `, ${(ms / previous).toFixed(1)}× for 10× the operations`;
    const goal = count === 1_000_000 ? `, ${(250 / ms).toFixed(1)}× as fast as a budget of 250 ms` : '';
    print(`checkers: register, unique values, ${thousands(count)} operations: ${ms.toFixed(1)} ms${growth}${goal}`);
    previous = ms;
  }
  const entries = makeHistory(registerClients(1_000_000, 100));
  print(`checkers: pairing ${thousands(entries.length)} entries: ${best(() => pairOperations(entries)).toFixed(0)} ms`);
  const sessions = pairOperations(makeHistory(registerClients(100_000, 100)));
  print(`checkers: session guarantees, 100,000 operations: ${best(() => checkSessionGuarantees(sessions)).toFixed(1)} ms`);
  report(print, 'cas-register', '1,000 operations, 8 clients', makeHistory(casClients(1_000)));
  report(print, 'kv', '100,000 operations on 1,000 keys', makeHistory(keyValueClients(100_000, 1_000, 8)));
  report(print, 'kv', '2,000 operations on 10 keys, 50 clients', makeHistory(keyValueClients(2_000, 10, 50)));
  report(print, 'append-list', '2,000 operations, 8 clients', makeHistory(listClients(2_000)));
  report(print, 'queue', '20,000 operations, 8 clients', makeHistory(queueClients(20_000)));
  benchOrders(print);
  const bad = spoil(pairOperations(makeHistory(casClients(1_000))));
  const verdict = checkLinearizability(bad, { model: 'cas-register' });
  const ms = best(() => checkLinearizability(bad, { model: 'cas-register' }));
  print(`checkers: cas-register, 1,000 operations, violation with a witness of ${verdict.witness.length}: ${ms.toFixed(1)} ms`);
  return Promise.resolve();
}

/**
 * The etcd logs and key-value histories that Porcupine is tested with, against Porcupine itself where there is a `go` to build it with;
 * else those of a folder of recorded histories against the figures written down there, which are another machine's.
 */
function benchRecorded(print: (line: string) => void): void {
  const porcupine = openPorcupine();
  if (typeof porcupine === 'string') {
    print(`checkers: Porcupine is missing: ${porcupine}`);
    benchRecordedFigures(print);
    return;
  }
  const recorded = porcupine.recorded();
  const answers = porcupine.ask(recorded.map(({ model, operations }) => ({ model, operations, repeat: RUNS_OF_PORCUPINE })));
  porcupine.close();
  for (const [kind, name] of [['jepsen', 'etcd logs'], ['kv', 'key-value histories']] as const) {
    const chosen = recorded.map((history, index) => ({ history, microseconds: answers[index]?.microseconds ?? 0 })).filter(({ history }) => history.name.startsWith(kind));
    const ms = best(() => chosen.forEach(({ history: { model, operations } }) => checkLinearizability(operations, { model })), RUNS_OF_PORCUPINE);
    const peer = chosen.reduce((sum, { microseconds }) => sum + microseconds, 0) / 1000;
    print(`checkers: ${chosen.length} ${name} of Porcupine's: ${ms.toFixed(1)} ms, Porcupine ${peer.toFixed(1)} ms on this machine (each the fastest of ${RUNS_OF_PORCUPINE}): ${(peer / ms).toFixed(2)}×`);
  }
}

const RUNS_OF_PORCUPINE = 10;

function benchRecordedFigures(print: (line: string) => void): void {
  const folder = process.env['SPLITBRAIN_HISTORIES'] ?? fileURLToPath(new URL('../../../shared/data/histories', import.meta.url));
  const expected = join(folder, 'expected.json');
  if (!existsSync(expected)) {
    print('checkers: etcd logs: SPLITBRAIN_HISTORIES names no folder with an expected.json');
    return;
  }
  const { files } = JSON.parse(readFileSync(expected, 'utf8')) as { files: Record<string, { porcupine_min_us?: number; model?: string }> };
  for (const [kind, model] of [['etcd', 'cas-register'], ['kv', 'kv']] as const) {
    const named = Object.entries(files).filter(([name, { porcupine_min_us: peer }]) => name.startsWith(`${kind}/`) && peer !== undefined);
    const histories = named.flatMap(([name]) => readHistories(readFileSync(join(folder, name), 'utf8'), name));
    const ms = best(() => histories.forEach(({ operations }) => checkLinearizability(operations, { model })), 10);
    const peer = named.reduce((sum, [, { porcupine_min_us: us = 0 }]) => sum + us, 0) / 1000;
    print(`checkers: ${histories.length} recorded ${kind} histories: ${ms.toFixed(1)} ms, Porcupine ${peer.toFixed(1)} ms (its recorded figures): ${(peer / ms).toFixed(2)}×`);
  }
}

function benchOrders(print: (line: string) => void): void {
  const operations = pairOperations(makeHistory(registerClients(20_000, 20)));
  for (const model of CAUSAL_MODELS) {
    const { verdict } = checkCausalConsistency(operations, { model });
    print(`checkers: ${model}, 20,000 operations, 8 clients: ${verdict}, ${best(() => checkCausalConsistency(operations, { model })).toFixed(1)} ms`);
  }
  const { verdict } = checkSequentialConsistency(operations, { model: 'register' });
  print(`checkers: sequential, 20,000 operations, 8 clients: ${verdict}, ${best(() => checkSequentialConsistency(operations, { model: 'register' })).toFixed(1)} ms`);
}

/** Serializable transactions of one to four steps; a key is given up after 32 appends, as Elle's generator does. */
function benchTransactions(print: (line: string) => void): void {
  let previous = 0;
  for (const count of [100_000, 1_000_000]) {
    const operations = listTransactions(count);
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const { verdict } = checkTransactions(operations);
    const ms = performance.now() - start;
    const memory = process.memoryUsage().rss;
    const growth = previous === 0 ? '' : `, ${(ms / previous).toFixed(1)}× for 10× the transactions`;
    print(`checkers: list-append, ${thousands(count)} transactions, strict serializability: ${verdict}, ${(ms / 1000).toFixed(2)} s${growth}, `
      + `${thousands(memory / 1e6)} MB in all (${thousands(Math.max(0, memory - before) / 1e6)} MB more than the history)`);
    previous = ms;
  }
}

function listTransactions(count: number): Operation[] {
  const random = Random.fromSeed(1);
  const lists = new Map<number, number[]>();
  const pending: ({ readonly call: number; readonly input: readonly Step[]; output: readonly HistoryValue[] | undefined } | undefined)[] = Array.from({ length: 16 });
  const operations: Operation[] = [];
  let [keys, value, position, started] = [0, 0, 0, 0];
  while (started < count || pending.some((one) => one !== undefined)) {
    const client = random.below(pending.length);
    const waiting = pending[client];
    if (waiting === undefined) {
      if (started >= count) continue;
      started++;
      const input = Array.from({ length: 1 + random.below(4) }, (): Step => {
        const key = keys + random.below(10);
        return random.chance(0.5) ? ['r', key, null] : ['append', key, value++];
      });
      pending[client] = { call: position++, input, output: undefined };
    } else if (waiting.output === undefined) {
      waiting.output = waiting.input.map(([f, key, element]) => {
        const list = lists.get(key) ?? [];
        if (f === 'r') return [f, key, list.slice()];
        list.push(element ?? 0);
        lists.set(key, list);
        if (list.length === 32) keys++;
        return [f, key, element];
      });
    } else {
      operations.push({ id: 0, process: client, f: 'txn', input: waiting.input, output: waiting.output, call: waiting.call, return: position++, status: 'ok' });
      pending[client] = undefined;
    }
  }
  return operations.sort((a, b) => a.call - b.call).map((operation, id) => ({ ...operation, id }));
}

type Step = readonly [f: string, key: number, value: number | null];

function report(print: (line: string) => void, model: ModelName, what: string, entries: readonly HistoryEntry[]): void {
  const operations = pairOperations(entries);
  const { verdict, cost } = checkLinearizability(operations, { model });
  const ms = best(() => checkLinearizability(operations, { model }));
  print(`checkers: ${model}, ${what}: ${verdict}, ${thousands(cost.steps)} steps, ${ms.toFixed(1)} ms`);
}

interface Workload {
  readonly count: number;
  readonly clients: number;
  readonly keys: number;
  /** A request, from chance and the number of requests so far. */
  request(random: Random, number: number): { f: string; value: HistoryValue };
  /** The next state and the answer. */
  answer(state: HistoryValue, f: string, value: HistoryValue): readonly [HistoryValue, HistoryValue];
}

function registerClients(count: number, keys: number): Workload {
  return {
    count, clients: 8, keys,
    request: (random, number) => (random.chance(0.5) ? { f: 'read', value: null } : { f: 'write', value: number }),
    answer: (state, f, value) => (f === 'read' ? [state, state] : [value, value]),
  };
}

function casClients(count: number): Workload {
  return {
    count, clients: 8, keys: 1,
    request: (random) => {
      const f = random.pick(['read', 'write', 'cas']);
      return { f, value: f === 'read' ? null : f === 'write' ? random.below(5) : [random.below(5), random.below(5)] };
    },
    answer: (state, f, value) => {
      if (f === 'read') return [state, state];
      if (f === 'write') return [value, value];
      const [from, to] = value as readonly [HistoryValue, HistoryValue];
      return from === state ? [to, true] : [state, false];
    },
  };
}

function keyValueClients(count: number, keys: number, clients: number): Workload {
  return {
    count, clients, keys,
    request: (random, number) => {
      const f = random.pick(['get', 'get', 'append', 'append', 'put']);
      return { f, value: f === 'get' ? null : `x ${number} y` };
    },
    answer: (state, f, value) => {
      const text = typeof state === 'string' ? state : '';
      if (f === 'get') return [text, text];
      return [f === 'put' ? value : text + (value as string), value];
    },
  };
}

function listClients(count: number): Workload {
  return {
    count, clients: 8, keys: 1,
    request: (random, number) => (random.chance(0.5) ? { f: 'read', value: null } : { f: 'append', value: number }),
    answer: (state, f, value) => {
      const list = Array.isArray(state) ? (state as readonly HistoryValue[]) : [];
      return f === 'read' ? [list, list] : [[...list, value], value];
    },
  };
}

function queueClients(count: number): Workload {
  let length = 0;
  return {
    count, clients: 8, keys: 1,
    // Never more takers than elements: nobody finds it empty.
    request: (random, number) => {
      if (length < 8 || random.chance(0.5)) {
        length++;
        return { f: 'enqueue', value: number };
      }
      length--;
      return { f: 'dequeue', value: null };
    },
    answer: (state, f, value) => {
      const list = Array.isArray(state) ? (state as readonly HistoryValue[]) : [];
      return f === 'enqueue' ? [[...list, value], value] : [list.slice(1), list[0] ?? null];
    },
  };
}

/** A linearizable history: each operation takes effect at a random event between its call and its return. */
function makeHistory(workload: Workload): HistoryEntry[] {
  const { count, clients, keys } = workload;
  const random = Random.fromSeed(1);
  const entries: HistoryEntry[] = [];
  const states = new Map<string, HistoryValue>();
  const open = new Map<number, { f: string; key: string; value: HistoryValue; answer: HistoryValue; done: boolean }>();
  let started = 0;
  while (started < count || open.size > 0) {
    const process = random.below(clients);
    const waiting = open.get(process);
    const index = entries.length;
    if (waiting === undefined) {
      if (started >= count) continue;
      const key = `k${random.below(keys)}`;
      const { f, value } = workload.request(random, started++);
      open.set(process, { f, key, value, answer: null, done: false });
      entries.push({ index, time: index, process, type: 'invoke', f, key, value });
    } else if (!waiting.done) {
      const [next, result] = workload.answer(states.get(waiting.key) ?? null, waiting.f, waiting.value);
      states.set(waiting.key, next);
      waiting.answer = result;
      waiting.done = true;
    } else {
      open.delete(process);
      entries.push({ index, time: index, process, type: 'ok', f: waiting.f, key: waiting.key, value: waiting.answer });
    }
  }
  return entries;
}

/** Makes a read near the end answer something else. */
function spoil(operations: readonly Operation[]): Operation[] {
  const victim = operations.findLastIndex(({ f, id }) => f === 'read' && id < operations.length - 50);
  return operations.map((operation, i) => (i === victim ? { ...operation, output: 4 - Number(operation.output) } : operation));
}

function best(run: () => unknown, rounds = 3): number {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function thousands(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}
