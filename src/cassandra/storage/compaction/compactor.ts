/**
 * Runs compactions on the node's clock: the strategy of a table names a task, the task takes the time that
 * `compaction_throughput` allows for what it reads, and then the new sstables are written and synced. Readers see the old ones
 * until the new are durable, and then the new; a crash before leaves the old. A table has one compaction at a time, a node
 * `concurrent_compactors`.
 *
 * Repaired, unrepaired and sstables of a repair under way are never merged with each other (as in Apache Cassandra since 4.0).
 * Left out: stopping a compaction, and disk space reserved for one.
 *
 * @module
 */
import type { Host, Timer } from '../../../kernel/node.ts';
import type { Micros } from '../../../kernel/units.ts';
import type { Partitioner } from '../../partitioner.ts';
import type { Token } from '../../token.ts';
import type { Bytes } from '../../types/data-type.ts';
import { hashKey } from '../bloom-filter.ts';
import { leastOf, SSTableWalk, takeSources } from '../partition-walk.ts';
import { PURGE_NOTHING, type Purger } from '../row.ts';
import { sstableFiles, type SSTable } from '../sstable.ts';
import { joinIntervals, type LogInterval, type SSTableMarks } from '../sstable-stats.ts';
import type { TableStore } from '../table-store.ts';
import { mergePartition } from './merge.ts';
import { OutputLane, type LaneSurroundings } from './output-lane.ts';
import { strategyOf } from './strategies.ts';
import { flagOption, taskOf, type Candidate, type CompactionTask, type CompactionView } from './strategy.ts';

/** What a compactor needs of its engine. */
export interface CompactorSurroundings extends LaneSurroundings {
  readonly host: Host;
  readonly partitioner: Partitioner;
  stores(): Iterable<TableStore>;
  /** Notes log intervals that no sstable holds any more, durably, then calls back. */
  keepIntervals(store: TableStore, intervals: readonly LogInterval[], done: () => void): void;
}

/** A compaction that somebody asked for. */
export interface CompactionRequest {
  readonly store: TableStore;
  readonly reason: 'major' | 'cleanup' | 'garbagecollect' | 'anticompaction';
  /** For cleanup: which partitions stay. */
  readonly keep?: (token: Token) => boolean;
  /** For anticompaction: partitions in it get these marks and the others keep theirs. */
  readonly split?: { readonly within: (token: Token) => boolean; readonly pendingRepair: string };
  readonly done?: (() => void) | undefined;
}

interface Running {
  readonly id: number;
  readonly store: TableStore;
  readonly task: CompactionTask;
  readonly inputs: readonly SSTable[];
  readonly request: CompactionRequest | undefined;
  outputs: readonly SSTable[];
  /** Files of the outputs that are not synced yet. */
  unsynced: number;
}

/** A request and what is left to do of it; undefined before it begins. */
interface Asked {
  readonly request: CompactionRequest;
  readonly tasks: readonly CompactionTask[] | undefined;
}

interface CompactionTimer extends Timer {
  readonly compaction: number;
}

const CHECK_EVERY = 60_000_000 as Micros;

/** The compactions of one incarnation of one node. */
export class Compactor {
  readonly #around: CompactorSurroundings;
  readonly #running = new Map<number, Running>();
  #requests: Asked[] = [];
  readonly #lastCompacted = new Map<string, Map<number, Token>>();
  #nextId = 1;
  #done = 0;
  /** When the disk is free for the next compaction. */
  #freeAt = 0;
  #isArmed = false;
  /** Whether compactions begin by themselves. */
  isAutomatic: boolean;

  constructor(around: CompactorSurroundings) {
    this.#around = around;
    this.isAutomatic = around.options.autoCompaction;
  }

  /** Compactions of all tables: those that run, those asked for that do not run yet, and those that are done. */
  tasks(): { readonly active: number; readonly pending: number; readonly completed: number } {
    return { active: this.#running.size, pending: this.#requests.filter(({ tasks }) => tasks?.length !== 0).length, completed: this.#done };
  }

  /** Compactions of a table that run or were asked for. */
  pending(store: TableStore): number {
    let count = this.#requests.filter(({ request, tasks }) => request.store === store && tasks?.length !== 0).length;
    for (const running of this.#running.values()) if (running.store === store) count++;
    return count;
  }

  /** Asks for a compaction of all of a table; it begins when nothing else works on the table. */
  request(request: CompactionRequest): void {
    this.#requests.push({ request, tasks: undefined });
    this.check(request.store);
  }

  /** Begins what can begin for a table: its sstables have changed. */
  check(store: TableStore): void {
    this.#arm();
    while (this.#running.size < this.#around.options.concurrentCompactors && !this.#isBusy(store)) {
      const asked = this.#requests.find(({ request }) => request.store === store);
      if (asked !== undefined) {
        if (store.flushes.length > 0) return;
        this.#serve(asked);
        continue;
      }
      const task = this.isAutomatic ? this.#nextTask(store) : undefined;
      if (task === undefined) return;
      this.#begin(store, task, undefined);
    }
  }

  /** A table's sstables are gone: nothing is compacted that was begun. */
  forget(store: TableStore): void {
    for (const [id, running] of this.#running) {
      if (running.store !== store) continue;
      this.#running.delete(id);
      for (const output of running.outputs) this.#remove(output);
      running.request?.done?.();
    }
    for (const { request } of this.#requests) if (request.store === store) request.done?.();
    this.#requests = this.#requests.filter(({ request }) => request.store !== store);
    this.#lastCompacted.delete(store.table.id);
  }

  /** @returns whether the timer was the compactor's */
  onTimer(timer: Timer): boolean {
    switch (timer.type) {
      case 'compaction-check':
        this.#isArmed = false;
        for (const store of this.#around.stores()) this.check(store);
        this.#arm();
        return true;
      case 'compaction-read': {
        const running = this.#running.get((timer as CompactionTimer).compaction);
        if (running !== undefined) this.#write(running);
        return true;
      }
      case 'compaction-synced': {
        const running = this.#running.get((timer as CompactionTimer).compaction);
        if (running !== undefined && --running.unsynced === 0) this.#finish(running);
        return true;
      }
      default: return false;
    }
  }

  /** What strategies are told. */
  view(store: TableStore): CompactionView {
    const { partitioner } = this.#around;
    const nowSeconds = this.#around.nowSeconds();
    return {
      nowSeconds, gcBefore: nowSeconds - store.table.options.gcGraceSeconds, flushBytes: store.flushBytes,
      share: (first, last) => partitioner.share(first, last),
      boundary: (share) => partitioner.between(partitioner.minimum, partitioner.minimum, share),
      lastCompacted: this.#lastCompacted.get(store.table.id) ?? new Map<number, Token>(),
    };
  }

  #isBusy(store: TableStore): boolean {
    for (const running of this.#running.values()) if (running.store === store) return true;
    return false;
  }

  /** Looks again in a while, if time alone may make something to do. */
  #arm(): void {
    if (this.#isArmed || !this.isAutomatic) return;
    for (const { sstables } of this.#around.stores()) {
      if (!sstables.some(({ figures }) => figures.droppable.size > 0)) continue;
      this.#isArmed = true;
      this.#around.host.setTimer(CHECK_EVERY, { type: 'compaction-check' });
      return;
    }
  }

  /** Sstables that may be compacted, in groups that may be merged with each other. */
  #groups(store: TableStore): readonly (readonly Candidate[])[] {
    const groups = new Map<string, Candidate[]>();
    for (const sstable of store.sstables) {
      if (!store.durable.has(sstable.generation) || store.busy.has(sstable.generation) || sstable.isDamaged) continue;
      const { repairedAt, pendingRepair } = sstable.marks;
      const name = pendingRepair === undefined ? String(repairedAt > 0) : `pending ${pendingRepair}`;
      const { generation, bytes, figures, marks, tokens: { first, last } } = sstable;
      const candidate: Candidate = { generation, bytes, first, last, figures, marks };
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [candidate]);
      else group.push(candidate);
    }
    return [...groups.values()].map((group) => group.sort((a, b) => a.generation - b.generation));
  }

  #nextTask(store: TableStore): CompactionTask | undefined {
    const { compaction } = store.table.options;
    if (compaction['enabled'] === 'false') return undefined;
    const strategy = strategyOf(compaction.class);
    for (const group of this.#groups(store)) {
      const task = strategy.next(group, compaction, this.view(store));
      if (task !== undefined) return task;
    }
    return undefined;
  }

  #serve(asked: Asked): void {
    const { request } = asked;
    const at = this.#requests.indexOf(asked);
    const [task, ...rest] = asked.tasks ?? this.#tasksFor(request);
    if (task === undefined) {
      this.#requests.splice(at, 1);
      request.done?.();
      return;
    }
    this.#requests[at] = { request, tasks: rest };
    this.#begin(request.store, task, request);
  }

  #tasksFor({ store, reason }: CompactionRequest): CompactionTask[] {
    const { compaction } = store.table.options;
    switch (reason) {
      case 'major':
      case 'garbagecollect':
        return this.#groups(store).flatMap((group) => [...strategyOf(compaction.class).major(group, compaction, this.view(store))]);
      case 'cleanup':
      case 'anticompaction':
        return this.#groups(store).flatMap((group) => group.map((candidate) => taskOf('cleanup', [candidate], { level: candidate.marks.level })));
    }
  }

  #begin(store: TableStore, task: CompactionTask, request: CompactionRequest | undefined): void {
    const { host, options } = this.#around;
    const inputs = store.sstables.filter(({ generation }) => task.inputs.includes(generation));
    for (const { generation } of inputs) store.busy.add(generation);
    const running: Running = { id: this.#nextId++, store, task, inputs, request, outputs: [], unsynced: 0 };
    this.#running.set(running.id, running);
    const bytes = task.reason === 'expired' ? 0 : inputs.reduce((sum, input) => sum + input.bytes, 0);
    const now = host.monotonic();
    const takes = options.compactionThroughput > 0 ? Math.ceil((bytes / options.compactionThroughput) * 1e6) : 0;
    this.#freeAt = Math.max(this.#freeAt, now) + takes;
    const timer: CompactionTimer = { type: 'compaction-read', compaction: running.id };
    host.setTimer((this.#freeAt - now) as Micros, timer);
  }

  /** All is read: merges, writes and syncs. */
  #write(running: Running): void {
    const { store, inputs, task } = running;
    const outputs = task.reason === 'expired' ? [] : this.#merge(running);
    if (outputs === undefined || inputs.some(({ isDamaged }) => isDamaged)) {
      for (const output of outputs ?? []) this.#remove(output);
      this.#release(running);
      return;
    }
    running.outputs = outputs;
    if (outputs.length === 0) {
      running.unsynced = 1;
      this.#around.keepIntervals(store, inputs.flatMap(({ figures }) => figures.logIntervals), () => {
        if (this.#running.has(running.id)) this.#finish(running);
      });
      return;
    }
    running.unsynced = outputs.length * 2;
    const timer: CompactionTimer = { type: 'compaction-synced', compaction: running.id };
    for (const output of outputs) {
      const files = sstableFiles(output.table, output.generation);
      this.#around.context.disk.sync(files.data, timer);
      this.#around.context.disk.sync(files.statistics, timer);
    }
  }

  #finish(running: Running): void {
    const { store, inputs, outputs, task } = running;
    store.replace(inputs, outputs);
    for (const { generation } of outputs) store.durable.add(generation);
    for (const input of inputs) this.#remove(input);
    store.counts.compactions++;
    this.#done++;
    const bytes = outputs.reduce((sum, output) => sum + output.bytes, 0);
    store.counts.bytesCompacted += bytes;
    const given = inputs.find(({ generation }) => generation === task.inputs[0]);
    if (task.reason === 'leveled' && given !== undefined && given.marks.level > 0) {
      let pointers = this.#lastCompacted.get(store.table.id);
      if (pointers === undefined) this.#lastCompacted.set(store.table.id, (pointers = new Map()));
      pointers.set(given.marks.level, given.tokens.last);
    }
    this.#around.host.trace('compaction', {
      table: store.table.id, reason: task.reason, inputs: task.inputs, outputs: outputs.map(({ generation }) => generation), bytes,
    });
    this.#release(running);
    this.check(store);
  }

  #release(running: Running): void {
    for (const { generation } of running.inputs) running.store.busy.delete(generation);
    this.#running.delete(running.id);
    for (const store of this.#around.stores()) if (store !== running.store) this.check(store);
    // What somebody asked for goes on, whatever became of this part.
    if (running.request !== undefined) this.check(running.store);
  }

  #remove(sstable: SSTable): void {
    const files = sstableFiles(sstable.table, sstable.generation);
    this.#around.context.disk.remove(files.data);
    this.#around.context.disk.remove(files.statistics);
  }

  /** @returns the new sstables, or undefined when the disk is full */
  #merge(running: Running): readonly SSTable[] | undefined {
    const { store, inputs, task, request } = running;
    const { partitioner } = this.#around;
    const nowSeconds = this.#around.nowSeconds();
    const intervals = joinIntervals(inputs.flatMap(({ figures }) => figures.logIntervals));
    const lanes = new Map<boolean, OutputLane>();
    const laneOf = (token: Token): OutputLane => {
      const within = request?.split?.within(token) ?? false;
      let lane = lanes.get(within);
      if (lane === undefined) {
        const [first] = inputs;
        const repairedAt = inputs.reduce((least, { marks }) => Math.min(least, marks.repairedAt), Infinity);
        const marks: SSTableMarks = {
          level: task.level, repairedAt, pendingRepair: within && request?.split !== undefined ? request.split.pendingRepair : first?.marks.pendingRepair,
        };
        lanes.set(within, (lane = new OutputLane(this.#around, running.store, inputs, task, marks, intervals)));
      }
      return lane;
    };
    const walks = inputs.map((input) => new SSTableWalk(store.table, input, partitioner));
    for (const walk of walks) walk.begin(undefined, undefined);
    for (;;) {
      const least = leastOf(walks);
      if (least === undefined) break;
      const { key, token } = least;
      const sources = takeSources(walks, token, key);
      if (request?.keep?.(token) === false) continue;
      const { head, rows } = mergePartition(store.table, key, sources, this.#purgerFor(store, inputs, key), nowSeconds);
      laneOf(token).add(token, head, rows);
    }
    const finished = [...lanes.values()].map((lane) => lane.finish());
    const outputs = finished.flatMap((made) => made ?? []);
    if (finished.every((made) => made !== undefined)) return outputs;
    for (const output of outputs) this.#remove(output);
    return undefined;
  }

  /** A tombstone may go when it is old enough and nothing outside of the compaction may hold anything of its partition that is older. */
  #purgerFor(store: TableStore, inputs: readonly SSTable[], key: Bytes): Purger {
    const { options } = store.table;
    const gcBefore = this.#around.nowSeconds() - options.gcGraceSeconds;
    if (flagOption(options.compaction, 'only_purge_repaired_tombstones') && inputs.some(({ marks }) => marks.repairedAt === 0)) return PURGE_NOTHING;
    let oldest: number | undefined;
    return {
      mayGo(timestamp, localDeletionTime) {
        if (localDeletionTime >= gcBefore) return false;
        oldest ??= oldestOutside(store, inputs, key);
        return timestamp < oldest;
      },
    };
  }
}

/** No timestamp of a partition outside of a compaction is less than this. */
function oldestOutside(store: TableStore, inputs: readonly SSTable[], key: Bytes): number {
  let oldest = store.memtable.get(key) === undefined ? Infinity : store.memtable.minTimestamp;
  const hash = hashKey(key);
  for (const other of store.sstables) {
    if (!inputs.includes(other) && other.figures.minTimestamp < oldest && other.mayContain(hash)) oldest = other.figures.minTimestamp;
  }
  return oldest;
}
