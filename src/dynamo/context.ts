/**
 * Contexts (section 4.1): what a get has seen of a key, opaque to its caller, to be handed to the put that follows. It knows its key
 * and carries a checksum, so that a context of another key, a cut-off or an invented one is refused and not taken for history.
 *
 * As text it is fit for a cookie or a form: letters, digits, `-`, `_`, `.` and `~`.
 *
 * @module
 */
import { EMPTY_CLOCK, type VectorClock } from '../distributed/vector-clock.ts';
import { UsageError } from '../kernel/errors.ts';
import { hashString } from '../structures/hash.ts';

const VERSION = 'c1';
const CHECK_BASIS = 0x7f4a7c15;

/** What a get has seen of a key. */
export class Context {
  /** The key it belongs to. */
  readonly key: string;
  /** The vector clock that has seen what was read; for people: nothing but a context made by a get is accepted. */
  readonly clock: VectorClock;

  /** @internal Made by a get. */
  constructor(key: string, clock: VectorClock) {
    this.key = key;
    this.clock = clock;
  }

  /** As text, which {@link contextFrom} and every put take back. */
  toString(): string {
    const body = this.clock.map(({ node, counter, time }) => `${escape(node)}~${counter.toString(36)}~${time.toString(36)}`).join('.');
    return `${VERSION}.${check(this.key, body)}${body === '' ? '' : '.'}${body}`;
  }

  /** As text. */
  toJSON(): string {
    return this.toString();
  }
}

/**
 * The context that a put was given, checked.
 *
 * @param context - a {@link Context} or its text
 * @param key - the key that is put
 * @throws {@link UsageError} `INVALID_CONTEXT` when it was made for another key or by nobody
 */
export function contextFrom(context: Context | string, key: string): Context {
  if (context instanceof Context) {
    if (context.key !== key) throw invalid(`it was read from key '${shown(context.key)}', not from '${shown(key)}'`);
    return context;
  }
  if (typeof context !== 'string') throw invalid(`expected what a get gave, got ${context === null ? 'null' : typeof context}`);
  const [version, sum, ...entries] = context.split('.');
  if (version !== VERSION || sum === undefined) throw invalid('this is not what a get gave');
  if (check(key, entries.join('.')) !== sum) throw invalid(`its checksum does not fit key '${shown(key)}': it belongs to another key, or was changed`);
  const clock = entries.map((entry) => {
    const [node = '', counter = '', time = ''] = entry.split('~');
    return { node: unescape(node), counter: parseInt(counter, 36), time: parseInt(time, 36) };
  });
  return new Context(key, clock.length === 0 ? EMPTY_CLOCK : clock);
}

/** Not a signature: it keeps mistakes out, not enemies. */
function check(key: string, body: string): string {
  return (hashString(`${key}\n${body}`, CHECK_BASIS) >>> 0).toString(36);
}

function escape(node: string): string {
  return node.replaceAll(/[^A-Za-z0-9-]/g, (unit) => `_${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function unescape(node: string): string {
  return node.replaceAll(/_([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

function shown(key: string): string {
  return key.length > 40 ? `${key.slice(0, 40)}…` : key;
}

function invalid(why: string): UsageError {
  return new UsageError('INVALID_CONTEXT', `context: ${why}`);
}
