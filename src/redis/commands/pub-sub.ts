/**
 * Publish and subscribe, by channel, by pattern and by shard channel. Without a cluster all shard channels are at home here.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { ALL_KEYS, FIRST_KEY, NO_KEYS, type CommandGroup } from '../command.ts';
import type { SubscriptionKind } from '../connections/pub-sub.ts';
import { array, bulk, bulks, errorReply, integer, NIL, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

function confirmation(call: Call, verb: string, name: Bytes | undefined): Reply {
  const { subscribed } = call.connection;
  // Shard channels are counted apart.
  const count = verb === 'ssubscribe' || verb === 'sunsubscribe' ? subscribed.shard.size : subscribed.channel.size + subscribed.pattern.size;
  return { kind: 'push', items: [bulk(verb), name === undefined ? NIL : bulk(name), integer(count)] };
}

function several(items: readonly Reply[]): Reply {
  return items.length === 1 ? items[0] as Reply : { kind: 'replies', items };
}

function subscribe(kind: SubscriptionKind): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => several(args.slice(1).map((name) => {
    call.engine.pubSub.subscribe(kind, call.connection, name);
    return confirmation(call, call.command.name, name);
  }));
}

function unsubscribe(kind: SubscriptionKind): (call: Call, args: readonly Bytes[]) => Reply {
  return (call, args) => {
    const names = args.length > 1 ? args.slice(1) : [...call.connection.subscribed[kind]];
    if (names.length === 0) return confirmation(call, call.command.name, undefined);
    return several(names.map((name) => {
      call.engine.pubSub.unsubscribe(kind, call.connection, name);
      return confirmation(call, call.command.name, name);
    }));
  };
}

function publish(call: Call, args: readonly Bytes[]): Reply {
  const [, channel = '', message = ''] = args;
  call.engine.effects.add(call.database.number, args, true);
  return integer(call.engine.pubSub.publish(channel, message));
}

function spublish(call: Call, args: readonly Bytes[]): Reply {
  const [, channel = '', message = ''] = args;
  call.engine.effects.add(call.database.number, args, true);
  return integer(call.engine.pubSub.publishToShard(channel, message));
}

function pubsub(call: Call, args: readonly Bytes[]): Reply {
  const { pubSub } = call.engine;
  switch (keyword(args[1])) {
    case 'channels':
      return args.length > 3 ? errorReply(`ERR unknown subcommand or wrong number of arguments for '${args[1] ?? ''}'. Try PUBSUB HELP.`) : bulks(pubSub.channels(args[2]));
    case 'shardchannels':
      return bulks(pubSub.channels(args[2], 'shard'));
    case 'shardnumsub':
      return array(args.slice(2).flatMap((name) => [bulk(name), integer(pubSub.subscribers(name, 'shard'))]));
    case 'numsub':
      return array(args.slice(2).flatMap((name) => [bulk(name), integer(pubSub.subscribers(name))]));
    default:
      return integer(pubSub.patternCount);
  }
}

const FLAGS = ['pubsub', 'noscript', 'loading', 'stale'] as const;
const PUB_SUB = ['pubsub'] as const;
const CONFIRMATIONS = ['push', 'replies'] as const;

/** The rows of publish and subscribe. */
export const PUB_SUB_COMMANDS: CommandGroup = {
  subscribe: { arity: -2, flags: FLAGS, keys: NO_KEYS, categories: PUB_SUB, since: '2.0.0', reply: CONFIRMATIONS, run: subscribe('channel') },
  unsubscribe: { arity: -1, flags: FLAGS, keys: NO_KEYS, categories: PUB_SUB, since: '2.0.0', reply: CONFIRMATIONS, run: unsubscribe('channel') },
  psubscribe: { arity: -2, flags: FLAGS, keys: NO_KEYS, categories: PUB_SUB, since: '2.0.0', reply: CONFIRMATIONS, run: subscribe('pattern') },
  punsubscribe: { arity: -1, flags: FLAGS, keys: NO_KEYS, categories: PUB_SUB, since: '2.0.0', reply: CONFIRMATIONS, run: unsubscribe('pattern') },
  ssubscribe: { arity: -2, flags: FLAGS, keys: ALL_KEYS, categories: PUB_SUB, since: '7.0.0', reply: CONFIRMATIONS, run: subscribe('shard') },
  sunsubscribe: { arity: -1, flags: FLAGS, keys: ALL_KEYS, categories: PUB_SUB, since: '7.0.0', reply: CONFIRMATIONS, run: unsubscribe('shard') },
  spublish: { arity: 3, flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'], keys: FIRST_KEY, categories: PUB_SUB, since: '7.0.0', reply: ['integer'], run: spublish },
  publish: { arity: 3, flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'], keys: NO_KEYS, categories: PUB_SUB, since: '2.0.0', reply: ['integer'], run: publish },
  pubsub: { arity: -2, flags: ['pubsub', 'loading', 'stale'], keys: NO_KEYS, categories: PUB_SUB, since: '2.8.0', reply: ['array', 'integer'], subcommands: { channels: -2, numsub: -2, numpat: 2, shardchannels: -2, shardnumsub: -2 }, run: pubsub },
};
