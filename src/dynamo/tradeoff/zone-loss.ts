/**
 * What is answered while a whole zone is down: the replicas stand in up to three zones, and those of the first one are crashed.
 *
 * @module
 */
import { quorumDeployment, type QuorumSettings } from './trials.ts';

/** Shares of requests that were answered, 0 to 1. */
export interface ZoneLossResults {
  readonly reads: number;
  readonly writes: number;
}

const ZONES = ['zone-a', 'zone-b', 'zone-c'];
/** What is answered depends on who is down, not on chance. */
const REQUESTS = 20;
/** The first round finds out who is down; the second one counts. */
const ROUNDS = 2;
/** Every request that can be answered is, by then; the others are given up. */
const PATIENCE = '10m';

/**
 * Loses a zone and asks.
 *
 * @param sloppy - with stand-ins, as many as there are replicas; else the home nodes alone
 */
export function loseZone(settings: QuorumSettings, sloppy: boolean): ZoneLossResults {
  const { n } = settings;
  const zones = ZONES.slice(0, n);
  const { sim, dynamo } = quorumDeployment(settings, {
    nodes: sloppy ? 2 * n : n, zones, sloppy, requestTimeout: PATIENCE, ...(sloppy ? { replicaTimeout: '10s' } : {}),
  });
  // In the last zone, so that with more than one zone the client is not itself where the lights are out.
  const { callbacks } = dynamo.client({ name: 'client', coordination: 'client', timeout: '1h', zone: zones[zones.length - 1] ?? 'zone-a' });
  for (const node of dynamo.nodes) if (node.placement.zone === zones[0]) node.crash();
  let answered = { reads: 0, writes: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const counts = { reads: 0, writes: 0 };
    sim.runSync<void>((_, done) => {
      let open = 2 * REQUESTS;
      const end = (what: 'reads' | 'writes') => (error: unknown): void => {
        if (error === undefined) counts[what]++;
        if (--open === 0) done();
      };
      for (let i = 0; i < REQUESTS; i++) {
        callbacks.put(`key${i}`, 'value', end('writes'), { record: false });
        callbacks.get(`key${i}`, end('reads'), { record: false });
      }
    });
    answered = counts;
  }
  return { reads: answered.reads / REQUESTS, writes: answered.writes / REQUESTS };
}
