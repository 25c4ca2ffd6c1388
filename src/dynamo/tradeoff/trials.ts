/**
 * Writes and reads of the real store in which a read follows its write after a given time, and what came of them.
 *
 * The deployment is the one that the PBS model speaks of: the client asks all N replicas itself (section 6.4 of the Dynamo paper), the
 * last write wins, no read repair, no stand-ins, no anti-entropy, and patience beyond any latency, so that what differs
 * between replicas is what their messages met. Writes are buffered: the latency model has the disk's share in W.
 *
 * @module
 */
import { invariant } from '../../kernel/errors.ts';
import { Simulation } from '../../kernel/simulation.ts';
import { createDynamo, type Dynamo } from '../create-dynamo.ts';
import type { DynamoOptions } from '../options.ts';
import { Lane } from './lane.ts';
import type { MessageLatencies } from './message-latencies.ts';
import { quorumNetwork, type QuorumNetwork } from './quorum-network.ts';

/** Longer than any latency, of requests and of what nodes do in the background. */
const PATIENCE = '1h';

/** Lanes that run side by side: what is in flight of one says nothing of another, and virtual time costs nothing. */
const LANES = 32;

/** One way to set the store up. */
export interface QuorumSettings {
  readonly n: number;
  readonly r: number;
  readonly w: number;
  readonly latencies: MessageLatencies;
  readonly seed: number;
}

/** How many trials, and when they read. */
export interface TrialSettings extends QuorumSettings {
  /** Writes, each followed by a read. */
  readonly operations: number;
  /** Delays from a commit to its read, in milliseconds: trials take turns. */
  readonly delays: readonly number[];
  /** Told now and then how many trials are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** What came of the trials. Spans are in microseconds, one for each trial, in no order. */
export interface TrialResults {
  readonly readLatencies: Float64Array;
  readonly writeLatencies: Float64Array;
  /** From which delay on the read would have been fresh. */
  readonly freshFrom: Float64Array;
  /** How many writes had reached so many replicas when they were acknowledged, by that number. */
  readonly holders: readonly number[];
  /** Reads that did not show the write before them. */
  readonly stale: number;
  /** What a write or a read costs, on average. */
  readonly messages: number;
  readonly bytes: number;
}

/** A deployment whose messages have the latencies of a model. */
export function quorumDeployment({ n, r, w, latencies, seed }: QuorumSettings, more: DynamoOptions = {}): { sim: Simulation; dynamo: Dynamo; network: QuorumNetwork } {
  const sim = new Simulation({ seed, trace: 'digest', topology: { sameZone: 0, sameRegion: 0, betweenRegions: 0 } });
  const dynamo = createDynamo(sim, {
    nodes: n, n, r, w, conflict: 'lww', sloppy: false, readRepair: 'none', antiEntropy: false, writes: 'buffered', virtualNodes: 1, seeds: n,
    replicaTimeout: PATIENCE, requestTimeout: PATIENCE, handoffInterval: PATIENCE, gossipInterval: PATIENCE, flushInterval: PATIENCE, ...more,
  });
  const network = quorumNetwork(latencies, dynamo.nodes.map(({ id }) => id), sim.random.fork('latencies'));
  sim.network.rule(network.rule);
  return { sim, dynamo, network };
}

/**
 * Runs trials.
 *
 * How fresh a read is at a delay t could be counted from reads at t alone; a quantile of t would need a sweep over t, whose first
 * crossing of the wanted share is biased downwards (as the published ones are). But the latencies of a read do not depend on when it is
 * sent, so each read, whenever it was made, shows for every t what it would have met: the write's arrivals and its own are on record. The
 * store's answer must agree with them, each time, at the t at which it was asked.
 */
export function runTrials(settings: TrialSettings): TrialResults {
  const { n, r, operations, delays, onProgress } = settings;
  const { sim, dynamo, network } = quorumDeployment(settings);
  const readLatencies = new Float64Array(operations);
  const writeLatencies = new Float64Array(operations);
  const freshFrom = new Float64Array(operations);
  const holders = Array.from({ length: n + 1 }, () => 0);
  let begun = 0;
  let done = 0;
  let stale = 0;
  const next = (lane: Lane, finish: () => void): void => {
    if (begun === operations) return;
    const trial = begun++;
    const delay = delays[trial % delays.length] ?? 0;
    const value = String(trial);
    const { callbacks } = lane.client;
    const sentAt = sim.now;
    callbacks.put(lane.key, value, (error) => {
      if (error !== undefined) throw error;
      const committed = sim.now;
      writeLatencies[trial] = committed - sentAt;
      const held = lane.written.filter((at) => at <= committed).length;
      holders[held] = (holders[held] ?? 0) + 1;
      const read = (): void => {
        const asked = sim.now;
        callbacks.get(lane.key, (failure, result) => {
          if (failure !== undefined) throw failure;
          readLatencies[trial] = sim.now - asked;
          const fresh = lane.freshFrom(r, committed);
          freshFrom[trial] = fresh;
          const isFresh = result?.value === value;
          invariant(isFresh === fresh <= asked - committed, `a read ${asked - committed} us after its write must be ${isFresh ? 'stale' : 'fresh'}: its messages say so`);
          if (!isFresh) stale++;
          done++;
          if (done % 1000 === 0) onProgress?.(done);
          if (done === operations) finish();
          else next(lane, finish);
        }, UNRECORDED);
      };
      if (delay === 0) read();
      else sim.after(delay, read);
    }, UNRECORDED);
  };
  sim.runSync<void>((_, finish) => {
    for (let i = 0; i < Math.min(LANES, operations); i++) {
      const client = dynamo.client({ name: `client${i}`, coordination: 'client', timeout: PATIENCE });
      const lane = new Lane(client, `key${i}`, n);
      network.lanes.set(client.id, lane);
      next(lane, () => { finish(); });
    }
  });
  // The stragglers' acknowledgements and replies are part of the price.
  sim.drain(sim.now / 1000 + STRAGGLERS);
  const { messages, bytes } = network.counts;
  return { readLatencies, writeLatencies, freshFrom, holders, stale, messages: messages / operations / 2, bytes: bytes / operations / 2 };
}

const UNRECORDED = { record: false } as const;

/** Milliseconds. */
const STRAGGLERS = 600_000;
