/**
 * What the Dynamo rows of the catalogue of anomalies have in common: a scenario of two configurations, the seeds that violate counted in
 * each, and verdicts of what no general checker asks.
 *
 * @module
 */
import type { Verdict } from '../../src/checkers/index.ts';
import type { DynamoClient } from '../../src/dynamo/index.ts';
import { sweepScenario, type Scenario } from '../../src/scenarios/index.ts';

/** How many of so many seeds violate, by configuration. */
export async function violations<System, Settings>(of: Scenario<System, Settings>, seeds: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const configuration of Object.keys(of.configurations)) {
    const sweep = await sweepScenario(of, { configuration, count: seeds });
    if (sweep.unknown > 0) throw new Error(`${of.name}, ${configuration}: ${sweep.unknown} seeds undecided`);
    counts[configuration] = sweep.violations;
  }
  return counts;
}

/** A verdict on a promise of this test's own. */
export function judged(model: string, broken: string | undefined): Verdict {
  return { verdict: broken === undefined ? 'ok' : 'violation', model, witness: [], explanation: broken ?? 'kept', cost: { operations: 0, steps: 0 } };
}

/** Changes a space-separated set by reading, merging siblings and writing with the context; one `add` or `read` of a set in the history. */
export function setClient(client: DynamoClient): { add: (item: string, options?: { readonly blind: boolean }) => Promise<void>; read: () => Promise<void> } {
  const itemsOf = (values: readonly string[]): string[] => [...new Set(values.flatMap((value) => value.split(' ')))].filter((item) => item !== '');
  const write = async (item: string, blind: boolean): Promise<void> => {
    const { values, context } = await client.get('k', { record: false });
    await client.put('k', [...itemsOf(values), item].join(' '), { context: blind ? null : context, record: false });
  };
  return {
    add: (item, { blind } = { blind: false }) => client.client.operation<void>({ f: 'add', key: 'k', value: item }, (settle) => { write(item, blind).then(settle.ok, settle.fail); }),
    read: () => client.client.operation<void>({ f: 'read', key: 'k' }, (settle) => {
      client.get('k', { r: 3, record: false }).then(({ values }) => { settle.ok(undefined, { value: itemsOf(values).sort() }); }, settle.fail);
    }),
  };
}
