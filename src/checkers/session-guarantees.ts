/**
 * The four session guarantees of Terry et al. (Session Guarantees for Weakly Consistent Replicated Data, PDIS 1994), for
 * each client and key, in one pass:
 *
 * - **read your writes**: a read sees the client's own earlier writes, or something newer.
 * - **monotonic reads**: a read sees what the client has read before, or something newer.
 * - **monotonic writes**: the store orders a client's writes as the client issued them.
 * - **writes follow reads**: the store orders a write behind what its client had read before.
 *
 * Where the history carries versions (a number, or a vector clock), "newer" is exact. Elsewhere a value counts as older only
 * when every write of it had returned before any write of the other was called, so a black-box violation is never a false
 * alarm for a store that orders writes by real time. How the store ordered two writes cannot be seen from outside: without
 * versions, the last two guarantees are `unknown` as soon as there was something to check.
 *
 * Across keys (`acrossKeys`) they are decided together, by values, as PRAM and causal consistency.
 *
 * Left out: what versions of different keys say about each other; keys that expire (an absent value then looks old).
 *
 * @module
 */
import type { HistoryEntry, HistoryValue, HistoryVersion } from '../kernel/history.ts';
import { isRead, type Operation } from '../history/operation.ts';
import { UsageError } from '../kernel/errors.ts';
import { checkCausalConsistency, checkPram } from './causality/causal-consistency.ts';
import { inWords, operationsOf, requireOptions } from './checker-input.ts';
import { isWrite, writtenValue } from './models/register.ts';
import { valueKey, type ValueKey } from './value.ts';
import { printable, type Verdict } from './verdict.ts';
import { assignment, counted, nameOf, pastPerfectOf, sentenceOf } from './wording.ts';

/** The names of the guarantees. */
export const SESSION_GUARANTEES = ['read your writes', 'monotonic reads', 'monotonic writes', 'writes follow reads'] as const;

/** One of the four. */
export type SessionGuarantee = (typeof SESSION_GUARANTEES)[number];

/** All guarantees asked for: the verdict is the worst of them, witness and explanation are of the first that is broken. */
export interface SessionVerdict extends Verdict {
  /** A verdict for each guarantee. */
  readonly guarantees: Readonly<Partial<Record<SessionGuarantee, Verdict>>>;
}

/** Which guarantees to check. */
export interface SessionOptions {
  /** Default: all four. */
  readonly guarantees?: readonly SessionGuarantee[];
  /**
   * Whether to look across keys as well (default false): read your writes, monotonic reads and monotonic writes of all keys together are
   * PRAM, with writes follow reads they are causal consistency (Brzeziński, Sobaniec and Wawrzyniak, PDP 2004). Needs unique values.
   */
  readonly acrossKeys?: boolean;
}

/**
 * Checks the session guarantees.
 *
 * @param history - entries as a simulation records them, or operations
 * @param options - which guarantees
 * @throws {@link UsageError} `INVALID_HISTORY` on anything that is no history, `INVALID_ARGUMENT` on an unknown guarantee
 */
export function checkSessionGuarantees(
  history: Iterable<HistoryEntry> | readonly Operation[], options: SessionOptions = {},
): SessionVerdict {
  requireOptions(options);
  const wanted = wantedGuarantees(options.guarantees ?? SESSION_GUARANTEES);
  const operations = operationsOf(history);
  const odd = operations.find(({ f, input }) => f === 'cas' && !(Array.isArray(input) && input.length === 2));
  if (odd !== undefined) {
    throw new UsageError('INVALID_HISTORY', `operation ${odd.id}: a cas needs [from, to], got ${inWords(odd.input)}`);
  }
  const pass = new SessionPass(operations);
  const guarantees: Partial<Record<SessionGuarantee, Verdict>> = {};
  for (const guarantee of wanted) guarantees[guarantee] = pass.verdict(guarantee);
  const all = [...Object.values(guarantees), ...(options.acrossKeys === true ? acrossKeys(operations, wanted) : [])];
  const worst = all.find(({ verdict }) => verdict === 'violation') ?? all.find(({ verdict }) => verdict === 'unknown');
  const combined: SessionVerdict = {
    verdict: worst?.verdict ?? 'ok', model: 'session guarantees', ...(worst?.key === undefined ? {} : { key: worst.key }),
    witness: worst?.witness ?? [],
    explanation: worst?.explanation ?? `each client saw its own past in ${counted(operations.length, 'operation')}`,
    cost: { operations: operations.length, steps: operations.length },
    guarantees,
  };
  return printable(combined, wanted.map((guarantee) => `  ${guarantee}: ${guarantees[guarantee]?.verdict ?? 'ok'}`));
}

/** Verdicts on all keys together, as far as the guarantees asked for go. */
function acrossKeys(operations: readonly Operation[], wanted: readonly SessionGuarantee[]): Verdict[] {
  const pram: readonly SessionGuarantee[] = ['read your writes', 'monotonic reads', 'monotonic writes'];
  if (!pram.every((guarantee) => wanted.includes(guarantee))) return [];
  const verdicts = [checkPram(operations), ...(wanted.includes('writes follow reads') ? [checkCausalConsistency(operations)] : [])];
  return verdicts.map((verdict) => ({ ...verdict, explanation: `across keys, ${verdict.model}: ${verdict.explanation}` }));
}

function wantedGuarantees(wanted: unknown): readonly SessionGuarantee[] {
  const known: readonly unknown[] = SESSION_GUARANTEES;
  if (Array.isArray(wanted) && wanted.length > 0 && wanted.every((one) => known.includes(one))) return wanted as SessionGuarantee[];
  throw new UsageError('INVALID_ARGUMENT', `guarantees must be a list of ${SESSION_GUARANTEES.join(', ')}; got ${inWords(wanted)}`);
}

interface Finding {
  readonly key: string | number | undefined;
  readonly witness: readonly Operation[];
  readonly explanation: string;
}

/** What one client has done to one key. */
interface Session {
  /** The newest writes and reads by version; several only where vector clocks do not order them. */
  writes: Operation[];
  reads: Operation[];
  lastWrite: Operation | undefined;
  /** The read whose value was written latest in real time. */
  freshestRead: Operation | undefined;
}

/** When the writes of one value of one key happened. */
interface Writers {
  firstCall: number;
  lastReturn: number;
  readonly example: Operation;
}

interface KeyFacts {
  readonly values: Map<ValueKey, Writers>;
  /** When a delete was first called: from then on an absent value may be new. */
  firstDelete: number;
}

class SessionPass {
  readonly #operations: readonly Operation[];
  readonly #keys = new Map<string | number | undefined, KeyFacts>();
  readonly #sessions = new Map<string | number, Map<string | number | undefined, Session>>();
  readonly #broken = new Map<SessionGuarantee, Finding>();
  readonly #undecided = new Set<SessionGuarantee>();

  constructor(operations: readonly Operation[]) {
    this.#operations = operations;
    for (const operation of operations) this.#noteWrite(operation);
    for (const operation of operations) {
      if (operation.return === null) continue;
      const session = this.#session(operation);
      if (isRead(operation.f)) this.#read(session, operation);
      else if (writes(operation)) this.#write(session, operation);
    }
  }

  verdict(guarantee: SessionGuarantee): Verdict {
    const cost = { operations: this.#operations.length, steps: this.#operations.length };
    const broken = this.#broken.get(guarantee);
    if (broken !== undefined) {
      const { key, witness, explanation } = broken;
      const sentence = `${guarantee} is broken: ${explanation}`;
      return printable({
        verdict: 'violation', model: guarantee, ...(key === undefined ? {} : { key }), witness, explanation: sentence, cost,
      });
    }
    if (this.#undecided.has(guarantee)) {
      const explanation = `${guarantee}: the history carries no versions, so the order of the writes is not known`;
      return printable({ verdict: 'unknown', model: guarantee, witness: [], explanation, cost });
    }
    return printable({ verdict: 'ok', model: guarantee, witness: [], explanation: `${guarantee} holds`, cost });
  }

  #noteWrite(operation: Operation): void {
    if (!writes(operation)) return;
    const facts = this.#facts(operation.key);
    const value = effectOf(operation);
    if (value === null) facts.firstDelete = Math.min(facts.firstDelete, operation.call);
    const lastReturn = operation.return ?? Infinity;
    const known = facts.values.get(valueKey(value));
    if (known === undefined) {
      facts.values.set(valueKey(value), { firstCall: operation.call, lastReturn, example: operation });
    } else {
      known.firstCall = Math.min(known.firstCall, operation.call);
      known.lastReturn = Math.max(known.lastReturn, lastReturn);
    }
  }

  #read(session: Session, read: Operation): void {
    const missed = this.#missed(read, session.writes, session.lastWrite);
    if (missed !== undefined) {
      this.#fail('read your writes', [missed, read], `${sentenceOf(read)} after ${pastPerfectOf(missed)}`);
    }
    const fresher = this.#missed(read, session.reads, session.freshestRead);
    if (fresher !== undefined) {
      this.#fail('monotonic reads', [fresher, read], `${sentenceOf(read)} after ${pastPerfectOf(fresher)}, which is newer`);
    }
    session.reads = this.#newest(session.reads, read);
    const call = this.#firstCall(read);
    if (session.freshestRead === undefined || call > this.#firstCall(session.freshestRead)) session.freshestRead = read;
  }

  /** What the read should have seen and did not: by version, else by values and real time. */
  #missed(read: Operation, newest: readonly Operation[], latest: Operation | undefined): Operation | undefined {
    const exact = newest.find((earlier) => this.#compare(read, earlier) === 'older');
    return exact ?? (latest !== undefined && this.#isStale(read, latest) ? latest : undefined);
  }

  #write(session: Session, write: Operation): void {
    const written = assignment(write.key, effectOf(write));
    const client = nameOf(write.process);
    this.#order('monotonic writes', session.writes, session.lastWrite, write, (earlier) => (
      `${sentenceOf(write)} after ${pastPerfectOf(earlier)}, but the store ordered it before`
    ));
    this.#order('writes follow reads', session.reads, session.freshestRead, write, (earlier) => (
      `${sentenceOf(write)} after ${pastPerfectOf(earlier)}, but the store ordered ${written} before what ${client} had read`
    ));
    session.writes = this.#newest(session.writes, write);
    session.lastWrite = write;
  }

  #order(
    guarantee: SessionGuarantee, earlier: readonly Operation[], any: Operation | undefined, write: Operation,
    explain: (earlier: Operation) => string,
  ): void {
    const behind = earlier.find((operation) => this.#compare(write, operation) === 'older');
    if (behind !== undefined) this.#fail(guarantee, [behind, write], explain(behind));
    else if (any !== undefined && (any.version === undefined || write.version === undefined)) this.#undecided.add(guarantee);
  }

  #fail(guarantee: SessionGuarantee, pair: readonly Operation[], explanation: string): void {
    if (this.#broken.has(guarantee)) return;
    const versions = pair.every(({ version }) => version !== undefined);
    const [older, newer] = pair.toReversed().map(({ version }) => JSON.stringify(version));
    const shown = versions ? ` (version ${older ?? ''} against ${newer ?? ''})` : '';
    const sources = pair.map((operation) => (versions ? undefined : this.#source(operation))).filter((source) => source !== undefined);
    const witness = [...new Set([...pair, ...sources])].sort((a, b) => a.call - b.call);
    this.#broken.set(guarantee, { key: pair[0]?.key, witness, explanation: explanation + shown });
  }

  /** Keeps the operations that no other is newer than. */
  #newest(known: readonly Operation[], operation: Operation): Operation[] {
    if (operation.version === undefined || this.#isVague(operation)) return [...known];
    if (known.some(({ version }) => precedes(operation.version, version) && !precedes(version, operation.version))) return [...known];
    return [...known.filter((other) => !precedes(other.version, operation.version)), operation];
  }

  /** By version: `older` when `later` does not contain what `earlier` was or saw. */
  #compare(later: Operation, earlier: Operation): 'older' | 'fine' | 'unknown' {
    if (later.version === undefined || earlier.version === undefined || this.#isVague(later)) return 'unknown';
    if (earlier.version === null) return 'fine';
    if (later.version !== null && typeof later.version !== typeof earlier.version) return 'unknown';
    return precedes(earlier.version, later.version) ? 'fine' : 'older';
  }

  /** An absent value, while somebody may have deleted it, has no version to compare. */
  #isVague(operation: Operation): boolean {
    return operation.version === null && this.#facts(operation.key).firstDelete < (operation.return ?? Infinity);
  }

  /** By values and real time: what the read saw was certainly overwritten before the other's value was even asked for. */
  #isStale(read: Operation, other: Operation): boolean {
    if (read.version !== undefined && other.version !== undefined && !this.#isVague(read)) return false;
    const since = isRead(other.f) ? this.#firstCall(other) : other.call;
    return since >= 0 && this.#values(read).every((value) => this.#lastReturn(read.key, value) < since);
  }

  /** When what a read saw was first asked to be written; -1 for the initial value, and where it is not known. */
  #firstCall(read: Operation): number {
    const calls = this.#values(read).map((value) => this.#facts(read.key).values.get(valueKey(value))?.firstCall ?? -1);
    return calls.length === 0 ? -1 : Math.min(...calls);
  }

  #lastReturn(key: string | number | undefined, value: HistoryValue): number {
    const writers = this.#facts(key).values.get(valueKey(value));
    // Only null can be initial; any other value without a writer is no matter of sessions.
    return writers?.lastReturn ?? (value === null ? -1 : Infinity);
  }

  /** The values a read saw: siblings, where it answered a list that nobody wrote as one. */
  #values(read: Operation): readonly HistoryValue[] {
    if (!isRead(read.f)) return [effectOf(read)];
    const { output } = read;
    if (!Array.isArray(output) || this.#facts(read.key).values.has(valueKey(output))) return [output];
    return output.length === 0 ? [null] : (output as readonly HistoryValue[]);
  }

  #source(operation: Operation): Operation | undefined {
    const [value] = this.#values(operation);
    return isRead(operation.f) && value !== undefined ? this.#facts(operation.key).values.get(valueKey(value))?.example : undefined;
  }

  #facts(key: string | number | undefined): KeyFacts {
    let facts = this.#keys.get(key);
    if (facts === undefined) this.#keys.set(key, (facts = { values: new Map(), firstDelete: Infinity }));
    return facts;
  }

  #session({ process, key }: Operation): Session {
    let keys = this.#sessions.get(process);
    if (keys === undefined) this.#sessions.set(process, (keys = new Map()));
    let session = keys.get(key);
    if (session === undefined) {
      session = { writes: [], reads: [], lastWrite: undefined, freshestRead: undefined };
      keys.set(key, session);
    }
    return session;
  }
}

function writes({ f, status, output }: Operation): boolean {
  return isWrite(f) || (f === 'cas' && (status === 'info' || output === true));
}

function effectOf(operation: Operation): HistoryValue {
  return operation.f === 'cas' ? ((operation.input as readonly HistoryValue[])[1] ?? null) : writtenValue(operation);
}

/** Whether version `a` is contained in `b`: not newer, and for vector clocks not concurrent. */
function precedes(a: HistoryVersion | undefined, b: HistoryVersion | undefined): boolean {
  if (a === null || a === undefined) return true;
  if (b === null || b === undefined) return false;
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' && typeof b === 'number' && a <= b;
  return Object.entries(a).every(([node, counter]) => counter <= (Object.hasOwn(b, node) ? (b[node] ?? 0) : 0));
}
