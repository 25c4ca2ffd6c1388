import { expect, test } from 'vitest';
import { tradeoffCommand } from '../../src/cli/tradeoff.ts';
import { runCommandLine, type Ran } from '../support/terminal.ts';

const run = (...args: string[]): Promise<Ran> => runCommandLine(tradeoffCommand, '--operations', '500', ...args);

test('as JSON it is one array with a row for each R and W, the same for the same seed', async () => {
  const first = await run('--json', '--n', '2', '--seed', '5');
  expect([first.code, first.err, first.out.length]).toEqual([0, [], 1]);
  const rows = JSON.parse(first.out[0] ?? '') as { r: number; w: number; pFreshAt: Record<string, number> }[];
  expect(rows.map(({ r, w }) => [r, w])).toEqual([[1, 1], [1, 2], [2, 1], [2, 2]]);
  for (const row of rows) {
    expect(row).toMatchObject({
      n: 2, readMs999: expect.any(Number) as number, writeMs999: expect.any(Number) as number, tVisibilityMs999: expect.any(Number) as number,
      availability: expect.any(Number) as number, messages: 4,
    });
    expect(Object.keys(row.pFreshAt)).toEqual(['0', '1', '5', '10', '50', '100', '1000']);
  }
  expect((await run('--json', '--n', '2', '--seed', '5')).out).toEqual(first.out);
  expect((await run('--json', '--n', '2', '--seed', '6')).out).not.toEqual(first.out);
});

test('for people it is a table with a legend: fast and stale at the top, slow and fresh at the bottom', async () => {
  const { code, out } = await run('--latency', 'lnkd-disk');
  expect(code).toBe(0);
  expect(out[0]).toBe('LNKD-DISK, N=3, 500 writes and as many reads for each R and W');
  expect(out.every((line) => line.length <= 110)).toBe(true);
  const cells = out.map((line) => line.trim().split(/\s+/)).filter(([r = '', w = '']) => /^[123]$/.test(r) && /^[123]$/.test(w));
  expect(cells.map(([r, w]) => `${r}${w}`)).toEqual(['11', '12', '13', '21', '22', '23', '31', '32', '33']);
  // t-visibility, and P(fresh) at once.
  expect(cells.map(([, , , , , , visible, fresh]) => visible === '0' && fresh === '1')).toEqual([false, false, true, false, true, true, true, true, true]);
  expect(out.some((line) => line.startsWith('P(fresh)'))).toBe(true);
});

test.each([
  [['--latency', 'HDD'], "tradeoff: --latency is one of LNKD-SSD, LNKD-DISK, YMMR, WAN, got 'HDD'"],
  [['--n', '0'], 'tradeoff: --n takes a whole number from 1 to 16, got 0'],
  [['--n', 'three'], "tradeoff: --n takes a whole number, got 'three' (try 'splitbrain --help')"],
  [['--operations', '0'], 'tradeoff: --operations takes a whole number from 1 to 10000000, got 0'],
  [['--r', '1'], "tradeoff: Unknown option '--r' (try 'splitbrain --help')"],
  [['LNKD-SSD'], "tradeoff: unexpected argument 'LNKD-SSD' (try 'splitbrain --help')"],
])('%j is refused in one line', async (args, line) => {
  expect(await run(...args)).toEqual({ code: 2, out: [], err: [line] });
});
