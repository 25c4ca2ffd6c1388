/**
 * Orders of messages as data. Which of two messages a node sees first is a choice: each message that could have come later is named by
 * the fault that makes it late, a `delay` on its link for the very microsecond in which it was sent, by as much as puts it right behind
 * one that came after it. Such a fault stands in a plan like any other: it is printed, saved, replayed and shrunk.
 *
 * The choices are bounded as in delay-bounded scheduling (Emmi, Qadeer and Rakamarić, POPL 2011): the order that the run has by itself,
 * and from it at most so many messages late. Only orders at one receiver are looked at: of messages to different nodes the order cannot
 * be told.
 *
 * Left out: messages to clients, and those of clients that a workload makes when the plan has been read; two messages that one link carries in one microsecond, which are late together; timers, which keep
 * their instants.
 *
 * @module
 */
import type { PlannedFault } from '../kernel/faults/plan.ts';
import type { Simulation } from '../kernel/simulation.ts';
import { formatDuration, type Micros } from '../kernel/units.ts';

/** Which orders. */
export interface MessageOrderOptions {
  /** Behind how many of its successors a message may be put. */
  readonly reach: number;
  /** Whose messages a plan can make late. */
  readonly senders: ReadonlySet<string>;
  /** The types of messages whose order matters; left out: all. */
  readonly messages?: readonly string[] | undefined;
  /** Only messages behind this one are made late, in the order of {@link LateMessage.place}: each set of late messages comes once. */
  readonly behind?: string | undefined;
}

/** A message that comes late. */
export interface LateMessage {
  readonly planned: PlannedFault;
  /** Sorts messages by the instant at which they were sent, and their links. */
  readonly place: string;
}

interface Arrival {
  readonly from: string;
  readonly sentAt: number;
  readonly time: number;
}

/**
 * Every way to make one message of a run late, the one sent first in front.
 *
 * @param run - as it ended; its trace was kept at level `events` at least
 */
export function messageOrders(run: Pick<Simulation, 'trace' | 'nodes'>, { reach, senders, messages, behind = '' }: MessageOrderOptions): LateMessage[] {
  const found = new Map<string, LateMessage>();
  for (const [node, arrivals] of arrivalsOf(run, messages)) {
    for (const [index, { from, sentAt, time }] of arrivals.entries()) {
      const place = `${String(sentAt).padStart(16, '0')} ${from} ${node}`;
      // What a node tells itself crosses no wire.
      if (from === node || !senders.has(from) || place <= behind) continue;
      for (const overtaking of arrivals.slice(index + 1, index + 1 + reach)) {
        const by = formatDuration((overtaking.time - time + 1) as Micros);
        const planned: PlannedFault = { at: formatDuration(sentAt as Micros), for: '1us', fault: { kind: 'delay', by, between: [[from], [node]] } };
        found.set(JSON.stringify(planned), { planned, place });
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0));
}

/** What each server received, in order. */
function arrivalsOf({ trace, nodes }: Pick<Simulation, 'trace' | 'nodes'>, messages: readonly string[] | undefined): Map<string, Arrival[]> {
  const arrivals = new Map<string, Arrival[]>();
  for (const { id, role } of nodes) if (role === 'server') arrivals.set(id, []);
  for (const { kind, node, from, sentAt, time, what } of trace.entries()) {
    if (kind !== 'deliver' || node === undefined || from === undefined || sentAt === undefined) continue;
    if (messages === undefined || messages.includes(what ?? '')) arrivals.get(node)?.push({ from, sentAt, time });
  }
  return arrivals;
}
