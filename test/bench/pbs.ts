/**
 * The PBS table on the real store at full size, beside the model's: 100,000 trials for each R and W of the four deployments. The figures
 * are told apart from the model's by their ratio; test/papers/pbs.test.ts judges them.
 *
 * @module
 */
import { tradeoff } from '../../src/dynamo/index.ts';
import { MODEL } from '../papers/pbs-table.ts';

const OPERATIONS = 100_000;

/** Prints the table. */
export async function benchPbs(print: (line: string) => void): Promise<void> {
  for (const [latency, cells] of Object.entries(MODEL)) {
    const start = performance.now();
    for (const row of tradeoff({ latency: latency as keyof typeof MODEL, operations: OPERATIONS, quorums: cells.map(({ r, w }) => ({ r, w })) })) {
      const cell = cells.find(({ r, w }) => r === row.r && w === row.w);
      if (cell === undefined) continue;
      const beside = (measured: number, model: number): string => `${measured.toPrecision(4)} (${model === 0 ? '-' : (measured / model).toFixed(2)})`;
      print(`pbs: ${latency} R=${row.r} W=${row.w}: read ${beside(row.readMs999, cell.read)}, write ${beside(row.writeMs999, cell.write)}, t ${beside(row.tVisibilityMs999, cell.visible)} ms, P(fresh at 0) ${row.pFreshAt['0']?.toFixed(4) ?? ''}`);
    }
    print(`pbs: ${latency}: ${Math.round((performance.now() - start) / cells.length)} ms for ${OPERATIONS.toLocaleString('en')} trials of one R and W`);
  }
}
