/**
 * The checkers' speed on histories that it makes itself: registers with unique values by zones, compare-and-set registers and
 * key-value stores by search, session guarantees, and the witness of a planted violation.
 *
 * @module
 */
import { checkLinearizability } from '../../src/checkers/linearizability.ts';
import type { ModelName } from '../../src/checkers/models/table.ts';
import { checkSessionGuarantees } from '../../src/checkers/session-guarantees.ts';
import { pairOperations, type Operation } from '../../src/history/operation.ts';
import type { HistoryEntry, HistoryValue } from '../../src/kernel/history.ts';
import { Random } from '../../src/kernel/random.ts';

/** Prints milliseconds and growth for each kind of check, the best of three runs. */
export function benchCheckers(print: (line: string) => void): Promise<void> {
  let previous = 0;
  for (const count of [10_000, 100_000, 1_000_000]) {
    const operations = pairOperations(makeHistory(registerClients(count, 1)));
    const ms = best(() => checkLinearizability(operations, { model: 'register' }));
    const growth = previous === 0 ? '' : `, ${(ms / previous).toFixed(1)}× for 10× the operations`;
    print(`checkers: register, unique values, ${thousands(count)} operations: ${ms.toFixed(1)} ms${growth}`);
    previous = ms;
  }
  const entries = makeHistory(registerClients(1_000_000, 100));
  print(`checkers: pairing ${thousands(entries.length)} entries: ${best(() => pairOperations(entries)).toFixed(0)} ms`);
  const sessions = pairOperations(makeHistory(registerClients(100_000, 100)));
  print(`checkers: session guarantees, 100,000 operations: ${best(() => checkSessionGuarantees(sessions)).toFixed(1)} ms`);
  report(print, 'cas-register', '1,000 operations, 8 clients', makeHistory(casClients(1_000)));
  report(print, 'kv', '100,000 operations on 1,000 keys', makeHistory(keyValueClients(100_000, 1_000, 8)));
  report(print, 'kv', '2,000 operations on 10 keys, 50 clients', makeHistory(keyValueClients(2_000, 10, 50)));
  const bad = spoil(pairOperations(makeHistory(casClients(1_000))));
  const verdict = checkLinearizability(bad, { model: 'cas-register' });
  const ms = best(() => checkLinearizability(bad, { model: 'cas-register' }));
  print(`checkers: cas-register, 1,000 operations, violation with a witness of ${verdict.witness.length}: ${ms.toFixed(1)} ms`);
  return Promise.resolve();
}

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

function best(run: () => unknown): number {
  let least = Infinity;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function thousands(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}
