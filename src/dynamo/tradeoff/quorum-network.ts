/**
 * A network in which each kind of message of a quorum has a latency of its own, and which tells the lanes what it did.
 *
 * @module
 */
import { sampler } from '../../kernel/distributions.ts';
import { bytesOf, type PacketRule, type PacketVerdict } from '../../kernel/network.ts';
import type { Message } from '../../kernel/node.ts';
import type { Random } from '../../kernel/random.ts';
import { duration, type Micros, type NodeId } from '../../kernel/units.ts';
import type { Lane } from './lane.ts';
import type { MessageLatencies } from './message-latencies.ts';

/** What a message without a size counts for, as in the network. */
const ASSUMED_BYTES = 128;

/** The network of a run: a packet rule, and what passed it. */
export interface QuorumNetwork {
  readonly rule: PacketRule;
  /** Whose messages are looked at, by client. */
  readonly lanes: Map<NodeId, Lane>;
  /** Messages between clients and replicas so far. */
  readonly counts: { messages: number; bytes: number };
}

/**
 * Makes one.
 *
 * @param replicas - the nodes
 * @param random - forked by message type: one kind's draws do not shift another's
 */
export function quorumNetwork(latencies: MessageLatencies, replicas: readonly NodeId[], random: Random): QuorumNetwork {
  const places = new Map(replicas.map((id, i) => [id, i]));
  const lanes = new Map<NodeId, Lane>();
  const counts = { messages: 0, bytes: 0 };
  const remote = duration(latencies.remote ?? 0, 'latency.remote');
  const [write, ack, read, response] = (['write', 'ack', 'read', 'response'] as const).map((part) => {
    const draw = sampler(latencies[part]);
    const own = random.fork(part);
    return (isNear: boolean): number => draw(own) + (isNear ? 0 : remote);
  }) as [Draw, Draw, Draw, Draw];
  const near = random.fork('near');
  const verdict = (message: Message, delay: number): PacketVerdict => {
    counts.messages++;
    counts.bytes += bytesOf(message) ?? ASSUMED_BYTES;
    return { delay: delay as Micros };
  };
  const rule: PacketRule = ({ from, to, message, sentAt }) => {
    const { id = 0 } = message as Message & { readonly id?: number };
    switch (message.type) {
      case 'write': {
        const lane = lanes.get(from);
        const place = places.get(to);
        if (lane === undefined || place === undefined) return 'pass';
        lane.writes(id, near);
        const delay = write(place === lane.nearToWrite);
        lane.written[place] = sentAt + delay;
        return verdict(message, delay);
      }
      case 'write-ack': {
        const lane = lanes.get(to);
        return lane === undefined ? 'pass' : verdict(message, ack(places.get(from) === lane.nearToWrite));
      }
      case 'read': {
        const lane = lanes.get(from);
        const place = places.get(to);
        if (lane === undefined || place === undefined) return 'pass';
        lane.reads(id, near);
        const delay = read(place === lane.nearToRead);
        lane.readDelays[place] = delay;
        return verdict(message, delay);
      }
      case 'versions': {
        const lane = lanes.get(to);
        const place = places.get(from);
        if (lane === undefined || place === undefined) return 'pass';
        const delay = response(place === lane.nearToRead);
        lane.replies(id, place, sentAt + delay);
        return verdict(message, delay);
      }
      default:
        return 'pass';
    }
  };
  return { rule, lanes, counts };
}

type Draw = (isNear: boolean) => number;
