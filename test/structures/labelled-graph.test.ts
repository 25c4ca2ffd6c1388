import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdgeList } from '../../src/structures/labelled-graph.ts';

const graphs = fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.constantFrom(1, 2, 4)), { maxLength: 24 });

describe('LabelledGraph', () => {
  it('puts two nodes in one component exactly when each reaches the other by edges that count', () => {
    fc.assert(fc.property(graphs, fc.constantFrom(1, 3, 7), (edges, mask) => {
      const list = new EdgeList(1);
      for (const [from, to, kind] of edges) list.add(from, to, kind);
      const graph = list.graph(8);
      const reach = Array.from({ length: 8 }, (_, v) => {
        const seen = new Set([v]);
        for (const at of seen) for (const [from, to, kind] of edges) if (from === at && (kind & mask) !== 0) seen.add(to);
        return seen;
      });
      const { of, sizes } = graph.components(mask);
      for (let a = 0; a < 8; a++) {
        for (let b = 0; b < 8; b++) {
          expect(of[a] === of[b]).toBe(reach[a]?.has(b) === true && reach[b]?.has(a) === true);
          const path = graph.path(a, b, mask);
          expect(path !== undefined).toBe(reach[a]?.has(b) === true);
          path?.forEach(({ from, to, kind }, i) => {
            expect(from).toBe(i === 0 ? a : path[i - 1]?.to);
            expect(edges.some(([x, y, k]) => x === from && y === to && k === kind && (k & mask) !== 0)).toBe(true);
          });
          expect(path?.at(-1)?.to ?? b).toBe(b);
        }
        expect(sizes[of[a] ?? -1]).toBe([...of].filter((component) => component === of[a]).length);
      }
    }), { seed: 31, numRuns: 200 });
  });

  it('takes a path of a million nodes and numbers components from the end', () => {
    const count = 1_000_000;
    const list = new EdgeList();
    for (let v = 0; v + 1 < count; v++) list.add(v, v + 1, 1);
    const { of, sizes } = list.graph(count).components(1);
    expect(sizes.length).toBe(count);
    expect([of[count - 1], of[0]]).toEqual([0, count - 1]);
    list.add(count - 1, 0, 2);
    expect(list.graph(count).components(1).sizes.length).toBe(count);
    expect([...list.graph(count).components(3).sizes]).toEqual([count]);
  });
});
