/**
 * Changes of membership (section 4.8.1): explicit, issued by an operator, written down with their time by the node that serves the
 * request, and gossiped as a history, since machines may be removed and added back several times.
 *
 * A join has two steps, so that the newcomer is not asked for what it does not have yet: `join` when it is wanted, `joined` when it has
 * the keys it is due. So has a leave. A machine that will not come back is `left` at once.
 *
 * @module
 */
import type { Micros, NodeId } from '../../kernel/units.ts';
import type { Ring } from '../ring.ts';

/** One change. */
export interface MembershipChange {
  readonly kind: 'join' | 'joined' | 'leave' | 'left';
  readonly node: NodeId;
  readonly zone: string;
  readonly capacity: number;
  /** When it was written down, by the clock of the node that did, and after all that this node knew of. */
  readonly at: Micros;
  readonly by: NodeId;
}

/** What a history comes to. */
export interface Membership {
  /** Who holds the keys. */
  readonly current: Ring;
  /** Who will, once those who join and leave are done; the same ring when nobody does. */
  readonly target: Ring;
  readonly joining: readonly NodeId[];
  readonly leaving: readonly NodeId[];
}

/** Orders changes, the same way everywhere. */
export function compareChanges(a: MembershipChange, b: MembershipChange): number {
  if (a.at !== b.at) return a.at - b.at;
  return compareText(a.by, b.by) || compareText(a.node, b.node) || compareText(a.kind, b.kind);
}

/** Plays a history, in order, on the first ring. Changes that do not fit what came before them change nothing. */
export function play(first: Ring, changes: readonly MembershipChange[]): Membership {
  let current = first;
  const joining = new Map<NodeId, MembershipChange>();
  const leaving = new Set<NodeId>();
  const isMember = (node: NodeId): boolean => current.members.some((member) => member.node === node);
  for (const change of changes) {
    const { kind, node } = change;
    const begun = joining.get(node);
    if (kind === 'join' && !isMember(node)) joining.set(node, change);
    else if (kind === 'joined' && begun !== undefined) {
      joining.delete(node);
      current = current.join({ node, zone: begun.zone, capacity: begun.capacity });
    } else if (kind === 'leave' && isMember(node)) leaving.add(node);
    else if (kind === 'left') {
      joining.delete(node);
      leaving.delete(node);
      if (isMember(node) && current.members.length > 1) current = current.leave(node);
    }
  }
  let target = current;
  for (const { node, zone, capacity } of joining.values()) target = target.join({ node, zone, capacity });
  for (const node of leaving) if (target.members.length > 1) target = target.leave(node);
  return { current, target, joining: [...joining.keys()], leaving: [...leaving] };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
