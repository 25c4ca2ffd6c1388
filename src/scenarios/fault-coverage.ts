/**
 * Which faults have met which states: a sweep whose faults never meet a node that has hints to hand over has not tested the handing
 * over of hints. A pair is a kind of fault and what it met as it began: what the nodes that it names (or, of a fault of the network, any
 * server) were and were doing, as their machines say; which requests of clients were under way; which other faults were in force.
 *
 * Left out: the order in which states follow each other, and how far a request had come.
 *
 * @module
 */
import { faultNodes, type Fault } from '../kernel/faults/fault.ts';
import type { Simulation } from '../kernel/simulation.ts';

/**
 * Watches a simulation from now on. It changes nothing: the run's digest is the same without it.
 *
 * @returns what has been met, asked for when the run is over: texts such as `crash × primary`, each once, sorted
 */
export function watchCoverage(sim: Simulation): () => readonly string[] {
  const met = new Set<string>();
  const meet = (fault: Fault): void => { for (const state of statesMet(sim, fault)) met.add(`${fault.kind} × ${state}`); };
  sim.faults.onMeeting = meet;
  return () => [...met].sort();
}

function statesMet(sim: Simulation, fault: Fault): ReadonlySet<string> {
  const named = new Set<string>(faultNodes(fault));
  const states = new Set<string>();
  for (const node of sim.nodes) {
    if (node.role !== 'server' || (named.size > 0 && !named.has(node.id))) continue;
    if (!node.isUp) states.add('down');
    else if (node.isPaused) states.add('paused');
    for (const state of node.machine?.states?.() ?? []) states.add(state);
  }
  const { pending } = sim.history;
  if (pending.length === 0) states.add('no request');
  for (const { f } of pending) states.add(`${f} under way`);
  // The fault itself is in force already, though it has done nothing yet.
  for (const { planned } of sim.faults.active) if (planned.fault !== fault) states.add(`${planned.fault.kind} in force`);
  return states;
}
