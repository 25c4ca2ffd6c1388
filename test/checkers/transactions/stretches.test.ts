import { describe, expect, it } from 'vitest';
import { EDGE } from '../../../src/checkers/transactions/dependency-graph.ts';
import { Stretches } from '../../../src/checkers/transactions/stretches.ts';

const FROM = 1000;

/** The transactions that a stretch leads to, each counted once; and how many edges there are. */
function led(count: number, start: number, end: number): { readonly reached: readonly number[]; readonly edges: number } {
  const edges: (readonly [number, number])[] = [];
  let nodes = FROM;
  const stretches = new Stretches({
    addNode: () => ++nodes,
    add: (from, to, kind) => {
      expect(kind).toBe(EDGE.via);
      edges.push([from, to]);
    },
  }, Array.from({ length: count }, (_, i) => i * 2));
  stretches.lead(FROM, start, end);
  const reached = new Set([FROM]);
  for (const node of reached) for (const [from, to] of edges) if (from === node) reached.add(to);
  return { reached: [...reached].filter((node) => node < FROM).toSorted((a, b) => a - b), edges: edges.length };
}

describe('Stretches', () => {
  it('leads to the transactions of a stretch and to no other', () => {
    for (const count of [1, 2, 9, 10, 11, 16, 23]) {
      for (let start = 0; start <= count; start++) {
        for (let end = start; end <= count; end++) {
          const wanted = Array.from({ length: end - start }, (_, i) => (start + i) * 2);
          expect({ count, start, end, reached: led(count, start, end).reached }).toEqual({ count, start, end, reached: wanted });
        }
      }
    }
  });

  it('by few edges for each transaction, however long it is', () => {
    for (const [start, end] of [[0, 500], [1, 499], [250, 500], [3, 400]] as const) expect(led(500, start, end).edges).toBeLessThan(4 * 500 + 20);
  });
});
