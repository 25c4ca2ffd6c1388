import { expect, test } from 'vitest';
import { createRedis } from '../../../src/redis/index.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';

test('MIGRATE reaches a server of the same simulation by its name; one that is cut off keeps its clients waiting until the time is up', async () => {
  const sim = new Simulation({ seed: 1 });
  const [from, to] = [createRedis(sim, { name: 'here' }), createRedis(sim, { name: 'there' })];
  await sim.run(async () => {
    const [a, b] = [from.client({ name: 'a' }), to.client({ name: 'b' })];
    await a.set('k', 'v');
    expect(await a.command('MIGRATE', 'there-1', '6379', 'k', '0', '100')).toBe('OK');
    expect([await a.get('k'), await b.get('k')]).toEqual([null, 'v']);
    await a.set('k', 'again');
    sim.faults.partition([from.nodes[0] as { id: string }], [to.nodes[0] as { id: string }]).for('1h');
    const before = sim.now;
    await expect(a.command('MIGRATE', 'there-1', '6379', 'k', '0', '100', 'REPLACE')).rejects.toThrow('IOERR error or timeout writing to target instance');
    expect(sim.now - before).toBeGreaterThanOrEqual(100_000);
    expect(await a.get('k')).toBe('again');
  });
});
