/**
 * `MIGRATE`: keys move to another instance (`migrateCommand` of Redis 7.0). They are sent as `RESTORE`s in one go, and each is
 * removed here once the other side has taken it.
 *
 * Partly: the real server stands still meanwhile, here only the connection that asked waits; within a transaction or a script,
 * where nothing may wait, the answer is that of a target which does not listen; a broken exchange is not tried once more, and
 * connections are not kept for the next one.
 *
 * @module
 */
import { assertNever } from '../../kernel/errors.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import type { CommandGroup } from '../command.ts';
import { ERROR } from '../errors.ts';
import { dump } from '../persistence/rdb-object.ts';
import type { PeerOutcome } from '../peers.ts';
import { errorReply, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword } from './arguments.ts';

const NOKEY: Reply = { kind: 'simple', text: 'NOKEY' };
const TIMEOUT_DEFAULT = 1000;

interface Migration {
  readonly host: Bytes;
  readonly port: Bytes;
  readonly database: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly keys: readonly Bytes[];
  readonly copies: boolean;
  readonly replaces: boolean;
  /** `AUTH` as it is sent, if it is. */
  readonly auth: readonly Bytes[] | undefined;
}

function parse(args: readonly Bytes[]): Migration | Reply {
  const [, host = '', port = '', key = '', database, timeout] = args;
  let keys: readonly Bytes[] = [key];
  let [copies, replaces] = [false, false];
  let auth: readonly Bytes[] | undefined;
  for (let i = 6; i < args.length; i++) {
    const word = keyword(args[i]);
    const left = args.length - i - 1;
    if (word === 'copy') {
      copies = true;
    } else if (word === 'replace') {
      replaces = true;
    } else if (word === 'auth' && left >= 1) {
      auth = ['AUTH', args[++i] ?? ''];
    } else if (word === 'auth2' && left >= 2) {
      auth = ['AUTH', args[i + 1] ?? '', args[i + 2] ?? ''];
      i += 2;
    } else if (word === 'keys') {
      if (key !== '') return errorReply('ERR When using MIGRATE KEYS option, the key argument must be set to the empty string');
      keys = args.slice(i + 1);
      break;
    } else {
      return errorReply(ERROR.syntax);
    }
  }
  const asked = Number(integerArgument(timeout));
  return { host, port, database: Number(integerArgument(database)), timeout: asked <= 0 ? TIMEOUT_DEFAULT : asked, keys, copies, replaces, auth };
}

function migrate(call: Call, args: readonly Bytes[]): Reply {
  const migration = parse(args);
  if ('kind' in migration) return migration;
  const { connection, engine, database } = call;
  const keys = migration.keys.filter((key) => call.read(key) !== undefined);
  if (keys.length === 0) return NOKEY;
  const { peers } = engine;
  if (peers === undefined) return failure('writing');
  const restores = keys.map((key) => restoreOf(call, key, migration.replaces));
  const preamble = [...(migration.auth === undefined ? [] : [migration.auth]), ['SELECT', String(migration.database)]];
  // The time that the exchange may take is the transport's affair; this wait ends with it.
  const waiting = engine.waiting.block(call, { keys: [], serve: () => undefined, timedOut: failure('reading'), timeout: 0 });
  if (waiting === undefined) return failure('writing');
  peers.exchange({ host: migration.host, port: migration.port, commands: [...preamble, ...restores], timeout: migration.timeout }, (outcome) => {
    const { moved, reply } = verdictOf(outcome, keys, preamble.length);
    if (!migration.copies && moved.length > 0) {
      engine.asOneStep(() => {
        for (const key of moved) {
          if (!database.delete(key)) continue;
          database.touched(key);
          engine.notifications.notify('generic', 'del', key, database.number);
          engine.snapshots.dirty++;
        }
        engine.effects.add(database.number, ['DEL', ...moved]);
      });
    }
    engine.waiting.unblock(connection, reply);
  });
  return waiting;
}

function restoreOf(call: Call, key: Bytes, replaces: boolean): readonly Bytes[] {
  const value = call.database.get(key) ?? '';
  const deadline = call.database.deadline(key);
  const ttl = deadline === undefined ? 0 : Math.max(1, Number(deadline) - call.now);
  return ['RESTORE', key, String(ttl), dump(value, call.limits), ...(replaces ? ['REPLACE'] : [])];
}

/** What an exchange means: which keys the other side has taken, and what the client is told. */
function verdictOf(outcome: PeerOutcome, keys: readonly Bytes[], preamble: number): { readonly moved: readonly Bytes[]; readonly reply: Reply } {
  const { replies } = outcome;
  const refusedAtFirst = replies.slice(0, preamble).find((line) => line.startsWith('-'));
  const restored = replies.slice(preamble);
  const moved = refusedAtFirst === undefined ? keys.filter((_, i) => restored[i]?.startsWith('-') === false) : [];
  const error = refusedAtFirst ?? restored.find((line) => line.startsWith('-'));
  if (error !== undefined) return { moved, reply: errorReply(`ERR Target instance replied with error: ${error.slice(1)}`) };
  return { moved, reply: outcome.failure === undefined ? OK : failure(outcome.failure) };
}

function failure(during: NonNullable<PeerOutcome['failure']>): Reply {
  switch (during) {
    case 'connecting': return errorReply('IOERR error or timeout connecting to the client');
    case 'writing':
    case 'reading': return errorReply(`IOERR error or timeout ${during} to target instance`);
    default: return assertNever(during);
  }
}

/** The row of `MIGRATE`. */
export const MIGRATE_COMMANDS: CommandGroup = {
  migrate: {
    arity: -6, flags: ['write', 'movablekeys'], keys: { kind: 'range', first: 3, last: 3, step: 1 }, categories: ['keyspace', 'dangerous'], since: '2.6.0',
    reply: ['simple'], run: migrate,
  },
};
