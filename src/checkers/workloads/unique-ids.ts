/**
 * Identifiers handed out by `generate` are all different (Jepsen's unique-ids; Maelstrom's workload of that name).
 *
 * @module
 */
import type { Operation } from '../../history/operation.ts';
import type { HistoryEntry } from '../../kernel/history.ts';
import { operationsOf } from '../checker-input.ts';
import { valueKey, type ValueKey } from '../value.ts';
import { conclude, type Verdict } from '../verdict.ts';
import { counted, nameOf, showValue } from '../wording.ts';

/**
 * Checks that no identifier was handed out twice.
 *
 * @param history - operations whose answers are identifiers; those of unknown outcome say nothing
 * @throws {@link UsageError} `INVALID_HISTORY` on anything that is no history
 */
export function checkUniqueIds(history: Iterable<HistoryEntry> | readonly Operation[]): Verdict {
  const operations = operationsOf(history);
  const seen = new Map<ValueKey, Operation>();
  for (const operation of operations) {
    if (operation.status !== 'ok' || operation.output === null) continue;
    const before = seen.get(valueKey(operation.output));
    if (before !== undefined) {
      const explanation = `${nameOf(before.process)} and ${nameOf(operation.process)} both got ${showValue(operation.output)}`;
      return conclude('unique-ids', 'violation', operations.length, { key: operation.key, witness: [before, operation], explanation });
    }
    seen.set(valueKey(operation.output), operation);
  }
  return conclude('unique-ids', 'ok', operations.length, { explanation: `${counted(seen.size, 'identifier')}, all different` });
}
