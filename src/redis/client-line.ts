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
  isBlocked(connection: Connection): boolean;
}

function flagsOf(connection: Connection, host: ClientLineHost): string {
  const flags = (connection.subscriptions > 0 ? 'P' : '') + (connection.transaction === undefined ? '' : 'x')
    + (host.isBlocked(connection) ? 'b' : '') + (connection.watchBroken ? 'd' : '');
  return flags === '' ? 'N' : flags;
}

/** The line, without its end. */
export function clientLine(connection: Connection, host: ClientLineHost): string {
  const age = Math.max(0, Math.floor((host.now - connection.openedAt) / 1000));
  const idle = Math.max(0, Math.floor((host.now - connection.activeAt) / 1000));
  return [
    `id=${connection.id}`, `addr=${connection.address}`, 'laddr=127.0.0.1:0', 'fd=-1', `name=${connection.name}`, `age=${age}`, `idle=${idle}`,
    `flags=${flagsOf(connection, host)}`, `db=${connection.database}`, `sub=${connection.subscribed.channel.size}`,
    `psub=${connection.subscribed.pattern.size}`, `ssub=${connection.subscribed.shard.size}`, `multi=${connection.transaction?.queue.length ?? -1}`,
    'qbuf=0', 'qbuf-free=0', 'argv-mem=0', 'multi-mem=0', 'rbs=0', 'rbp=0', 'obl=0', 'oll=0', 'omem=0', 'tot-mem=0', 'events=r',
    `cmd=${connection.lastCommand}`, `user=${connection.user?.name ?? '(superuser)'}`, 'redir=-1', `resp=${connection.protocol}`,
  ].join(' ');
}
