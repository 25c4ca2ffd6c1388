/**
 * The Dynamo-like store's speed: simulated operations a second of real time.
 *
 * @module
 */
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation } from '../../src/index.ts';

type Style = 'callbacks' | 'promises';

/** Puts and gets a second of real time: five nodes, N=3, R=W=2, 64 clients, a thousand keys. */
async function rate(style: Style, operations: number): Promise<number> {
  const sim = new Simulation({ seed: 1 });
  const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2 });
  const clients = Array.from({ length: 64 }, (_, i) => dynamo.client({ name: `c${i}` }));
  const keyOf = (c: number, i: number): string => `k${(c * 7919 + i) % 1000}`;
  const each = operations / clients.length;
  const start = performance.now();
  if (style === 'promises') {
    await sim.run(() => Promise.all(clients.map(async (client, c) => {
      for (let i = 0; i < each; i++) {
        if (i % 2 === 0) await client.put(keyOf(c, i), `v${i}`, { record: false });
        else await client.get(keyOf(c, i), { record: false });
      }
    })));
  } else {
    sim.runSync<void>((_, done) => {
      let open = clients.length;
      clients.forEach(({ callbacks }, c) => {
        let i = 0;
        const next = (): void => {
          if (i === each) {
            if (--open === 0) done();
            return;
          }
          const key = keyOf(c, i);
          if (i++ % 2 === 0) callbacks.put(key, `v${i}`, next, { record: false });
          else callbacks.get(key, next, { record: false });
        };
        next();
      });
    });
  }
  return operations / ((performance.now() - start) / 1000);
}

/** Prints the store's figures. */
export async function benchDynamo(print: (line: string) => void): Promise<void> {
  const said = (value: number): string => Math.round(value).toLocaleString('en');
  for (const style of ['callbacks', 'promises'] as const) {
    await rate(style, 32_000);
    print(`dynamo: 5 nodes, N=3 R=W=2, 64 clients with ${style}: ${said(await rate(style, 256_000))} operations a second`);
  }
}
