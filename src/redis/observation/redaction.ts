/**
 * Commands as `MONITOR` and `SLOWLOG` show them: without passwords (`redactClientCommandArgument` of Redis 7.0).
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Command } from '../command.ts';

const REDACTED = '(redacted)';
/** Parameters whose values are secrets. */
const SECRETS = new Set(['requirepass', 'masterauth', 'masteruser', 'tls-key-file-pass', 'tls-client-key-file-pass']);
const MIGRATE_SECRETS: Readonly<Record<string, number>> = { auth: 1, auth2: 2 };

function hidden(command: Command, args: readonly Bytes[]): (place: number) => boolean {
  switch (command.fullName) {
    case 'auth':
      return (place) => place > 0;
    case 'acl|setuser':
      return (place) => place > 1;
    case 'config|set':
      return (place) => place > 2 && place % 2 === 1 && SECRETS.has((args[place - 1] ?? '').toLowerCase());
    case 'hello': {
      const at = args.findIndex((arg, i) => i > 1 && arg.toLowerCase() === 'auth');
      return (place) => at > 0 && (place === at + 1 || place === at + 2);
    }
    case 'migrate': {
      const at = args.findIndex((arg, i) => i > 5 && arg.toLowerCase() in MIGRATE_SECRETS);
      const count = MIGRATE_SECRETS[(args[at] ?? '').toLowerCase()] ?? 0;
      return (place) => at > 0 && place > at && place <= at + count;
    }
    default:
      return () => false;
  }
}

/** The arguments with the secrets hidden. */
export function redacted(command: Command, args: readonly Bytes[]): readonly Bytes[] {
  const hides = hidden(command, args);
  return args.map((arg, place) => (hides(place) ? REDACTED : arg));
}
