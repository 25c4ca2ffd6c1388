/**
 * A connection as a line of `CLIENT LIST` (`catClientInfoString` of Redis 7.0). The figures of buffers are those of whoever
 * carries the connection's bytes; without bytes they are zero.
 *
 * @module
 */
import type { Connection } from './connection.ts';

/** What a line needs of the engine. */
export interface ClientLineHost {
  readonly now: number;
  readonly log: { readonly monitors: { has(connection: Connection): boolean } };
  isBlocked(connection: Connection): boolean;
}

/** What a connection without anything in its buffers takes up. */
const BARE_MEMORY = 1816;
/** A block of replies that did not fit into the first buffer. */
const REPLY_BLOCK = 16_384;
/** Who has been silent for longer, in seconds, has no buffer any more. */
const IDLE_KEEPS_BUFFER = 2;

/** The class a connection belongs to, as `CLIENT KILL TYPE` and the limits of output buffers know it. */
export function clientType(connection: Connection): 'normal' | 'pubsub' | 'master' {
  if (connection.role === 'primary') return 'master';
  return connection.subscriptions > 0 ? 'pubsub' : 'normal';
}

/** An estimate of what a connection takes up, in bytes. */
export function clientMemory(connection: Connection): number {
  const { input, pending, output } = connection.buffers();
  const { room } = connection;
  return BARE_MEMORY + room.reply + Math.max(input, connection.isEverUsed ? room.input : 0) + pending + output + queuedMemory(connection) + argumentMemory(connection);
}

function queuedMemory({ transaction }: Connection): number {
  return transaction === undefined ? 0 : transaction.queue.reduce((sum, { args }) => sum + args.reduce((total, arg) => total + arg.length, 0), 0);
}

function argumentMemory({ args }: Connection): number {
  return args.reduce((sum, arg) => sum + arg.length, 0);
}

function flagsOf(connection: Connection, host: ClientLineHost): string {
  const { tracking } = connection;
  const flags = (host.log.monitors.has(connection) ? 'O' : '') + (connection.role === 'primary' ? 'M' : '') + (connection.subscriptions > 0 ? 'P' : '')
    + (connection.transaction === undefined ? '' : 'x') + (host.isBlocked(connection) ? 'b' : '') + (tracking === undefined ? '' : 't')
    + (tracking?.isRedirectBroken === true ? 'R' : '') + (tracking?.isBroadcast === true ? 'B' : '') + (connection.watchBroken ? 'd' : '')
    + (connection.closing ? 'c' : '') + (connection.isProtected ? 'e' : '');
  return flags === '' ? 'N' : flags;
}

/** The line, without its end. */
export function clientLine(connection: Connection, host: ClientLineHost): string {
  const age = Math.max(0, Math.floor((host.now - connection.openedAt) / 1000));
  const idle = Math.max(0, Math.floor((host.now - connection.activeAt) / 1000));
  const { input, pending, output } = connection.buffers();
  const free = connection.isEverUsed && idle <= IDLE_KEEPS_BUFFER ? Math.max(0, connection.room.input - input) : 0;
  return [
    `id=${connection.id}`, `addr=${connection.address}`, `laddr=${connection.localAddress}`, `fd=${connection.id + 7}`, `name=${connection.name}`,
    `age=${age}`, `idle=${idle}`,
    `flags=${flagsOf(connection, host)}`, `db=${connection.database}`, `sub=${connection.subscribed.channel.size}`,
    `psub=${connection.subscribed.pattern.size}`, `ssub=${connection.subscribed.shard.size}`, `multi=${connection.transaction?.queue.length ?? -1}`,
    `qbuf=${input}`, `qbuf-free=${free}`, `argv-mem=${argumentMemory(connection) + pending}`, `multi-mem=${queuedMemory(connection)}`,
    `rbs=${connection.room.reply}`, 'rbp=0', 'obl=0', `oll=${output > 0 ? Math.ceil(output / REPLY_BLOCK) : 0}`, `omem=${output}`, `tot-mem=${clientMemory(connection)}`,
    `events=${output > 0 ? 'rw' : 'r'}`, `cmd=${connection.lastCommand}`, `user=${connection.user?.name ?? '(superuser)'}`,
    `redir=${connection.tracking?.redirect ?? -1}`, `resp=${connection.protocol}`,
  ].join(' ');
}
