/**
 * A server's way to other servers of the simulation, for `MIGRATE`: the host is a node's name, the port means nothing. What is
 * sent may be lost or late like any message, and then the time runs out.
 *
 * @module
 */
import type { Host, Timer, TimerId } from '../../kernel/node.ts';
import type { Micros, NodeId } from '../../kernel/units.ts';
import { decodeUtf8 } from '../bytes/bytes.ts';
import type { PeerOutcome, PeerRequest, Peers } from '../peers.ts';
import { encodeReply } from '../resp/encode.ts';
import type { CommandReply, CommandRequest } from './messages.ts';

interface PeerTimer extends Timer {
  readonly request: number;
}

interface Exchange {
  readonly done: (outcome: PeerOutcome) => void;
  readonly timer: TimerId;
}

const TIMEOUT = 'redis-peer-timeout';

/** The way of one incarnation of one server. */
export class SimulatedPeers implements Peers {
  readonly #host: Host;
  readonly #isNode: (name: string) => boolean;
  readonly #exchanges = new Map<number, Exchange>();
  /** Not from 1 in each incarnation: answers to an earlier one's requests still come. */
  #next: number;

  /** @param isNode - whether a name is a node's */
  constructor(host: Host, isNode: (name: string) => boolean) {
    this.#host = host;
    this.#isNode = isNode;
    this.#next = host.monotonic() + 1;
  }

  exchange({ host, commands, timeout }: PeerRequest, done: (outcome: PeerOutcome) => void): void {
    const request = this.#next++;
    const timer: PeerTimer = { type: TIMEOUT, request };
    const name = decodeUtf8(host);
    const isThere = this.#isNode(name) && name !== this.#host.id;
    this.#exchanges.set(request, { done, timer: this.#host.setTimer((isThere ? timeout * 1000 : 0) as Micros, timer) });
    if (!isThere) return;
    const message: CommandRequest = { type: 'redis-command', requestId: request, commands };
    this.#host.send(name as NodeId, message);
  }

  /** Another server has answered. */
  onReply({ requestId, replies }: CommandReply): void {
    this.#take(requestId)?.({ replies: replies.map((reply) => encodeReply(reply, 2).split('\r\n', 1)[0] ?? ''), failure: undefined });
  }

  /** @returns whether the timer was an exchange's */
  onTimer(timer: Timer): boolean {
    if (timer.type !== TIMEOUT) return false;
    this.#take((timer as PeerTimer).request)?.({ replies: [], failure: 'writing' });
    return true;
  }

  #take(request: number): Exchange['done'] | undefined {
    const exchange = this.#exchanges.get(request);
    if (exchange === undefined) return undefined;
    this.#exchanges.delete(request);
    this.#host.cancelTimer(exchange.timer);
    return exchange.done;
  }
}
