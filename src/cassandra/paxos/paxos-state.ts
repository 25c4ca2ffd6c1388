/**
 * A replica's part in lightweight transactions (Apache Cassandra 5.0, `PaxosState`): for each partition the ballot it has
 * promised, the proposal it has accepted, and the latest one it has seen committed. It is kept on the disk (`system.paxos`),
 * and with the sync modes `batch` and `group` an answer waits until it is durable; with `periodic` a power failure may take a promise back.
 *
 * @module
 */
import type { Host, Timer } from '../../kernel/node.ts';
import { NumberedMap } from '../../structures/numbered-map.ts';
import { frameRecord, jsonBytes, readRecords } from '../../distributed/record-log.ts';
import type { Ballot, Proposal } from '../coordinator/messages.ts';
import { decodeMutation } from '../storage/codec.ts';
import type { Bytes } from '../types/data-type.ts';
import { compareBallots, laterProposal, NO_BALLOT } from './ballot.ts';

const FOLDER = 'system/paxos/';

/** What a replica remembers of one partition. */
interface State {
  promised: Ballot;
  /** The latest ballot promised to someone who meant to write. */
  promisedWrite: Ballot;
  accepted: Proposal | undefined;
  committed: Proposal | undefined;
}

/** What it says to a prepare. */
export interface Promised {
  readonly promised: boolean;
  readonly ballot: Ballot;
  readonly accepted: Proposal | undefined;
  readonly committed: Proposal | undefined;
  /** Whether the last promise to a writer was followed by its proposal (`hadProposalStability` of v2). */
  readonly isStable: boolean;
}

interface PaxosTimer extends Timer {
  readonly write: number;
}

type EncodedProposal = readonly [timestamp: number, node: string, mutation: Bytes | null] | null;

/** The state of all partitions on one replica. */
export class PaxosStates {
  readonly #host: Host;
  readonly #waitsForSync: boolean;
  readonly #states = new Map<string, State>();
  readonly #waiting = new NumberedMap<() => void>();
  #writes = 0;

  /**
   * @param host - the node
   * @param waitsForSync - whether an answer waits for the disk
   */
  constructor(host: Host, waitsForSync: boolean) {
    this.#host = host;
    this.#waitsForSync = waitsForSync;
  }

  /** Reads what earlier incarnations promised, accepted and saw. */
  start(): void {
    for (const file of this.#host.disk.list()) {
      if (!file.startsWith(FOLDER)) continue;
      const [record] = readRecords(this.#host.disk.read(file) ?? '').records;
      if (record === undefined) continue;
      const [promised, promisedWrite, accepted, committed] = JSON.parse(record) as [Ballot, Ballot, EncodedProposal, EncodedProposal];
      this.#states.set(file.slice(FOLDER.length), { promised, promisedWrite, accepted: decode(accepted), committed: decode(committed) });
    }
  }

  /**
   * Promises, if no later ballot was promised.
   *
   * @param isWrite - whether a proposal may follow
   * @param done - called when the promise is on the disk
   */
  prepare(table: string, key: Bytes, ballot: Ballot, isWrite: boolean, done: (answer: Promised) => void): void {
    const name = nameOf(table, key);
    const state = this.#state(name);
    const { accepted, committed } = state;
    const isStable = compareBallots(laterProposal(accepted, committed)?.ballot ?? NO_BALLOT, state.promisedWrite) >= 0;
    // Strictly later by the clock, and not by the proposer's name alone: a ballot's timestamp is that of the cells it writes, and of two
    // cells with one timestamp the larger value wins, not the later transaction. Where clocks are ahead and every round adds one to the last,
    // proposers meet at one microsecond far more often than random bits of time-based UUIDs do.
    if (ballot.timestamp <= state.promised.timestamp) {
      done({ promised: false, ballot: state.promised, accepted, committed, isStable });
      return;
    }
    state.promised = ballot;
    if (isWrite) state.promisedWrite = ballot;
    const answer: Promised = { promised: true, ballot, accepted, committed, isStable };
    this.#save(name, state, () => done(answer));
  }

  /** Accepts, if no later ballot was promised. */
  propose(table: string, key: Bytes, proposal: Proposal, done: (accepted: boolean) => void): void {
    const name = nameOf(table, key);
    const state = this.#state(name);
    if (compareBallots(proposal.ballot, state.promised) < 0) {
      done(false);
      return;
    }
    state.promised = proposal.ballot;
    state.accepted = proposal;
    this.#save(name, state, () => done(true));
  }

  /** Notes that a proposal was committed; whoever calls has applied its mutation before: what is noted must be there to be read. */
  commit(table: string, key: Bytes, proposal: Proposal, done: () => void): void {
    const name = nameOf(table, key);
    const state = this.#state(name);
    if (compareBallots(proposal.ballot, state.promised) > 0) state.promised = proposal.ballot;
    state.committed = laterProposal(proposal, state.committed);
    if (state.accepted !== undefined && compareBallots(state.accepted.ballot, proposal.ballot) <= 0) state.accepted = undefined;
    this.#save(name, state, done);
  }

  /** @returns whether the timer was one of these */
  onTimer(timer: Timer): boolean {
    if (timer.type !== 'paxos-synced') return false;
    const { write } = timer as PaxosTimer;
    const done = this.#waiting.get(write);
    this.#waiting.take(write);
    done?.();
    return true;
  }

  #state(name: string): State {
    let state = this.#states.get(name);
    if (state === undefined) this.#states.set(name, (state = { promised: NO_BALLOT, promisedWrite: NO_BALLOT, accepted: undefined, committed: undefined }));
    return state;
  }

  #save(name: string, { promised, promisedWrite, accepted, committed }: State, done: () => void): void {
    this.#host.disk.replace(FOLDER + name, frameRecord(jsonBytes([promised, promisedWrite, encode(accepted), encode(committed)])));
    if (!this.#waitsForSync) {
      this.#host.disk.sync(FOLDER + name);
      done();
      return;
    }
    const timer: PaxosTimer = { type: 'paxos-synced', write: ++this.#writes };
    this.#waiting.set(timer.write, done);
    this.#host.disk.sync(FOLDER + name, timer);
  }
}

function nameOf(table: string, key: Bytes): string {
  return `${table}/${key}`;
}

function encode(proposal: Proposal | undefined): EncodedProposal {
  return proposal === undefined ? null : [proposal.ballot.timestamp, proposal.ballot.node, proposal.mutation?.bytes ?? null];
}

function decode(encoded: EncodedProposal): Proposal | undefined {
  if (encoded === null) return undefined;
  const [timestamp, node, mutation] = encoded;
  return { ballot: { timestamp, node }, mutation: mutation === null ? undefined : decodeMutation(mutation) };
}
