/**
 * The Dynamo-like store's speed: simulated operations a second of real time.
 *
 * @module
 */
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';

/** Prints the store's figures. */
export async function benchDynamo(print: (line: string) => void): Promise<void> {
  const run = async (operations: number): Promise<number> => {
    const sim = new Simulation({ seed: 1 });
    const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2 });
    const clients = Array.from({ length: 64 }, (_, i) => dynamo.client({ name: `c${i}` }));
    const start = performance.now();
    await sim.run(() => Promise.all(clients.map(async (client, c) => {
      for (let i = 0; i < operations / clients.length; i++) {
        const key = `k${(c * 7919 + i) % 1000}`;
        if (i % 2 === 0) await client.put(key, `v${i}`, { record: false });
        else await client.get(key, { record: false });
      }
    })));
    return operations / ((performance.now() - start) / 1000);
  };
  await run(6400);
  print(`dynamo: 5 nodes, N=3 R=W=2, 64 clients with promises: ${Math.round(await run(64_000)).toLocaleString('en')} operations a second`);
}
