import { expect, test } from 'vitest';
import { checkConvergence } from '../../src/checkers/index.ts';
import { requireVerdict, ViolationError } from '../../src/report/index.ts';

const agree = checkConvergence([{ node: 'a', key: 'x', value: 1 }]);
const differ = checkConvergence([{ node: 'a', key: 'x', value: 1 }, { node: 'b', key: 'x', value: 2 }]);

test('what is ok passes; the first that is not is thrown with its proof', () => {
  requireVerdict(agree);
  requireVerdict([agree, agree]);
  expect(() => requireVerdict([agree, differ])).toThrow(ViolationError);
  expect(() => requireVerdict(differ)).toThrow('violation (convergence): the replicas of x differ: a holds 1; b holds 2');
  expect(() => requireVerdict({ ...agree, verdict: 'unknown' })).toThrow(/^unknown/);
});
