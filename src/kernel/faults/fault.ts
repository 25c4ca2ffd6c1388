/**
 * Every fault the simulated world knows, as data. A fault is a plain value that can be printed, saved, replayed, shrunk and
 * drawn; the table below says how each is read, what it does to the model, and how it is said in words.
 *
 * @module
 */
import * as v from 'valibot';
import type { CrashKind } from '../simulated-node.ts';
import { duration, formatDuration, signedDuration, type DurationInput } from '../units.ts';

/** Two sets of nodes: a fault between them acts on every link from one to the other, both ways. */
export type Between = readonly [readonly string[], readonly string[]];

/** A fault. `kind` names it; nodes are named by their ids, spans written as `'1.5s'` or milliseconds. */
export type Fault =
  /** Messages between different groups are lost; with `oneWay` only those from the first group to the others. */
  | { readonly kind: 'partition'; readonly groups: readonly (readonly string[])[]; readonly oneWay?: boolean; readonly inFlight?: 'drop' | 'deliver' }
  /** A node is cut off from all other servers, with `clients` from everyone. */
  | { readonly kind: 'isolate'; readonly node: string; readonly clients?: boolean }
  /** The named directions are cut. Any shape can be written so. */
  | { readonly kind: 'cut'; readonly links: readonly (readonly [string, string])[] }
  /** Messages between the two sets wait until the hold ends. */
  | { readonly kind: 'hold'; readonly between: Between }
  /** Each message is lost with the probability. */
  | { readonly kind: 'loss'; readonly probability: number; readonly between?: Between }
  /** Each message arrives twice with the probability. */
  | { readonly kind: 'duplicate'; readonly probability: number; readonly between?: Between }
  /** Each message is late by `by` with the probability, so that others overtake it. */
  | { readonly kind: 'reorder'; readonly probability: number; readonly by: DurationInput; readonly between?: Between }
  /** Every message is late by `by`. */
  | { readonly kind: 'delay'; readonly by: DurationInput; readonly between?: Between }
  /** Links carry so many bytes a second. */
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number; readonly between?: Between }
  /** The node goes down and, when the fault ends, starts again. `power` (default) loses unsynced writes, `process` does not. */
  | { readonly kind: 'crash'; readonly node: string; readonly how?: CrashKind }
  /** The node stands still, then goes on believing no time has passed. */
  | { readonly kind: 'pause'; readonly node: string }
  /** The machine is replaced by an empty one, which starts when the fault ends. */
  | { readonly kind: 'wipe'; readonly node: string }
  /** The wall clock is ahead by `by` (behind when negative). */
  | { readonly kind: 'clock-skew'; readonly node: string; readonly by: DurationInput }
  /** The wall clock gains `rate` seconds a second. */
  | { readonly kind: 'clock-drift'; readonly node: string; readonly rate: number }
  /** The wall clock steps by `by`, for good. */
  | { readonly kind: 'clock-jump'; readonly node: string; readonly by: DurationInput }
  /** The wall clock is ahead by `by` and right again, in turns of `every`. */
  | { readonly kind: 'clock-strobe'; readonly node: string; readonly by: DurationInput; readonly every: DurationInput }
  /** Syncs report success and make nothing durable. */
  | { readonly kind: 'disk-lying-sync'; readonly node: string }
  /** Syncs take `by` longer. */
  | { readonly kind: 'disk-slow'; readonly node: string; readonly by: DurationInput }
  /** Writes are refused. */
  | { readonly kind: 'disk-full'; readonly node: string }
  /** One bit of a file (or of any file) flips. */
  | { readonly kind: 'disk-corrupt'; readonly node: string; readonly file?: string }
  /** Everything on the disk is gone. */
  | { readonly kind: 'disk-lost'; readonly node: string }
  /** An operator changes the system while it runs, in a way that its store offers: `failover`, `join`, `decommission` … The node is the one that is changed or asked. */
  | { readonly kind: 'operate'; readonly operation: string; readonly node: string };

/** The name of a kind of fault. */
export type FaultKind = Fault['kind'];

/** How a kind of fault is read and said. */
interface FaultSpecification<K extends FaultKind> {
  readonly schema: v.GenericSchema<unknown, Extract<Fault, { kind: K }>>;
  /** True when it happens at once and has no end: `for` is refused. */
  readonly instant?: boolean;
  /** The nodes it names. */
  readonly nodes: (fault: Extract<Fault, { kind: K }>) => readonly string[];
  readonly words: (fault: Extract<Fault, { kind: K }>) => string;
}

const node = v.pipe(v.string(), v.minLength(1));
const nodes = v.pipe(v.array(node), v.minLength(1));
const between = v.optional(v.strictTuple([nodes, nodes]));
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const readable = (read: (input: DurationInput, what: string) => number) => (input: DurationInput): boolean => {
  try {
    read(input, 'a duration');
    return true;
  } catch {
    return false;
  }
};
const span = v.pipe(
  v.union([v.number(), v.string()]),
  v.check(readable(duration), "a duration that is not negative, such as '1.5s' or a number of milliseconds"),
);
const signedSpan = v.pipe(
  v.union([v.number(), v.string()]),
  v.check(readable(signedDuration), "a duration such as '-1.5s' or a number of milliseconds"),
);
const kind = <K extends string>(name: K): v.LiteralSchema<K, undefined> => v.literal(name);

const around = (fault: { readonly between?: Between }): string =>
  fault.between === undefined ? 'on every link' : `between ${fault.between[0].join(' ')} and ${fault.between[1].join(' ')}`;
const betweenNodes = (fault: { readonly between?: Between }): readonly string[] => fault.between?.flat() ?? [];
const itsNode = (fault: { readonly node: string }): readonly string[] => [fault.node];
const spoken = (input: DurationInput): string => formatDuration(signedDuration(input));
const percent = (value: number): string => `${Math.round(value * 1000) / 10} %`;

const FAULTS: { readonly [K in FaultKind]: FaultSpecification<K> } = {
  'partition': {
    schema: v.strictObject({
      kind: kind('partition'),
      groups: v.pipe(v.array(nodes), v.minLength(2), v.check(disjoint, 'groups that share no node')),
      oneWay: v.exactOptional(v.boolean()),
      inFlight: v.exactOptional(v.picklist(['drop', 'deliver'])),
    }),
    nodes: (fault) => fault.groups.flat(),
    words: (fault) => `partition ${fault.groups.map((group) => group.join(' ')).join(fault.oneWay === true ? ' -> ' : ' | ')}`,
  },
  'isolate': {
    schema: v.strictObject({ kind: kind('isolate'), node, clients: v.exactOptional(v.boolean()) }),
    nodes: itsNode,
    words: (fault) => `isolate ${fault.node}${fault.clients === true ? ' from everyone' : ''}`,
  },
  'cut': {
    schema: v.strictObject({ kind: kind('cut'), links: v.pipe(v.array(v.strictTuple([node, node])), v.minLength(1)) }),
    nodes: (fault) => fault.links.flat(),
    words: (fault) => `cut ${fault.links.map(([from, to]) => `${from}->${to}`).join(' ')}`,
  },
  'hold': {
    schema: v.strictObject({ kind: kind('hold'), between: v.strictTuple([nodes, nodes]) }),
    nodes: betweenNodes,
    words: (fault) => `hold messages ${around(fault)}`,
  },
  'loss': {
    schema: v.strictObject({ kind: kind('loss'), probability, between: exact(between) }),
    nodes: betweenNodes,
    words: (fault) => `lose ${percent(fault.probability)} ${around(fault)}`,
  },
  'duplicate': {
    schema: v.strictObject({ kind: kind('duplicate'), probability, between: exact(between) }),
    nodes: betweenNodes,
    words: (fault) => `duplicate ${percent(fault.probability)} ${around(fault)}`,
  },
  'reorder': {
    schema: v.strictObject({ kind: kind('reorder'), probability, by: span, between: exact(between) }),
    nodes: betweenNodes,
    words: (fault) => `reorder ${percent(fault.probability)} by ${spoken(fault.by)} ${around(fault)}`,
  },
  'delay': {
    schema: v.strictObject({ kind: kind('delay'), by: span, between: exact(between) }),
    nodes: betweenNodes,
    words: (fault) => `delay by ${spoken(fault.by)} ${around(fault)}`,
  },
  'bandwidth': {
    schema: v.strictObject({ kind: kind('bandwidth'), bytesPerSecond: v.pipe(v.number(), v.minValue(1)), between: exact(between) }),
    nodes: betweenNodes,
    words: (fault) => `${fault.bytesPerSecond} bytes a second ${around(fault)}`,
  },
  'crash': {
    schema: v.strictObject({ kind: kind('crash'), node, how: v.exactOptional(v.picklist(['power', 'process'])) }),
    nodes: itsNode,
    words: (fault) => `crash ${fault.node}${fault.how === 'process' ? ' (process only)' : ''}`,
  },
  'pause': { schema: v.strictObject({ kind: kind('pause'), node }), nodes: itsNode, words: (fault) => `pause ${fault.node}` },
  'wipe': { schema: v.strictObject({ kind: kind('wipe'), node }), nodes: itsNode, words: (fault) => `wipe ${fault.node}` },
  'clock-skew': {
    schema: v.strictObject({ kind: kind('clock-skew'), node, by: signedSpan }),
    nodes: itsNode,
    words: (fault) => `clock of ${fault.node} off by ${spoken(fault.by)}`,
  },
  'clock-drift': {
    schema: v.strictObject({ kind: kind('clock-drift'), node, rate: v.pipe(v.number(), v.finite(), v.minValue(-0.5), v.maxValue(0.5)) }),
    nodes: itsNode,
    words: (fault) => `clock of ${fault.node} gains ${fault.rate} s a second`,
  },
  'clock-jump': {
    schema: v.strictObject({ kind: kind('clock-jump'), node, by: signedSpan }),
    instant: true,
    nodes: itsNode,
    words: (fault) => `clock of ${fault.node} jumps by ${spoken(fault.by)}`,
  },
  'clock-strobe': {
    schema: v.strictObject({ kind: kind('clock-strobe'), node, by: signedSpan, every: v.pipe(span, v.check((input) => duration(input) > 0, 'more than nothing')) }),
    nodes: itsNode,
    words: (fault) => `clock of ${fault.node} strobes by ${spoken(fault.by)} every ${spoken(fault.every)}`,
  },
  'disk-lying-sync': {
    schema: v.strictObject({ kind: kind('disk-lying-sync'), node }),
    nodes: itsNode,
    words: (fault) => `disk of ${fault.node} lies about sync`,
  },
  'disk-slow': {
    schema: v.strictObject({ kind: kind('disk-slow'), node, by: span }),
    nodes: itsNode,
    words: (fault) => `disk of ${fault.node} slower by ${spoken(fault.by)}`,
  },
  'disk-full': {
    schema: v.strictObject({ kind: kind('disk-full'), node }), nodes: itsNode, words: (fault) => `disk of ${fault.node} full`,
  },
  'disk-corrupt': {
    schema: v.strictObject({ kind: kind('disk-corrupt'), node, file: v.exactOptional(v.string()) }),
    instant: true,
    nodes: itsNode,
    words: (fault) => `disk of ${fault.node} corrupts ${fault.file ?? 'a file'}`,
  },
  'disk-lost': {
    schema: v.strictObject({ kind: kind('disk-lost'), node }),
    instant: true,
    nodes: itsNode,
    words: (fault) => `disk of ${fault.node} lost`,
  },
  'operate': {
    schema: v.strictObject({ kind: kind('operate'), operation: v.pipe(v.string(), v.minLength(1)), node }),
    instant: true,
    nodes: itsNode,
    words: (fault) => `operator: ${fault.operation} ${fault.node}`,
  },
};

function exact<T extends v.GenericSchema>(schema: v.OptionalSchema<T, undefined>): v.ExactOptionalSchema<T, undefined> {
  return v.exactOptional(schema.wrapped);
}

function disjoint(groups: string[][]): boolean {
  const all = groups.flat();
  return new Set(all).size === all.length;
}

/** Every kind of fault, in the order of the table. */
export const FAULT_KINDS: readonly FaultKind[] = Object.keys(FAULTS) as FaultKind[];

function specification(fault: Fault): FaultSpecification<FaultKind> {
  return FAULTS[fault.kind] as unknown as FaultSpecification<FaultKind>;
}

/** The schema of one fault, for reading plans and for the published JSON schema. */
export const faultSchema: v.GenericSchema<unknown, Fault> = v.variant(
  'kind', Object.values(FAULTS).map((entry) => entry.schema) as never,
) as unknown as v.GenericSchema<unknown, Fault>;

/** The schema of one kind. {@link faultSchema} tries them one after the other, which takes longer than all the rest of reading a plan. */
export function faultSchemaOf(kind: FaultKind): v.GenericSchema<unknown, Fault> {
  return FAULTS[kind].schema as unknown as v.GenericSchema<unknown, Fault>;
}

/** The schema of a span that is not negative. */
export const spanSchema: v.GenericSchema<unknown, DurationInput> = span;

/** The names of the nodes that a fault speaks of, each once. */
export function faultNodes(fault: Fault): readonly string[] {
  return [...new Set(specification(fault).nodes(fault as never))];
}

/** Whether a fault happens in an instant, so that it has no end. */
export function isInstant(fault: Fault): boolean {
  return specification(fault).instant === true;
}

/** A fault in a few words, such as `partition n1 | n2 n3`. */
export function describeFault(fault: Fault): string {
  return specification(fault).words(fault as never);
}
