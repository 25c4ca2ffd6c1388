/**
 * The coordinator as statements see it: {@link StorageProxy} over the network.
 *
 * @module
 */
import type { Random } from '../../kernel/random.ts';
import type { ConsistencyLevel } from '../consistency.ts';
import { isSerial } from '../consistency.ts';
import type { Callback, CasRequest, CasResult, ReadCallback, StorageProxy } from '../cql/storage-proxy.ts';
import { errorFromReply, InvalidRequestError, type CassandraErrorReply } from '../errors.ts';
import type { PaxosCoordinator } from '../paxos/paxos.ts';
import type { Schema } from '../schema/schema.ts';
import type { TableMetadata } from '../schema/metadata.ts';
import { liveRowCount, splitKey } from '../storage/filter.ts';
import type { Mutation } from '../storage/mutation.ts';
import { emptyData, type PartitionData } from '../storage/partition.ts';
import type { PartitionRead, RangeRead } from '../storage/read-command.ts';
import { quoteName } from '../types/type-name.ts';
import { toCqlLiteral } from '../types/literal-text.ts';
import type { Host } from '../../kernel/node.ts';
import type { Batchlog } from './batchlog.ts';
import { demandOf, endpointOf, placementOf, type ClusterView } from './cluster.ts';
import type { Counters } from './counters.ts';
import type { Membership } from './membership.ts';
import type { Proximity } from './proximity.ts';
import type { RangeReads } from './range-read.ts';
import type { ReadCoordinator, ReadOutcome } from './read.ts';
import type { SystemTables } from './system-tables.ts';
import type { Truncation } from './truncation.ts';
import type { WriteCoordinator } from './write.ts';

/** What does the work. */
export interface Workers {
  readonly writes: WriteCoordinator;
  readonly reads: ReadCoordinator;
  readonly ranges: RangeReads;
  readonly counters: Counters;
  readonly batchlog: Batchlog;
  readonly paxos: PaxosCoordinator;
  readonly truncation: Truncation;
  readonly proximity: Proximity;
  readonly membership: Membership;
  readonly system: SystemTables;
}

/** One node's coordinator. */
export class Coordinator implements StorageProxy {
  readonly #host: Host;
  readonly #view: ClusterView;
  readonly #workers: Workers;
  readonly #datacenter: string;
  #lastTimestamp = 0;

  constructor(host: Host, view: ClusterView, workers: Workers) {
    this.#host = host;
    this.#datacenter = endpointOf(view, host.id).datacenter;
    this.#view = view;
    this.#workers = workers;
  }

  get schema(): Schema {
    return this.#view.schema;
  }

  get random(): Random {
    return this.#host.random;
  }

  timestamp(): number {
    this.#lastTimestamp = Math.max(this.#lastTimestamp + 1, this.#host.now());
    return this.#lastTimestamp;
  }

  nowSeconds(): number {
    return Math.floor(this.#host.now() / 1_000_000);
  }

  mutate(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: Callback<void>): void {
    this.#workers.writes.mutate(mutations, consistency, mutations.length > 1 ? 'UNLOGGED_BATCH' : 'SIMPLE', finish(done));
  }

  mutateAtomically(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: Callback<void>): void {
    // A batch of one partition is one mutation, which needs no log to happen as a whole.
    if (mutations.length === 1) this.#workers.writes.mutate(mutations, consistency, 'BATCH', finish(done));
    else this.#workers.batchlog.mutate(mutations, consistency, finish(done));
  }

  mutateCounters(mutations: readonly Mutation[], consistency: ConsistencyLevel, done: Callback<void>): void {
    this.#workers.counters.mutate(mutations, consistency, finish(done));
  }

  read(commands: readonly PartitionRead[], consistency: ConsistencyLevel, serial: boolean, done: ReadCallback): void {
    const [first] = commands;
    if (consistency === 'ANY') {
      done(new InvalidRequestError('ANY ConsistencyLevel is only supported for writes'));
      return;
    }
    if (first === undefined) {
      done(undefined, []);
      return;
    }
    if (serial || isSerial(consistency)) {
      if (commands.length > 1) done(new InvalidRequestError('SERIAL/LOCAL_SERIAL consistency may only be requested for one partition at a time'));
      else this.#serialRead(first, consistency, done);
      return;
    }
    if (commands.length === 1) {
      this.#readOne(first, consistency, done);
      return;
    }
    const results: (PartitionData | undefined)[] = commands.map(() => undefined);
    let left = commands.length;
    const warnings: string[] = [];
    commands.forEach((command, i) => {
      const table = this.#view.schema.tableById(command.table);
      if (table === undefined) {
        if (left > 0) done(new InvalidRequestError(`unconfigured table ${command.table}`));
        left = 0;
        return;
      }
      const { system } = this.#workers;
      const readOne = system.has(table)
        ? (settle: (outcome: ReadOutcome) => void): void => settle({ partitions: system.read(table, command) })
        : (settle: (outcome: ReadOutcome) => void): void => this.readPartition(command, table, consistency, settle);
      readOne((outcome) => {
        if (left <= 0) return;
        if ('error' in outcome) {
          left = 0;
          done(errorFromReply(outcome.error));
          return;
        }
        results[i] = outcome.partitions[0] ?? emptyData(command.key);
        warnings.push(...(this.#warnings(command, table, outcome) ?? []));
        if (--left === 0) done(undefined, results.map((data) => data ?? emptyData(command.key)), warnings);
      });
    });
  }

  #readOne(command: PartitionRead, consistency: ConsistencyLevel, done: ReadCallback): void {
    const table = this.#view.schema.tableById(command.table);
    if (table === undefined) {
      done(new InvalidRequestError(`unconfigured table ${command.table}`));
    } else if (this.#workers.system.has(table)) {
      done(undefined, [this.#workers.system.read(table, command)[0] ?? emptyData(command.key)]);
    } else {
      this.readPartition(command, table, consistency, (outcome) => {
        if ('error' in outcome) done(errorFromReply(outcome.error));
        else done(undefined, outcome.partitions.length === 0 ? [emptyData(command.key)] : outcome.partitions, this.#warnings(command, table, outcome));
      });
    }
  }

  /** An ordinary read of one partition. */
  readPartition(command: PartitionRead, table: TableMetadata, consistency: ConsistencyLevel, done: (outcome: ReadOutcome) => void): void {
    const placement = placementOf(this.#view, table.keyspace);
    const { membership, proximity, reads } = this.#workers;
    const replicas = proximity.sorted(membership.topology.replicas(placement.replication, this.#view.partitioner.tokenOf(command.key)));
    const alive = membership.areAlive(replicas) ? replicas : replicas.filter(({ id }) => membership.isAlive(id));
    const requirement = demandOf(placement, consistency, this.#datacenter);
    reads.begin({ table, command, consistency, alive, done, requirement, timeout: this.#view.parameters.readRequestTimeout });
  }

  readRange(command: RangeRead, consistency: ConsistencyLevel, done: Callback<readonly PartitionData[]>): void {
    // (A serial level is a quorum here, which finishes no transactions, as in the real one.)
    if (consistency === 'ANY') {
      done(new InvalidRequestError('ANY ConsistencyLevel is only supported for writes'));
      return;
    }
    const table = this.#view.schema.tableById(command.table);
    if (table === undefined) {
      done(new InvalidRequestError(`unconfigured table ${command.table}`));
      return;
    }
    if (this.#workers.system.has(table)) {
      done(undefined, this.#workers.system.read(table, command));
      return;
    }
    this.#workers.ranges.begin(command, table, consistency, (outcome) => {
      if ('error' in outcome) done(errorFromReply(outcome.error));
      else done(undefined, outcome.partitions);
    });
  }

  compareAndSet({ table, key, read, evaluate }: CasRequest, serialConsistency: ConsistencyLevel, consistency: ConsistencyLevel, done: Callback<CasResult>): void {
    this.#workers.paxos.begin({
      table, key, read, serialConsistency, consistency, evaluate,
      done: (outcome) => {
        if ('error' in outcome) done(errorFromReply(outcome.error));
        else done(undefined, outcome);
      },
    });
  }

  truncate(table: TableMetadata, done: Callback<void>): void {
    this.#workers.truncation.begin(table.id, finish(done));
  }

  changeSchema(schema: Schema, done: Callback<void>): void {
    this.#view.schema = schema;
    done(undefined);
  }

  #serialRead(command: PartitionRead, consistency: ConsistencyLevel, done: Callback<readonly PartitionData[]>): void {
    const table = this.#view.schema.tableById(command.table);
    if (table === undefined) {
      done(new InvalidRequestError(`unconfigured table ${command.table}`));
      return;
    }
    this.#workers.paxos.begin({
      table, key: command.key, read: command,
      serialConsistency: consistency,
      consistency: 'ANY',
      evaluate: () => undefined,
      done: (outcome) => {
        if ('error' in outcome) done(errorFromReply(outcome.error));
        else done(undefined, [outcome.current]);
      },
    }, true);
  }

  /** As the server words it; of the query it tells the key and the limit, and leaves out restrictions of clustering columns. */
  #warnings(command: PartitionRead, table: TableMetadata, { partitions, tombstones = 0 }: { readonly partitions: readonly PartitionData[]; readonly tombstones?: number }): readonly string[] | undefined {
    if (tombstones <= this.#view.parameters.tombstoneWarnThreshold) return undefined;
    const { key, limits, filter, nowSeconds } = command;
    const live = partitions.reduce((sum, data) => sum + liveRowCount(table, data, filter, nowSeconds), 0);
    const where = splitKey(table, key).map((part, i) => {
      const column = table.partitionKey[i];
      return column === undefined ? '' : `${quoteName(column.name)} = ${toCqlLiteral(column.type, part)}`;
    });
    const limit = limits.rows === Infinity ? '' : ` LIMIT ${limits.rows}`;
    const { partitioner } = this.#view;
    return [`Read ${live} live rows and ${tombstones} tombstone cells for query SELECT * FROM ${quoteName(table.keyspace)}.${quoteName(table.name)} WHERE ${where.join(' AND ')}${limit} ALLOW FILTERING; token ${partitioner.format(partitioner.tokenOf(key))} (see tombstone_warn_threshold)`];
  }
}

function finish(done: Callback<void>): (error?: CassandraErrorReply) => void {
  return (error) => {
    if (error === undefined) done(undefined);
    else done(errorFromReply(error));
  };
}
