/**
 * Small systems for the kernel's tests: nodes that answer, and clients that ask them.
 *
 * @module
 */
import type { Client, Host, Machine, Message, NodeId, Request, SimulatedNode, Simulation } from '../../src/index.ts';
import { duration } from '../../src/kernel/units.ts';

/** A message as these tests send it. */
export interface Note extends Message {
  readonly text?: string;
  readonly requestId?: number;
}

/** Answers every `ping` with a `pong`, and keeps what it was sent. */
export class Echo implements Machine {
  readonly seen: string[] = [];
  readonly host: Host;

  constructor(host: Host) {
    this.host = host;
  }

  onMessage(from: NodeId, message: Note): void {
    this.seen.push(message.text ?? message.type);
    if (message.type === 'ping') this.host.send(from, { type: 'pong', requestId: message.requestId } as Note);
  }
}

/** Adds echoing nodes. */
export function echoes(sim: Simulation, ...names: string[]): SimulatedNode[] {
  return names.map((name) => sim.addNode(name, (host) => new Echo(host)));
}

/** What a node has been sent in its present incarnation. */
export function seen(node: SimulatedNode): readonly string[] {
  return (node.machine as Echo).seen;
}

/** Has a node send a text to another. */
export function say(from: SimulatedNode, to: SimulatedNode, text: string, ordered = false): void {
  const { host } = from.machine as Echo;
  const message: Note = { type: 'note', text };
  if (ordered) host.sendOrdered(to.id, message);
  else host.send(to.id, message);
}

/** A ping as a client's operation. */
export function ping(client: Client, to: string, timeout = '1s'): Promise<void> {
  return client.operation<void>({ f: 'ping', key: to }, (settle) => {
    const request: Request = { type: 'ping', requestId: 0 };
    client.request(to as NodeId, request, duration(timeout), (error) => { if (error) settle.fail(error); else settle.ok(); });
  });
}
