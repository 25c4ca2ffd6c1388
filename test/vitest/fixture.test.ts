/** The example of the README, and what the fixture gives. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { createDynamo } from 'splitbrain/dynamo';
import { test } from 'splitbrain/vitest';

test('what was written is read', async ({ sim }) => {
  const dynamo = createDynamo(sim, { nodes: 5, r: 2, w: 2 });
  const [alice, bob] = [dynamo.client({ name: 'alice' }), dynamo.client({ name: 'bob' })];
  sim.faults.at('1s').isolate(dynamo.nodes[0] ?? 'd1').for('5s');
  await sim.run(async () => {
    for (let i = 0; i < 20; i++) {
      await alice.put('k', `v${i}`);
      await bob.get('k');
      await sim.sleep('300ms');
    }
  });
  expect(sim).toSatisfySession();
  expect(sim).toLoseNoWrites();
});

test('the README shows the test above', ({ sim }) => {
  const own = readFileSync('test/vitest/fixture.test.ts', 'utf8');
  const [shown = ''] = /test\('what was written is read'[\s\S]*?\n\}\);\n/.exec(readFileSync('README.md', 'utf8')) ?? [];
  expect(shown).not.toBe('');
  expect(own).toContain(shown);
  expect(sim.now).toBe(0);
});
