import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { checkConvergence } from '../../src/checkers/convergence.ts';

it('finds replicas that agree, the order of a record\'s fields set aside', () => {
  const verdict = checkConvergence([
    { node: 'n1', key: 'x', value: { a: 1, b: [2] } }, { node: 'n2', key: 'x', value: { b: [2], a: 1 } }, { node: 'n1', key: 'y', value: null },
  ]);
  expect(verdict).toMatchObject({ verdict: 'ok', model: 'convergence', divergent: [], explanation: 'the replicas of 2 keys agree' });
});

it('names who holds what on each key that differs', () => {
  const verdict = checkConvergence([
    { node: 'n1', key: 'x', value: 1 }, { node: 'n2', key: 'x', value: 2 }, { node: 'n3', key: 'x', value: 1 },
    { node: 'n1', key: 'y', value: 'a' }, { node: 'n2', key: 'y', value: null },
  ]);
  expect(verdict).toMatchObject({ verdict: 'violation', key: 'x' });
  expect(verdict.divergent).toEqual([
    { key: 'x', holders: [{ value: 1, nodes: ['n1', 'n3'] }, { value: 2, nodes: ['n2'] }] },
    { key: 'y', holders: [{ value: 'a', nodes: ['n1'] }, { value: null, nodes: ['n2'] }] },
  ]);
  expect(inspect(verdict)).toBe([
    'violation (convergence): the replicas of x differ: n1, n3 hold 1; n2 holds 2; so do those of 1 more',
    '  y: n1 holds "a"; n2 holds nothing',
  ].join('\n'));
});
