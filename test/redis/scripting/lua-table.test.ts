import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LuaTable } from '../../../src/redis/scripting/lua-table.ts';

describe('LuaTable', () => {
  it('holds what a Map would, whatever was set and removed in whatever order', () => {
    const key = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constantFrom('a', 'b', 'key', 'x1', 'x2', 'x3'), fc.boolean(), fc.constantFrom(0.5, 1.5, -0));
    fc.assert(fc.property(fc.array(fc.tuple(key, fc.option(fc.integer(), { nil: undefined })), { maxLength: 120 }), (steps) => {
      const table = new LuaTable();
      const model = new Map<unknown, number>();
      for (const [k, value] of steps) {
        table.set(k, value);
        if (value === undefined) model.delete(k);
        else model.set(k, value);
      }
      const seen = [...table.entries()];
      expect(seen.length).toBe(model.size);
      expect(new Set(seen.map(([k]) => k)).size).toBe(model.size);
      for (const [k, value] of model) expect(table.get(k as number)).toBe(value);
      const border = table.length;
      expect(border === 0 || table.get(border) !== undefined).toBe(true);
      expect(table.get(border + 1)).toBeUndefined();
    }), { numRuns: 300, seed: 1 });
  });

  it('walks the list part in order', () => {
    expect([...LuaTable.from(['a', 'b', 'c']).entries()]).toEqual([[1, 'a'], [2, 'b'], [3, 'c']]);
  });
});
