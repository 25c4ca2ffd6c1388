/**
 * Convergence: once faults are healed and messages drained, every replica of a key holds the same value.
 *
 * @module
 */
import { UsageError } from '../kernel/errors.ts';
import type { HistoryValue } from '../kernel/history.ts';
import { inWords as shown, isLoose, isName, isPlain, itemsOf } from './checker-input.ts';
import { canonical } from './value.ts';
import { printable, type Verdict } from './verdict.ts';
import { counted, showValue } from './wording.ts';

/** What one node holds under one key; null = nothing. */
export interface ReplicaState {
  readonly node: string;
  readonly key: string | number;
  readonly value: HistoryValue;
}

/** A key whose replicas differ: each value, with the nodes that hold it. */
export interface Divergence {
  readonly key: string | number;
  readonly holders: readonly { readonly value: HistoryValue; readonly nodes: readonly string[] }[];
}

/** The verdict, with every key that differs. */
export interface ConvergenceVerdict extends Verdict {
  readonly divergent: readonly Divergence[];
}

const SHOWN = 5;

/**
 * Compares replicas.
 *
 * @param replicas - what each replica of each key holds, in any order; list a replica that lacks the key with value null
 * @throws {@link UsageError} `INVALID_HISTORY` on anything else
 */
export function checkConvergence(replicas: Iterable<ReplicaState>): ConvergenceVerdict {
  const keys = new Map<string | number, Map<string, { value: HistoryValue; nodes: string[] }>>();
  let count = 0;
  for (const { node, key, value } of replicaStates(replicas)) {
    count++;
    let values = keys.get(key);
    if (values === undefined) keys.set(key, (values = new Map()));
    const text = canonical(value);
    const holders = values.get(text);
    if (holders === undefined) values.set(text, { value, nodes: [node] });
    else holders.nodes.push(node);
  }
  const divergent = [...keys]
    .filter(([, values]) => values.size > 1)
    .map(([key, values]): Divergence => ({ key, holders: [...values.values()] }));
  const first = divergent[0];
  const common = { model: 'convergence', witness: [], cost: { operations: count, steps: count }, divergent };
  if (first === undefined) {
    const explanation = `the replicas of ${counted(keys.size, 'key')} agree`;
    return printable({ ...common, verdict: 'ok', explanation });
  }
  const others = divergent.length === 1 ? '' : `; so do those of ${divergent.length - 1} more`;
  const explanation = `the replicas of ${first.key} differ: ${inWords(first)}${others}`;
  return printable(
    { ...common, verdict: 'violation', key: first.key, explanation },
    divergent.slice(1, SHOWN).map((other) => `  ${other.key}: ${inWords(other)}`),
  );
}

function replicaStates(replicas: unknown): readonly ReplicaState[] {
  const expected = 'expected a list of replica states { node, key, value }';
  const items = itemsOf(replicas, expected);
  items.forEach((item, position) => {
    const at = (what: string): UsageError => new UsageError('INVALID_HISTORY', `replica ${position}: ${what}`);
    if (!isLoose(item)) throw at(`expected { node, key, value }, got ${shown(item)}`);
    const { node, key, value } = item;
    if (typeof node !== 'string') throw at(`expected { node, key, value }, got node ${shown(node)} in ${shown(item)}`);
    if (!isName(key)) throw at(`key must be a text or a number, got ${shown(key)}`);
    if (!isPlain(value)) throw at(`value must be plain JSON (null where the replica holds nothing), got ${shown(value)}`);
  });
  return items as readonly ReplicaState[];
}

function inWords({ holders }: Divergence): string {
  return holders.map(({ value, nodes }) => {
    const held = value === null ? 'nothing' : showValue(value);
    return `${nodes.join(', ')} ${nodes.length === 1 ? 'holds' : 'hold'} ${held}`;
  }).join('; ');
}
