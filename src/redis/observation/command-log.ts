/**
 * What is noted of each command once it is over: the counts, the slow log, the latency monitor, and the lines of `MONITOR`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { Connection } from '../connections/connection.ts';
import { LatencyMonitor } from './latency-monitor.ts';
import { Monitors } from './monitors.ts';
import { redacted } from './redaction.ts';
import type { Reply } from '../reply.ts';
import { SlowLog } from './slow-log.ts';
import { Statistics } from './statistics.ts';

/** What the log needs of its engine. */
export interface CommandLogHost {
  readonly now: number;
  readonly caller: Connection | undefined;
  tell(connection: Connection, message: Reply): void;
}

/** The log. */
export class CommandLog {
  readonly statistics: Statistics;
  readonly slow: SlowLog = new SlowLog();
  readonly latency: LatencyMonitor = new LatencyMonitor();
  readonly monitors: Monitors = new Monitors();
  readonly #host: CommandLogHost;
  readonly #configuration: Configuration;
  /** Microseconds; negative: nothing is slow. */
  #slowerThan: number;
  /** Milliseconds; 0: nothing is looked at. */
  #latencyThreshold = 0;

  /** @param commands - how many commands there are */
  constructor(host: CommandLogHost, configuration: Configuration, commands: number) {
    this.#host = host;
    this.#configuration = configuration;
    this.statistics = new Statistics(commands);
    this.#slowerThan = configuration.number('slowlog-log-slower-than');
    configuration.onChange('slowlog-log-slower-than', (value) => { this.#slowerThan = Number(value); });
    configuration.onChange('latency-monitor-threshold', (value) => { this.#latencyThreshold = Number(value); });
    configuration.onChange('latency-tracking', (value) => { this.statistics.tracksLatency = value === 'yes'; });
    configuration.onChange('slowlog-max-len', (value) => { this.slow.trim(Number(value)); });
  }

  /** A command is over, or waits. @param micros - how long it took */
  executed(connection: Connection, command: Command, args: readonly Bytes[], micros: number, reply: Reply): void {
    const { statistics } = this;
    statistics.called(command, micros);
    if (reply.kind === 'error') {
      if (reply.isCounted === true) statistics.failedAgain(command);
      else statistics.failed(command, 'failed', reply.text);
    }
    if (reply.kind !== 'waiting') {
      statistics.timed(command, micros);
      if (this.#slowerThan >= 0 && micros >= this.#slowerThan) this.#noteSlow(connection, command, args, micros);
    }
    this.#noteLatency(command, micros);
    if (this.monitors.size > 0 && !command.flags.includes('skip_monitor') && !command.flags.includes('admin')) this.show(connection, command, args);
  }

  /** Shows a command to the monitors. */
  show(connection: Connection, command: Command, args: readonly Bytes[]): void {
    // What has no id is a script.
    const source = connection.id === 0 ? 'lua' : connection.address;
    this.monitors.show(command, args, this.#host.now, connection.database, source, (to, line) => { this.#host.tell(to, line); });
  }

  /** A command that waited has its reply. @param micros - how long it was at it; waiting for a key does not count */
  unblocked(connection: Connection, command: Command, reply: Reply, micros: number): void {
    const { statistics } = this;
    if (reply.kind === 'error') statistics.failed(command, 'failed', reply.text);
    statistics.took(command, micros);
    statistics.timed(command, micros);
    if (this.#slowerThan >= 0 && micros >= this.#slowerThan) this.#noteSlow(connection, command, connection.args, micros);
    this.#noteLatency(command, micros);
    connection.args = [];
  }

  #noteLatency(command: Command, micros: number): void {
    if (this.#latencyThreshold === 0 || micros < this.#latencyThreshold * 1000) return;
    this.event(command.flags.includes('fast') ? 'fast-command' : 'command', Math.floor(micros / 1000));
  }

  /** Something took long. @param milliseconds - how long */
  event(name: string, milliseconds: number): void {
    if (this.#latencyThreshold > 0 && milliseconds >= this.#latencyThreshold) this.latency.add(name, Math.floor(this.#host.now / 1000), milliseconds);
  }

  #noteSlow(connection: Connection, command: Command, args: readonly Bytes[], micros: number): void {
    const maxLength = this.#configuration.number('slowlog-max-len');
    if (maxLength === 0 || command.flags.includes('skip_slowlog')) return;
    const { address, name } = connection.id === 0 ? this.#host.caller ?? connection : connection;
    const entry = { at: Math.floor(this.#host.now / 1000), duration: Math.round(micros), args: redacted(command, args), address, name };
    this.slow.add(entry, maxLength);
  }
}
