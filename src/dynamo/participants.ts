/**
 * Who takes part in a get or put (section 4.6): the N home nodes of the key; in a sloppy quorum the first N healthy nodes of its
 * preference list, some in place of a home node.
 *
 * @module
 */
import type { NodeId } from '../kernel/units.ts';
import type { FailureDetector } from './failure-detector.ts';
import type { Participants } from './operation.ts';

/**
 * Chooses.
 *
 * @param home - the N home nodes of the key
 * @param list - the key's preference list, which begins with them
 * @param sloppy - whether stand-ins may take part
 * @param detector - what the coordinator believes of the others
 */
export function chooseParticipants(home: readonly NodeId[], list: readonly NodeId[], sloppy: boolean, detector: FailureDetector): Participants {
  if (!sloppy || detector.isCalm || home.every((node) => detector.isHealthy(node))) return { nodes: home, standsFor: nobody(home.length) };
  const n = home.length;
  const missing = home.filter((node) => !detector.isHealthy(node));
  const standIns: NodeId[] = [];
  for (let i = n; i < list.length && standIns.length < missing.length; i++) {
    const node = list[i] as NodeId;
    if (detector.isHealthy(node)) standIns.push(node);
  }
  const nodes = home.filter((node) => detector.isHealthy(node));
  const standsFor: (NodeId | undefined)[] = nodes.map(() => undefined);
  standIns.forEach((node, i) => {
    nodes.push(node);
    standsFor.push(missing[i]);
  });
  // With too few healthy nodes in all, the unhealthy are asked after all.
  for (const node of missing.slice(standIns.length)) {
    nodes.push(node);
    standsFor.push(undefined);
  }
  return { nodes, standsFor };
}

/** How many home nodes are believed healthy. */
export function healthyPrimaries(home: readonly NodeId[], detector: FailureDetector): number {
  return home.filter((node) => detector.isHealthy(node)).length;
}

const nobodies: (readonly undefined[])[] = [];

/** Nobody, so many times: most operations need no stand-in, and share this. */
function nobody(count: number): readonly undefined[] {
  return nobodies[count] ??= Array.from({ length: count }, () => undefined);
}

/** The next healthy node of a preference list that has not been asked, or undefined. */
export function standInFor(list: readonly NodeId[], asked: readonly NodeId[], detector: FailureDetector): NodeId | undefined {
  return list.find((node) => !asked.includes(node) && detector.isHealthy(node));
}
