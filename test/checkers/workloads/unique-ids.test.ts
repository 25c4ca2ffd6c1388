import { expect, it } from 'vitest';
import { checkUniqueIds } from '../../../src/checkers/workloads/unique-ids.ts';
import { history } from '../notation.ts';

it('finds an identifier handed out twice', () => {
  expect(checkUniqueIds(history('a generate g 1\nb generate g 2')).verdict).toBe('ok');
  expect(checkUniqueIds(history('a generate g 1\n?c generate g 1\nb generate g 1'))).toMatchObject({ verdict: 'violation', explanation: 'a and b both got 1' });
});
