/**
 * How a fault befalls a command: it fails, comes late, is not answered, or costs its client the connection.
 *
 * @module
 */
import { assertNever } from '../kernel/errors.ts';
import { duration } from '../kernel/units.ts';
import type { Bytes } from './bytes/bytes.ts';
import { errorTextOf, type CommandFault } from './command-faults.ts';
import type { Connection } from './connections/connection.ts';
import type { Engine } from './engine.ts';
import { WAITING, type Reply } from './reply.ts';

/** Executes a command that a fault befalls. @returns the reply; `waiting` when it comes later, or never */
export function executeFaulty(engine: Engine, connection: Connection, args: readonly Bytes[], fault: CommandFault): Reply {
  switch (fault.kind) {
    case 'error':
      return engine.process(connection, args, errorTextOf(fault.error));
    case 'delay': {
      const reply = fault.when === 'after' ? engine.process(connection, args) : undefined;
      // What waits anyway is late enough.
      if (reply?.kind === 'waiting') return reply;
      engine.held.hold({ connection, args, reply, until: Math.ceil(engine.clock() + duration(fault.by) / 1000) });
      return WAITING;
    }
    case 'drop-reply':
      engine.process(connection, args);
      connection.isMute = true;
      return WAITING;
    case 'disconnect':
      if (fault.when === 'after') engine.process(connection, args);
      connection.close();
      return WAITING;
    default:
      return assertNever(fault);
  }
}
