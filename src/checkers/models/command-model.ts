/**
 * Models of objects that answer commands: for each command the next state and the reply, and nothing else. States are plain JSON,
 * compared by content.
 *
 * @module
 */
import type { HistoryValue } from '../../kernel/history.ts';
import type { Operation } from '../../history/operation.ts';
import type { Model } from '../model.ts';
import { canonical } from '../value.ts';

/** What a command does in a state. */
export interface Outcome {
  readonly state: HistoryValue;
  /** Compared with what the client was told; undefined = the reply says nothing (`OK`). */
  readonly reply?: HistoryValue;
}

/** A command. */
export interface CommandRule {
  /** Leaves every state as it is. */
  readonly reads?: boolean;
  /** The field or member that it touches, and nothing else; left out, or undefined: all of the object. */
  field?(args: readonly HistoryValue[]): string | undefined;
  /** Whether nothing that was there before can be seen behind it, nor in its own reply. */
  resets?(args: readonly HistoryValue[]): boolean;
  /** The outcome, from the arguments as a list; undefined where the arguments make no sense. */
  apply(state: HistoryValue, args: readonly HistoryValue[]): Outcome | undefined;
}

/** Commands by name. */
export type CommandRules = Readonly<Record<string, CommandRule>>;

/**
 * Makes a model of commands. An operation's input is one argument or a list of them (null: none), its output the reply.
 *
 * @param name - of the model
 * @param init - the state at the start
 * @param rules - the commands
 */
export function commandModel(name: string, init: HistoryValue, rules: CommandRules): Model<HistoryValue> {
  const ruleOf = (f: string): CommandRule | undefined => (Object.hasOwn(rules, f) ? rules[f] : undefined);
  const fieldOf = ({ f, input }: Operation): string | undefined => ruleOf(f)?.field?.(argumentsOf(input));
  const isAnswered = ({ f, input, status }: Operation): boolean => status === 'ok' && ruleOf(f)?.apply(init, argumentsOf(input))?.reply !== undefined;
  return {
    name,
    init,
    step(state, { f, input, output, status }) {
      const outcome = ruleOf(f)?.apply(state, argumentsOf(input));
      if (outcome === undefined) return undefined;
      if (status === 'info' || outcome.reply === undefined || canonical(outcome.reply) === canonical(output)) return outcome.state;
      return undefined;
    },
    equal: (a, b) => a === b || canonical(a) === canonical(b),
    hash: canonical,
    kind: ({ f, input, output, status }) => `${status} ${f} ${canonical(input)} ${canonical(output)}`,
    observes: ({ f }) => ruleOf(f)?.reads === true,
    affects(earlier, later) {
      if (ruleOf(earlier.f)?.reads === true || !isAnswered(later)) return false;
      const [changed, seen] = [fieldOf(earlier), fieldOf(later)];
      return changed === undefined || seen === undefined || changed === seen;
    },
    resets: ({ f, input, status }) => status === 'ok' && ruleOf(f)?.resets?.(argumentsOf(input)) === true,
    refuses: ({ f, input }) => {
      const rule = ruleOf(f);
      if (rule === undefined) return `it has no operation '${f}' (${Object.keys(rules).join(', ')})`;
      return rule.apply(init, argumentsOf(input)) === undefined ? `${f} cannot take ${JSON.stringify(input)}` : undefined;
    },
    describe: (state) => JSON.stringify(state),
  };
}

/** The arguments of a command, of which one may stand alone. */
export function argumentsOf(input: HistoryValue): readonly HistoryValue[] {
  if (Array.isArray(input)) return input as readonly HistoryValue[];
  return input === null ? [] : [input];
}

/** A reading command. @param field - what it looks at, where that is not all of the object */
export function reads(answer: (state: HistoryValue, args: readonly HistoryValue[]) => HistoryValue | undefined, field?: CommandRule['field']): CommandRule {
  return {
    reads: true,
    ...(field === undefined ? {} : { field }),
    apply(state, args) {
      const reply = answer(state, args);
      return reply === undefined ? undefined : { state, reply };
    },
  };
}

/** A text or number as text; undefined for anything else. */
export function textOf(value: HistoryValue | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** A state that is a record of fields. */
export function recordOf(state: HistoryValue): Readonly<Record<string, HistoryValue>> {
  return typeof state === 'object' && state !== null && !Array.isArray(state) ? (state as Readonly<Record<string, HistoryValue>>) : {};
}

/** A state that is a list. */
export function listOf(state: HistoryValue): readonly HistoryValue[] {
  return Array.isArray(state) ? (state as readonly HistoryValue[]) : [];
}

/** A record without one field. */
export function without(record: Readonly<Record<string, HistoryValue>>, field: string): Readonly<Record<string, HistoryValue>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));
}
