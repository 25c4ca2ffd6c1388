/**
 * `MONITOR`: connections that see every command that is executed, administrative ones apart (`replicationFeedMonitors` of
 * Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';
import type { Connection } from '../connections/connection.ts';
import { redacted } from './redaction.ts';
import type { Reply } from '../reply.ts';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\x07': '\\a', '\b': '\\b' };

/** Bytes in quotes, with what cannot be printed escaped. */
export function quote(bytes: Bytes): string {
  let text = '"';
  for (const byte of bytes) {
    const escaped = ESCAPES[byte];
    text += escaped ?? (byte >= ' ' && byte <= '~' ? byte : `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
  }
  return `${text}"`;
}

/** The monitors of one engine. */
export class Monitors {
  readonly #connections = new Set<Connection>();

  /** How many there are. */
  get size(): number {
    return this.#connections.size;
  }

  /** Whether a connection is one. */
  has(connection: Connection): boolean {
    return this.#connections.has(connection);
  }

  /** A connection becomes one. */
  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  /** A connection is one no more. */
  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /**
   * Shows a command to all of them.
   *
   * @param now - milliseconds since the Unix epoch
   * @param source - the address of who sent it, or `lua`
   */
  show(command: Command, args: readonly Bytes[], now: number, database: number, source: string, tell: (connection: Connection, message: Reply) => void): void {
    const micros = String(Math.round((now % 1000) * 1000)).padStart(6, '0');
    const line = `${Math.floor(now / 1000)}.${micros} [${database} ${source}] ${redacted(command, args).map(quote).join(' ')}`;
    for (const connection of this.#connections) tell(connection, { kind: 'push', items: [{ kind: 'simple', text: line }], isLine: true });
  }
}
