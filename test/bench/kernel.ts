/**
 * The kernel's speed: delivered messages a second with callback, generator and promise workloads, the growth of the price of
 * an event with the number pending, and a thousand nodes. A bare loop over an array heap of objects is the peer in each run.
 *
 * @module
 */
import { perform, Simulation, type Client, type Host, type Machine, type Message, type NodeId, type Request, type SimulationOptions } from '../../src/index.ts';
import { duration } from '../../src/kernel/units.ts';
import { Scheduler } from '../../src/kernel/scheduler.ts';
import { mix32 } from '../../src/structures/hash.ts';

interface Ask extends Request { readonly key: number; readonly value: number }
interface Replicate extends Message { readonly client: NodeId; readonly requestId: number; readonly key: number; readonly value: number }

const REPLICAS = 3;
const QUORUM = 2;

/** A coordinator that writes to three replicas and answers after two: eight messages an operation. */
class QuorumNode implements Machine {
  readonly #host: Host;
  readonly #nodes: readonly NodeId[];
  readonly #values = new Map<number, number>();
  /** By the operation's value, which is unique. */
  readonly #waiting = new Map<number, { client: NodeId; left: number }>();

  constructor(host: Host, nodes: readonly NodeId[]) {
    this.#host = host;
    this.#nodes = nodes;
  }

  onMessage(from: NodeId, message: Message): void {
    if (message.type === 'ask') {
      const { requestId, key, value } = message as Ask;
      this.#waiting.set(value, { client: from, left: QUORUM });
      for (let i = 0; i < REPLICAS; i++) {
        const to = this.#nodes[(key + i) % this.#nodes.length] as NodeId;
        const replicate: Replicate = { type: 'replicate', client: from, requestId, key, value };
        this.#host.send(to, replicate);
      }
    } else if (message.type === 'replicate') {
      const { key, value, client, requestId } = message as Replicate;
      this.#values.set(key, value);
      const ack: Replicate = { type: 'ack', client, requestId, key, value };
      this.#host.send(from, ack);
    } else {
      const { client, requestId, value } = message as Replicate;
      const waiting = this.#waiting.get(value);
      if (waiting === undefined || --waiting.left > 0) return;
      this.#waiting.delete(value);
      const reply: Message & { requestId: number; value: number } = { type: 'reply', requestId, value };
      this.#host.send(client, reply);
    }
  }
}

const names = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => `n${i}` as NodeId);

function cluster(size: number, clients: number, options: SimulationOptions): { sim: Simulation; nodes: NodeId[]; clients: Client[] } {
  const sim = new Simulation({ seed: 1, ...options });
  const nodes = names(size);
  for (const name of nodes) sim.addNode(name, (host) => new QuorumNode(host, nodes));
  return { sim, nodes, clients: Array.from({ length: clients }, (_, i) => sim.addClient({ name: `c${i}` })) };
}

const TIMEOUT = duration('1s');

function ask(client: Client, nodes: readonly NodeId[], i: number, done: () => void): void {
  const request: Ask = { type: 'ask', requestId: 0, key: mix32(i) & 1023, value: i };
  client.request(nodes[i % nodes.length] as NodeId, request, TIMEOUT, done);
}

type Style = 'callback' | 'generator' | 'promise';

/** Runs a workload of one style; gives messages delivered a second of real time, and the digest. */
async function run(style: Style, operations: number, options: SimulationOptions, size = 5, clientCount = 64): Promise<{ rate: number; digest: string }> {
  const { sim, nodes, clients } = cluster(size, clientCount, options);
  const each = operations / clients.length;
  const start = performance.now();
  if (style === 'callback') {
    sim.runSync<void>((_, done) => {
      let open = clients.length;
      clients.forEach((client, c) => {
        let n = 0;
        const next = (): void => {
          if (n === each) {
            if (--open === 0) done();
            return;
          }
          ask(client, nodes, c * each + n++, next);
        };
        next();
      });
    });
  } else if (style === 'generator') {
    sim.runSync(function* () {
      yield* perform<void>((resume) => {
        let open = clients.length;
        clients.forEach((client, c) => {
          sim.spawn(function* () {
            for (let n = 0; n < each; n++) yield* perform<void>((go) => { ask(client, nodes, c * each + n, go); });
          }, () => { if (--open === 0) resume(); });
        });
      });
    });
  } else {
    await sim.run(async () => {
      await Promise.all(clients.map(async (client, c) => {
        for (let n = 0; n < each; n++) {
          await client.operation<void>({ f: 'write', record: false }, (settle) => { ask(client, nodes, c * each + n, () => settle.ok()); });
        }
      }));
    });
  }
  const seconds = (performance.now() - start) / 1000;
  return { rate: sim.network.counts.delivered / seconds, digest: sim.trace.digest };
}

/** Nanoseconds for a pop and a push with so many pending. */
function queueCost(pending: number): number {
  const scheduler = new Scheduler();
  let draw = 1;
  const later = (): number => {
    draw = mix32(draw + 0x9e3779b9);
    return scheduler.now + 1 + ((draw >>> 0) % 2_000_000);
  };
  for (let i = 0; i < pending; i++) scheduler.add(later(), 0, 0, 0, 0, undefined);
  const turns = 2_000_000;
  for (let i = 0; i < pending; i++) { scheduler.take(Infinity); scheduler.add(later(), 0, 0, 0, 0, undefined); }
  const start = performance.now();
  for (let i = 0; i < turns; i++) { scheduler.take(Infinity); scheduler.add(later(), 0, 0, 0, 0, undefined); }
  return ((performance.now() - start) * 1e6) / turns;
}

/** Nanoseconds of one delivered message with so many in flight: five nodes that send each message on, to a random other. */
function deliveryCost(inFlight: number): number {
  const sim = new Simulation({ seed: 1, trace: 'digest', topology: { sameZone: { kind: 'uniform', low: '1ms', high: '2s' } } });
  const nodes = names(5);
  const token: Message = { type: 'token' };
  let left = Infinity;
  let finish: () => void = () => undefined;
  for (const name of nodes) {
    sim.addNode(name, (host) => ({
      onStart: () => { if (sim.nodes.length === nodes.length) for (let i = 0; i < inFlight; i++) host.send(nodes[i % 4] as NodeId, token); },
      onMessage: () => {
        if (--left === 0) finish();
        host.send(nodes[host.random.uint32() & 3] as NodeId, token);
      },
    }));
  }
  sim.drain('3s');
  left = 2_000_000;
  const start = performance.now();
  sim.runSync<void>((_, done) => { finish = done as () => void; });
  return ((performance.now() - start) * 1e6) / 2_000_000;
}

/** The peer: a binary heap of objects with a comparator, the usual way to write one. */
function objectHeapCost(pending: number): number {
  interface Entry { at: number; seq: number }
  const heap: Entry[] = [];
  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.seq < b.seq);
  let seq = 0;
  let now = 0;
  let draw = 1;
  const push = (): void => {
    draw = mix32(draw + 0x9e3779b9);
    const entry = { at: now + 1 + ((draw >>> 0) % 2_000_000), seq: seq++ };
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, heap[parent] as Entry)) break;
      heap[i] = heap[parent] as Entry;
      i = parent;
    }
    heap[i] = entry;
  };
  const pop = (): void => {
    now = (heap[0] as Entry).at;
    const last = heap.pop() as Entry;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  };
  for (let i = 0; i < pending; i++) push();
  const turns = 1_000_000;
  const start = performance.now();
  for (let i = 0; i < turns; i++) { pop(); push(); }
  return ((performance.now() - start) * 1e6) / turns;
}

const millions = (rate: number): string => `${(rate / 1e6).toFixed(2)} M`;

/** Prints the kernel's figures. */
export async function benchKernel(print: (line: string) => void): Promise<void> {
  print('kernel: delivered messages a second, 5 nodes, 3 replicas, quorum 2, 64 clients, 8 messages an operation');
  await run('callback', 64 * 400, {});
  await run('promise', 64 * 200, {});
  for (const style of ['callback', 'generator', 'promise'] as const) {
    const { rate } = await run(style, 64 * 4000, {});
    const digestOnly = await run(style, 64 * 4000, { trace: 'digest' });
    print(`  ${style.padEnd(10)} ${millions(rate)} with the trace kept, ${millions(digestOnly.rate)} with its digest only`);
  }
  print('kernel: price of one event (take and schedule) by events pending, against a binary heap of objects');
  const base = queueCost(1000);
  for (const pending of [1000, 100_000, 1_000_000]) {
    const cost = queueCost(pending);
    const peer = objectHeapCost(pending);
    print(`  ${String(pending).padStart(9)} pending: ${cost.toFixed(0)} ns (${(cost / base).toFixed(2)} x that at 1,000), object heap ${peer.toFixed(0)} ns, ratio ${(peer / cost).toFixed(1)}`);
  }
  print('kernel: price of one delivered message by messages in flight');
  const few = deliveryCost(1000);
  for (const inFlight of [1000, 100_000, 1_000_000]) {
    const cost = deliveryCost(inFlight);
    print(`  ${String(inFlight).padStart(9)} in flight: ${cost.toFixed(0)} ns (${(cost / few).toFixed(2)} x that at 1,000)`);
  }
  const { rate } = await run('callback', 64 * 2000, { trace: 'digest' }, 1000, 64);
  print(`kernel: 1,000 nodes: ${millions(rate)} delivered messages a second`);
}
