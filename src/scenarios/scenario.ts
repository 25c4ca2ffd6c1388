/**
 * A scenario: a topology, a workload, a fault plan and what a checker says of the history, under a name. Written once, it is
 * run by seed, swept over many seeds, replayed from a small file, and told as a story.
 *
 * A scenario may have several configurations of the same system: the one that breaks and the one that does not.
 *
 * @module
 */
import type { Verdict } from '../checkers/index.ts';
import { UsageError } from '../kernel/errors.ts';
import { readPlan, type FaultPlan } from '../kernel/faults/plan.ts';
import type { Simulation, SimulationOptions } from '../kernel/simulation.ts';
import type { WorkloadClient } from './workloads/run-workload.ts';
import { WORKLOAD_KINDS, type WorkloadKind } from './workloads/workload-kinds.ts';
import type { Workload } from './workloads/workload.ts';

/** One way to set the system up, and what should come of it. */
export interface Configuration<Settings> {
  /** What the checkers should say: in some seeds a violation, or in none. */
  readonly expect: 'violation' | 'ok';
  /** One line: what is different here. */
  readonly title?: string;
  /** Violating seeds per 1,000, where the claim is a rate: from and to, both included. */
  readonly perThousand?: readonly [number, number];
  /** Handed to `setup`, `workload` and `check`. */
  readonly settings: Settings;
}

/** Settings of the same form with other values: what `configurations` names are literals. */
type Widened<T> = T extends number ? number : T extends string ? string : T extends boolean ? boolean : T extends object ? { readonly [Name in keyof T]: Widened<T[Name]> } : T;

/** What a scenario says about itself. `System` is whatever `setup` makes. */
export interface ScenarioDefinition<System, Settings> {
  /** Lower-case words with hyphens. */
  readonly name: string;
  /** One line: what goes wrong. */
  readonly title?: string;
  /** Where the story is told: a paper, a manual, a catalogue number. */
  readonly source?: string;
  /** How many seeds the demo counts over; 1,000 when left out. For stories that are long or the same in every seed. */
  readonly seeds?: number;
  /** What to watch, in plain words, a line or two. */
  readonly watch?: readonly string[];
  /** Options of the simulation, but the seed. */
  readonly simulation?: Omit<SimulationOptions, 'seed'>;
  /** The configurations by name, the one that breaks first. Left out: one, named `default`, with settings `undefined`. */
  readonly configurations?: { readonly [name: string]: Configuration<Settings> };
  /**
   * Settings that make a smaller system than others do, the smallest first: fewer nodes, say. The shrinker tries them; a case that has one
   * says so, hence they are plain JSON. Left out: the system stays as it is.
   */
  readonly smaller?: (settings: Settings) => readonly Widened<Settings>[];
  /** Makes the system. Called before the faults are planned, so that they can name its nodes. */
  readonly setup: (sim: Simulation, settings: Settings) => System | Promise<System>;
  /** The fault plan, or how to draw one from the simulation's seed. A plan given to the run replaces it. */
  readonly plan?: FaultPlan | ((sim: Simulation, system: System, settings: Settings) => FaultPlan);
  /**
   * What the clients do: a function that waits for them; or a workload as data and the clients that do it, which can be shrunk,
   * and which clients with callbacks run several times as fast.
   */
  readonly workload: ((sim: Simulation, system: System, settings: Settings) => Promise<void>) | DataWorkload<System, Settings>;
  /**
   * Where the workload is a function: clients that can do again, as data, what the history says that its clients did. Then the operations of a
   * failing seed shrink too. Left out: the usual clients of Dynamo and Redis do, where `setup` makes one and the history is that of registers;
   * elsewhere only plan and system shrink, since what a function does next is its own affair.
   */
  readonly redo?: Redo<System, Settings>;
  /** What the history proves. */
  readonly check: (sim: Simulation, system: System, settings: Settings) => Checked | Promise<Checked>;
}

/** A workload as data. */
export interface DataWorkload<System, Settings> {
  /** Draws it; {@link drawWorkload} makes one from a description. */
  readonly draw: (sim: Simulation, system: System, settings: Settings) => Workload;
  /** Makes a client for each of the workload's, in the same order. */
  readonly clients: (sim: Simulation, system: System, workload: Workload, settings: Settings) => readonly WorkloadClient[];
  /** What happens when all clients are through: heal, wait, look; before `check`. */
  readonly after?: (sim: Simulation, system: System, settings: Settings) => Promise<void>;
}

/** How to do again what a workload that is a function did. */
export interface Redo<System, Settings> extends Omit<DataWorkload<System, Settings>, 'draw'> {
  /** What it works on: the history must have no other operations than this kind has. */
  readonly kind: WorkloadKind;
}

/** A verdict, or several. */
export type Checked = Verdict | readonly Verdict[];

const BRAND: unique symbol = Symbol.for('splitbrain.scenario') as never;

/** A scenario, checked. Make one with {@link scenario}. */
export type Scenario<System = unknown, Settings = unknown> = ScenarioDefinition<System, Settings> & {
  readonly configurations: { readonly [name: string]: Configuration<Settings> };
};

/**
 * Makes a scenario. A scenario file exports exactly one.
 *
 * @throws {@link UsageError} `INVALID_SCENARIO` naming what is missing
 */
export function scenario<System, const Settings = undefined>(definition: ScenarioDefinition<System, Settings>): Scenario<System, Settings> {
  const { name } = definition;
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name)) {
    throw invalid(`a scenario's name is lower-case words with hyphens, got '${String(name)}'`);
  }
  for (const part of ['setup', 'workload', 'check'] as const) {
    if (part === 'workload' && isDataWorkload(definition[part])) continue;
    if (typeof definition[part] !== 'function') throw invalid(`scenario '${name}' needs a function '${part}'`);
  }
  if (definition.plan !== undefined && typeof definition.plan !== 'function') readPlan(definition.plan, `scenario '${name}': plan`);
  const configurations = definition.configurations ?? { default: { expect: 'ok', settings: undefined as Settings } };
  if (Object.keys(configurations).length === 0) throw invalid(`scenario '${name}' has no configuration`);
  for (const [key, { expect }] of Object.entries(configurations)) {
    if (expect !== 'ok' && expect !== 'violation') throw invalid(`scenario '${name}': configuration '${key}' must expect 'ok' or 'violation', got '${String(expect)}'`);
  }
  requireRedo(definition);
  const made: Scenario<System, Settings> = { ...definition, configurations };
  Object.defineProperty(made, BRAND, { value: true });
  return made;
}

function isDataWorkload(workload: unknown): boolean {
  const { draw, clients } = (workload ?? {}) as { readonly draw?: unknown; readonly clients?: unknown };
  return typeof draw === 'function' && typeof clients === 'function';
}

function requireRedo<System, Settings>({ name, redo, workload }: ScenarioDefinition<System, Settings>): void {
  if (redo === undefined) return;
  if (typeof workload !== 'function') throw invalid(`scenario '${name}': redo is for a workload that is a function; this one is data already`);
  if (!WORKLOAD_KINDS.includes(redo.kind)) throw invalid(`scenario '${name}': redo needs a kind of workload (${WORKLOAD_KINDS.join(', ')}), got '${String(redo.kind)}'`);
  if (typeof redo.clients !== 'function') throw invalid(`scenario '${name}': redo needs a function 'clients'`);
}

/** Whether a value was made by {@link scenario}, by this or another copy of the library. */
export function isScenario(value: unknown): value is Scenario {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** A configuration by name; the first when none is named. @throws {@link UsageError} `UNKNOWN_CONFIGURATION` */
export function configurationOf<Settings>(
  of: Pick<Scenario<unknown, Settings>, 'name' | 'configurations'>, name?: string,
): readonly [string, Configuration<Settings>] {
  const known = of.configurations;
  const chosen = name ?? Object.keys(known)[0] ?? '';
  const configuration = Object.hasOwn(known, chosen) ? known[chosen] : undefined;
  if (configuration === undefined) {
    throw new UsageError('UNKNOWN_CONFIGURATION', `scenario '${of.name}' has no configuration '${chosen}'; it has ${Object.keys(known).join(', ')}`);
  }
  return [chosen, configuration];
}

function invalid(message: string): UsageError {
  return new UsageError('INVALID_SCENARIO', message);
}
