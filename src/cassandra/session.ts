/**
 * A Cassandra in process: one node, a clock that stands still until it is told to move, answers at once. For tests that want
 * CQL and no cluster.
 *
 * @module
 */
import { invariant, refuseUnknownOptions } from '../kernel/errors.ts';
import { Simulation } from '../kernel/simulation.ts';
import { duration, type DurationInput } from '../kernel/units.ts';
import { createCassandra, type Cassandra } from './cassandra.ts';
import { bindParameters, type Parameters } from './cql/bind.ts';
import type { Catalog } from './cql/prepare.ts';
import { executeQueries } from './cql/prepare.ts';
import { ResultSet, type ExecutionInfo } from './cql/result-set.ts';
import { splitStatements } from './cql/lexer.ts';
import type { ExecuteOptions, PreparedStatement, StatementResult } from './cql/statement.ts';
import type { StorageProxy } from './cql/storage-proxy.ts';
import type { CassandraError } from './errors.ts';
import type { ParameterOptions } from './parameters.ts';
import { fromHex } from './types/bytes.ts';

/** What a session may be told. */
export interface SessionOptions {
  /** The clock's first instant in milliseconds since the Unix epoch; 2026-01-01 unless given. */
  readonly now?: number;
  /** For `uuid()` and `now()`. */
  readonly seed?: number;
  /** The keyspace of names without one. */
  readonly keyspace?: string;
  /** Parameters of cassandra.yaml that differ from their defaults. */
  readonly parameters?: ParameterOptions;
}

/** Settings of an execution. */
export interface SessionExecutionOptions {
  /** The write timestamp in microseconds since the Unix epoch. */
  readonly timestamp?: number;
  /** Rows of a page. Default: all at once. */
  readonly pageSize?: number;
  /** The `pageState` of the page before. */
  readonly pageState?: string;
}

/** A statement prepared once, for loops. */
export interface SessionStatement {
  /** Executes it. @throws {@link CassandraError} */
  execute(params?: Parameters, options?: SessionExecutionOptions): ResultSet;
}

const PLAIN: ExecutionInfo = { queriedHost: undefined, achievedConsistency: 'ONE', warnings: [] };
const DEFAULT_NOW = 1_767_225_600_000;

/** A node, and a connection to it. */
export class Session {
  /** The simulation beneath: its clock is the node's. */
  readonly simulation: Simulation;
  /** The cluster of one node beneath. */
  readonly cluster: Cassandra;
  readonly #catalog: Catalog;
  #keyspace: string | undefined;
  readonly #proxy: () => StorageProxy;

  /** @internal Made by {@link createSession}. */
  constructor(options: SessionOptions) {
    refuseUnknownOptions('a session', options, ['now', 'seed', 'keyspace', 'parameters']);
    this.simulation = new Simulation({ seed: options.seed ?? 0, epoch: options.now ?? DEFAULT_NOW });
    this.cluster = createCassandra(this.simulation, { ...options.parameters, nodes: 1 });
    const [node] = this.cluster.nodes;
    invariant(node !== undefined, 'a session has a node');
    this.#catalog = node.catalog;
    const proxy = (): StorageProxy => node.machine.coordinator;
    this.#proxy = proxy;
    this.#keyspace = options.keyspace;
  }

  /** The keyspace in use, after `USE`. */
  get keyspace(): string | undefined {
    return this.#keyspace;
  }

  /**
   * Executes a statement.
   *
   * @param query - the text, with `?` or `:name` where values go
   * @param params - the values: a list, or an object by name
   * @throws {@link CassandraError} as Cassandra words it
   */
  execute(query: string, params: Parameters = [], options: SessionExecutionOptions = {}): ResultSet {
    return this.#run(this.#catalog.prepare(query, this.#keyspace), params, options);
  }

  /** Executes a script: statements ended by `;`. @returns each one's result */
  run(cql: string): readonly ResultSet[] {
    return splitStatements(cql).map((statement) => this.execute(statement));
  }

  /** Prepares a statement for many executions. @throws {@link CassandraError} */
  prepare(query: string): SessionStatement {
    let prepared = this.#catalog.prepare(query, this.#keyspace);
    let { schema } = this.#catalog;
    const { keyspace } = prepared;
    return {
      execute: (params = [], options = {}) => {
        if (this.#catalog.schema !== schema) {
          prepared = this.#catalog.prepare(query, keyspace);
          ({ schema } = this.#catalog);
        }
        return this.#run(prepared, params, options);
      },
    };
  }

  /** Executes modifications as one batch. @param queries - texts with their values */
  batch(queries: readonly { readonly query: string; readonly params?: Parameters }[], kind: 'LOGGED' | 'UNLOGGED' | 'COUNTER' = 'LOGGED'): ResultSet {
    const statements = queries.map(({ query, params = [] }) => ({ text: query, values: bindParameters(this.#catalog.prepare(query, this.#keyspace).variables, params) }));
    return this.#wait((done) => executeQueries(this.#catalog, { text: '', keyspace: this.#keyspace, options: this.#options([], {}), batch: { kind, statements } }, this.#proxy(), done));
  }

  /** Moves the clock: what is due happens. */
  advance(span: DurationInput): void {
    this.simulation.drain((this.simulation.now + duration(span)) / 1000);
  }

  /** Writes memtables to SSTables. */
  flush(): void {
    this.cluster.flush();
  }

  #run(prepared: PreparedStatement, params: Parameters, options: SessionExecutionOptions): ResultSet {
    const values = bindParameters(prepared.variables, params);
    return this.#wait((done) => prepared.execute(this.#options(values, options), this.#proxy(), done));
  }

  #options(values: ExecuteOptions['values'], { timestamp, pageSize, pageState }: SessionExecutionOptions): ExecuteOptions {
    return {
      values, timestamp, pageSize,
      consistency: 'ONE', serialConsistency: undefined,
      pagingState: pageState === undefined ? undefined : (fromHex(pageState) ?? ''),
    };
  }

  /** A node that is alone answers at once; only a log that waits for its disk lets time pass. */
  #wait(begin: (done: (error: CassandraError | undefined, result?: StatementResult) => void) => void): ResultSet {
    let outcome: { readonly error: CassandraError | undefined; readonly result: StatementResult | undefined } | undefined;
    begin((error, result) => {
      outcome ??= { error, result };
    });
    for (let i = 0; outcome === undefined && i < 10_000; i++) this.advance('1ms');
    const ended = outcome as { readonly error: CassandraError | undefined; readonly result: StatementResult | undefined } | undefined;
    if (ended?.error !== undefined) throw ended.error;
    invariant(ended?.result !== undefined, 'a node that is alone answers');
    if (ended.result.kind === 'set-keyspace') this.#keyspace = ended.result.keyspace;
    const { warnings } = ended.result;
    return new ResultSet(ended.result, warnings === undefined ? PLAIN : { ...PLAIN, warnings });
  }
}

/** A Cassandra of one node in this process. */
export function createSession(options: SessionOptions = {}): Session {
  return new Session(options);
}
