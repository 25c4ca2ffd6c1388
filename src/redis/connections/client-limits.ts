/**
 * What connections may take up, and for how long: `maxclients`, `timeout`, `client-output-buffer-limit`,
 * `client-query-buffer-limit` and `maxmemory-clients` (`networking.c` and `server.c` of Redis 7.0). Whoever goes beyond is
 * disconnected.
 *
 * @module
 */
import { clientMemory, clientType } from './client-line.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Connection } from './connection.ts';

/** What the limits need of their engine. */
export interface ClientLimitsHost {
  readonly connections: ReadonlySet<Connection>;
  readonly stats: { rejectedConnections: number; evictedClients: number };
  isBlocked(connection: Connection): boolean;
  kill(connection: Connection): void;
}

interface OutputLimit {
  readonly hard: number;
  readonly soft: number;
  /** Milliseconds. */
  readonly softFor: number;
}

/** Milliseconds. */
export const REPLY_PEAK_LASTS = 5000;

const NO_LIMIT: OutputLimit = { hard: 0, soft: 0, softFor: 0 };

function readOutputLimits(value: string): Map<string, OutputLimit> {
  const words = value.split(' ');
  const limits = new Map<string, OutputLimit>();
  for (let i = 0; i + 3 < words.length; i += 4) {
    limits.set(words[i] ?? '', { hard: Number(words[i + 1]), soft: Number(words[i + 2]), softFor: Number(words[i + 3]) * 1000 });
  }
  return limits;
}

/** The limits of one engine. */
export class ClientLimits {
  readonly #host: ClientLimitsHost;
  readonly #configuration: Configuration;
  #output: ReadonlyMap<string, OutputLimit>;
  /** `maxmemory-clients` as it is written. */
  #memory = '0';
  #buffered = 0;
  #bufferedAt = -1;
  /** Since when a connection has been beyond its soft limit. */
  readonly #softSince = new WeakMap<Connection, number>();

  /** For how long the largest reply determines the size of a buffer, in milliseconds; negative: for ever. */
  replyPeakLasts: number = REPLY_PEAK_LASTS;

  /** As configured. */
  constructor(host: ClientLimitsHost, configuration: Configuration) {
    this.#host = host;
    this.#configuration = configuration;
    this.#output = readOutputLimits(configuration.value('client-output-buffer-limit'));
    configuration.onChange('client-output-buffer-limit', (value) => { this.#output = readOutputLimits(value); });
    configuration.onChange('maxmemory-clients', (value) => { this.#memory = value; });
  }

  /** Whether one more may connect; counts those who may not. */
  admitsOneMore(): boolean {
    let clients = 0;
    for (const { role } of this.#host.connections) if (role === 'client') clients++;
    const admits = clients < this.#configuration.number('maxclients');
    if (!admits) this.#host.stats.rejectedConnections++;
    return admits;
  }

  /** Whether what a connection has not taken is too much, or has been for too long. @param now - milliseconds */
  exceedsOutput(connection: Connection, bytes: number, now: number): boolean {
    const { hard, soft, softFor } = this.#output.get(clientType(connection)) ?? NO_LIMIT;
    if (hard > 0 && bytes >= hard) return true;
    if (soft === 0 || bytes < soft) {
      this.#softSince.delete(connection);
      return false;
    }
    const since = this.#softSince.get(connection);
    if (since === undefined) this.#softSince.set(connection, now);
    return since !== undefined && now - since > softFor;
  }

  /** Whether nothing ends a connection that does not take its replies. */
  isPatient(connection: Connection): boolean {
    const { hard, soft } = this.#output.get(clientType(connection)) ?? NO_LIMIT;
    return hard === 0 && soft === 0 && !this.hasMemoryLimit;
  }

  /** How much a connection may send that is not yet a whole command. */
  get input(): number {
    return this.#configuration.number('client-query-buffer-limit');
  }

  /** How long one argument may be. */
  get bulk(): number {
    return this.#configuration.number('proto-max-bulk-len');
  }

  /** Ends the connections that have been silent for longer than `timeout`; those that wait or are subscribed may be. */
  endIdle(now: number): void {
    const seconds = this.#configuration.number('timeout');
    for (const connection of this.#host.connections) {
      connection.room.resize(now, this.replyPeakLasts);
      if (this.exceedsOutput(connection, connection.buffers().output, now)) this.#host.kill(connection);
      else if (seconds > 0 && connection.role === 'client' && connection.subscriptions === 0 && !this.#host.isBlocked(connection)
        && now - connection.activeAt > seconds * 1000) this.#host.kill(connection);
    }
  }

  /** What is on its way to and from clients, in bytes: part of the memory that `maxmemory` limits. Looked at once a millisecond. */
  buffered(now: number): number {
    if (now !== this.#bufferedAt) {
      this.#bufferedAt = now;
      this.#buffered = 0;
      for (const connection of this.#host.connections) {
        const { input, pending, output } = connection.buffers();
        this.#buffered += input + pending + output;
      }
    }
    return this.#buffered;
  }

  /** Whether connections have a limit to their memory. */
  get hasMemoryLimit(): boolean {
    return this.#memory !== '0';
  }

  /** Ends connections, the largest first, until they take up no more than `maxmemory-clients`. */
  evict(): void {
    const limit = this.#memory.endsWith('%')
      ? (Number(this.#memory.slice(0, -1)) / 100) * this.#configuration.number('maxmemory') : Number(this.#memory);
    if (limit === 0) return;
    let total = 0;
    for (const connection of this.#host.connections) if (connection.role === 'client') total += clientMemory(connection);
    if (total <= limit) return;
    const sizes = [...this.#host.connections].filter(({ role }) => role === 'client').map((connection) => ({ connection, size: clientMemory(connection) }));
    for (const { connection, size } of sizes.filter((entry) => !entry.connection.isProtected).sort((a, b) => b.size - a.size)) {
      if (total <= limit) return;
      total -= size;
      this.#host.stats.evictedClients++;
      this.#host.kill(connection);
    }
  }
}
