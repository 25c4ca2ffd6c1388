/**
 * Faults of single commands, as data: an error reply, a delay, a reply that never comes, a connection that breaks; for the
 * commands, clients and keys that a pattern names; in order (`skip`, `times`), by chance (`probability`, from the seed) or in a
 * window of time (`at`, `for`). They are for tests of programs that use Redis: what does it do when the answer is `LOADING`?
 *
 * Left out: faults of machines, disks and networks, which the simulation has (`sim.faults`).
 *
 * @module
 */
import * as v from 'valibot';
import { UsageError } from '../kernel/errors.ts';
import type { Random } from '../kernel/random.ts';
import { duration, type DurationInput } from '../kernel/units.ts';
import { decodeUtf8, toBytes, type Bytes } from './bytes/bytes.ts';
import { keysOf, type Command } from './command.ts';
import type { Connection } from './connections/connection.ts';
import { ERROR } from './errors.ts';
import { globMatches } from './bytes/glob.ts';

/** A named error reply, with the real server's text. */
export type NamedError = 'BUSY' | 'LOADING' | 'MASTERDOWN' | 'MISCONF' | 'NOAUTH' | 'NOREPLICAS' | 'OOM' | 'READONLY';

/** Replies of a server in trouble, by their first word. */
const NAMED_ERRORS: Readonly<Record<NamedError, Bytes>> = {
  BUSY: ERROR.busyScript,
  LOADING: ERROR.loading,
  MASTERDOWN: ERROR.masterDown,
  MISCONF: ERROR.misconfiguredAof,
  NOAUTH: ERROR.noAuth,
  NOREPLICAS: ERROR.noReplicas,
  OOM: ERROR.outOfMemory,
  READONLY: ERROR.readOnly,
};

/** What happens to a command. */
export type CommandFault =
  /** It is refused, and has no effect: a named error, or the whole text of a reply such as `ERR no luck`. */
  | { readonly kind: 'error'; readonly error: NamedError | (string & {}) }
  /** It is executed late (`before`, the default), or at once and its reply comes late (`after`). */
  | { readonly kind: 'delay'; readonly by: DurationInput; readonly when?: 'before' | 'after' }
  /** It is executed; its reply, and all that follows on its connection, never arrives. */
  | { readonly kind: 'drop-reply' }
  /** Its connection breaks, before it is executed (the default) or after. */
  | { readonly kind: 'disconnect'; readonly when?: 'before' | 'after' };

/** A fault, and the commands it befalls: those that fit all that is given. */
export interface PlannedCommandFault {
  /** A glob over the command's name in any case: `SET`, `Z*`. Default: every command. */
  readonly command?: string;
  /** A glob over the name the client gave itself (`CLIENT SETNAME`, ioredis's `connectionName`). */
  readonly client?: string;
  /** A glob that one of the command's keys fits. */
  readonly key?: string;
  /** So many fitting commands are spared first. Default 0. */
  readonly skip?: number;
  /** So many are befallen, then no more. Default: all. */
  readonly times?: number;
  /** Each fitting command is befallen with this probability. Default 1. */
  readonly probability?: number;
  /** It begins so long after it was added. Default: at once. */
  readonly at?: DurationInput;
  /** It lasts so long. Default: until removed. */
  readonly for?: DurationInput;
  readonly fault: CommandFault;
}

const isSpan = (input: DurationInput): boolean => {
  try {
    duration(input);
    return true;
  } catch {
    return false;
  }
};
const span = v.pipe(v.union([v.number(), v.string()]), v.check(isSpan, "must be a duration such as '1.5s' or a number of milliseconds"));
const count = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0, 'must not be negative'));
const when = v.exactOptional(v.picklist(['before', 'after'], "must be 'before' or 'after'"));
const glob = v.exactOptional(v.pipe(v.string('must be a pattern'), v.minLength(1, 'must not be empty')));
const text = v.pipe(v.string("must be the text of a reply, or one of its names"), v.regex(/^[^\r\n]+$/, 'must be one line'));

const plannedSchema = v.strictObject({
  command: glob,
  client: glob,
  key: glob,
  skip: v.exactOptional(count),
  times: v.exactOptional(count),
  probability: v.exactOptional(v.pipe(v.number(), v.minValue(0, 'must be from 0 to 1'), v.maxValue(1, 'must be from 0 to 1'))),
  at: v.exactOptional(span),
  for: v.exactOptional(span),
  fault: v.variant('kind', [
    v.strictObject({ kind: v.literal('error'), error: text }),
    v.strictObject({ kind: v.literal('delay'), by: span, when }),
    v.strictObject({ kind: v.literal('drop-reply') }),
    v.strictObject({ kind: v.literal('disconnect'), when }),
  ]),
});

function readPlanned(data: unknown, place: string): PlannedCommandFault {
  const result = v.safeParse(plannedSchema, data);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = issue.path?.map((item) => String(item.key)).join('.') ?? '';
  const said = path === 'fault.kind' ? "must be 'error', 'delay', 'drop-reply' or 'disconnect'"
    : issue.expected === 'never' ? 'is not known' : issue.message;
  throw new UsageError('INVALID_PLAN', `${place}: ${path === '' ? 'must be { fault: { kind, … }, command, key, client, … }' : `'${path}' ${said}`}`);
}

/** The reply of an `error` fault. */
export function errorTextOf(error: string): Bytes {
  return Object.hasOwn(NAMED_ERRORS, error) ? NAMED_ERRORS[error as NamedError] : toBytes(error);
}

/** A fault that was asked for. */
export class ActiveCommandFault implements Disposable {
  readonly planned: PlannedCommandFault;
  readonly #from: number;
  readonly #until: number;
  readonly #remove: () => void;
  #seen = 0;
  #hits = 0;

  /** @internal Made by {@link CommandFaults.add}. */
  constructor(planned: PlannedCommandFault, now: number, remove: () => void) {
    this.planned = planned;
    this.#from = now + duration(planned.at ?? 0) / 1000;
    this.#until = planned.for === undefined ? Infinity : this.#from + duration(planned.for) / 1000;
    this.#remove = remove;
  }

  /** How many commands it has befallen. */
  get hits(): number {
    return this.#hits;
  }

  /** Whether it is over for good. */
  isOver(now: number): boolean {
    return now >= this.#until || this.#hits >= (this.planned.times ?? Infinity);
  }

  /** Takes it away. */
  remove(): void {
    this.#remove();
  }

  [Symbol.dispose](): void {
    this.#remove();
  }

  /** Whether it befalls this command; counts it. */
  befalls(connection: Connection, command: Command, args: readonly Bytes[], now: number, random: Random): boolean {
    const { planned } = this;
    if (now < this.#from || this.isOver(now)) return false;
    if (planned.command !== undefined && !globMatches(planned.command.toLowerCase(), command.name)) return false;
    if (planned.client !== undefined && !globMatches(toBytes(planned.client), connection.name)) return false;
    if (planned.key !== undefined) {
      const pattern = toBytes(planned.key);
      if (!keysOf(command, args).some((key) => globMatches(pattern, key))) return false;
    }
    if (this.#seen++ < (planned.skip ?? 0)) return false;
    if (planned.probability !== undefined && !random.chance(planned.probability)) return false;
    this.#hits++;
    return true;
  }
}

/** The command faults of one Redis. */
export class CommandFaults {
  readonly #clock: () => number;
  readonly #random: Random;
  #active: readonly ActiveCommandFault[] = [];
  /** The commands that were befallen, the most recent thousand: `SET key value`. */
  readonly log: { readonly command: string; readonly fault: CommandFault }[] = [];

  /** @param clock - milliseconds */
  constructor(clock: () => number, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether there are any. */
  get isEmpty(): boolean {
    return this.#active.length === 0;
  }

  /** Those that are not over, as data. */
  get plan(): readonly PlannedCommandFault[] {
    const now = this.#clock();
    return this.#active.filter((fault) => !fault.isOver(now)).map((fault) => fault.planned);
  }

  /**
   * Adds a fault. Where several fit a command, the one that was added first befalls it.
   *
   * @throws {@link UsageError} `INVALID_PLAN` for what is not a fault
   */
  add(planned: PlannedCommandFault): ActiveCommandFault {
    return this.#admit(readPlanned(planned, 'command fault'));
  }

  /**
   * Adds a list of faults, all or none: what `JSON.parse` gave, or {@link plan}.
   *
   * @throws {@link UsageError} `INVALID_PLAN` naming the entry
   */
  addAll(plan: unknown): readonly ActiveCommandFault[] {
    if (!Array.isArray(plan)) throw new UsageError('INVALID_PLAN', 'command faults must be a list');
    const read = plan.map((entry: unknown, i) => readPlanned(entry, `command fault ${i + 1}`));
    return read.map((planned) => this.#admit(planned));
  }

  /** Takes all away. */
  clear(): void {
    this.#active = [];
  }

  /** What befalls a command, if anything. */
  take(connection: Connection, command: Command, args: readonly Bytes[]): CommandFault | undefined {
    const now = this.#clock();
    for (const active of this.#active) {
      if (!active.befalls(connection, command, args, now, this.#random)) continue;
      const { fault, times } = active.planned;
      if (times !== undefined && active.isOver(now)) active.remove();
      if (this.log.length >= LOG_MAX) this.log.shift();
      this.log.push({ command: args.map(decodeUtf8).join(' '), fault });
      return fault;
    }
    return undefined;
  }

  #admit(planned: PlannedCommandFault): ActiveCommandFault {
    const active: ActiveCommandFault = new ActiveCommandFault(planned, this.#clock(), () => {
      this.#active = this.#active.filter((other) => other !== active);
    });
    this.#active = [...this.#active, active];
    return active;
  }
}

const LOG_MAX = 1000;
