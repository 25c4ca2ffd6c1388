/**
 * Simulated puts and gets a second of real time: five nodes, N=3, R=W=2, 64 clients, a thousand keys, each read and then written with the
 * context of the read. Writes are synced to the simulated disks. Beside it, in the same run, what the kernel alone takes for as many
 * messages.
 *
 * @module
 */
import { createDynamo } from '../../src/dynamo/index.ts';
import { Simulation, type Host, type Machine, type Message, type Micros, type NodeId } from '../../src/index.ts';

const CLIENTS = 64;
const keyOf = (client: number, i: number): string => `k${(client * 7919 + (i >> 1)) % 1000}`;

interface Rate { readonly operations: number; readonly messages: number }

async function rate(style: 'callbacks' | 'promises', operations: number): Promise<Rate> {
  const sim = new Simulation({ seed: 1 });
  const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2 });
  const clients = Array.from({ length: CLIENTS }, (_, i) => dynamo.client({ name: `c${i}` }));
  const each = operations / CLIENTS;
  const start = performance.now();
  if (style === 'promises') {
    await sim.run(() => Promise.all(clients.map(async (client, c) => {
      for (let i = 0; i < each; i++) {
        if (i % 2 === 1) await client.put(keyOf(c, i), `v${i}`, { record: false });
        else await client.get(keyOf(c, i), { record: false });
      }
    })));
  } else {
    sim.runSync<void>((_, done) => {
      let open = CLIENTS;
      clients.forEach(({ callbacks }, c) => {
        let i = 0;
        const next = (): void => {
          if (i === each) {
            if (--open === 0) done();
            return;
          }
          const key = keyOf(c, i);
          if (i++ % 2 === 1) callbacks.put(key, `v${i}`, next, { record: false });
          else callbacks.get(key, next, { record: false });
        };
        next();
      });
    });
  }
  const seconds = (performance.now() - start) / 1000;
  return { operations: operations / seconds, messages: sim.network.counts.delivered / seconds };
}

/** A node that sends each message on to another: the kernel's own price. */
class Relay implements Machine {
  readonly #host: Host;
  readonly #to: NodeId;
  readonly #done: () => void;
  static left = 0;

  constructor(host: Host, to: NodeId, done: () => void) {
    this.#host = host;
    this.#to = to;
    this.#done = done;
  }

  onStart(): void {
    // The others are not all there yet.
    this.#host.setTimer(1 as Micros, { type: 'begin' });
  }

  onTimer(): void {
    for (let i = 0; i < CLIENTS; i++) this.#host.send(this.#to, { type: 'token' });
  }

  onMessage(_: NodeId, message: Message): void {
    if (--Relay.left > 0) this.#host.send(this.#to, message);
    else this.#done();
  }
}

function kernelRate(messages: number): number {
  const sim = new Simulation({ seed: 1 });
  let isDone = false;
  Relay.left = messages;
  const start = performance.now();
  for (let i = 0; i < 5; i++) sim.addNode(`n${i}`, (host) => new Relay(host, `n${(i + 1) % 5}` as NodeId, () => { isDone = true; }));
  while (!isDone) sim.drain(sim.now / 1000 + 10);
  return messages / ((performance.now() - start) / 1000);
}

const said = (value: number): string => Math.round(value).toLocaleString('en');
kernelRate(100_000);
const kernel = kernelRate(1_500_000);
for (const style of ['callbacks', 'promises'] as const) {
  await rate(style, 64_000);
  const { operations, messages } = await rate(style, 256_000);
  console.log(`dynamo: 5 nodes, N=3 R=W=2, 64 clients with ${style}: ${said(operations)} operations a second (${(messages / kernel).toFixed(2)} of the ${said(kernel)} messages a second that the bare kernel delivers in this run)`);
}
