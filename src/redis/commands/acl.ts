/**
 * `ACL`: users, their rules, and the log of refusals. There is no ACL file, so `LOAD` and `SAVE` are refused.
 *
 * @module
 */
import { CATEGORIES, categoriesOf } from '../acl/categories.ts';
import { hasBlanks, type Selector } from '../acl/selector.ts';
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { formatDouble } from '../bytes/floats.ts';
import { array, bulk, bulks, errorReply, integer, NIL, OK, type Reply } from '../reply.ts';
import { integerArgument, keyword, positionArgument } from './arguments.ts';
import { helpReply, subcommandsOf } from './help.ts';

const PASSWORD_BITS_MAX = 4096n;
const NO_FILE = 'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command '
  + 'and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.';

const HELP: readonly string[] = [
  'CAT [<category>]', '    List all commands that belong to <category>, or all command categories', '    when no category is specified.',
  'DELUSER <username> [<username> ...]', '    Delete a list of users.',
  'DRYRUN <username> <command> [<arg> ...]', '    Returns whether the user can execute the given command without executing the command.',
  'GETUSER <username>', "    Get the user's details.",
  'GENPASS [<bits>]', '    Generate a secure 256-bit user password. The optional `bits` argument can', '    be used to specify a different size.',
  'LIST', '    Show users details in config file format.',
  'LOAD', '    Reload users from the ACL file.',
  'LOG [<count> | RESET]', '    Show the ACL log entries.',
  'SAVE', '    Save the current config to the ACL file.',
  'SETUSER <username> <attribute> [<attribute> ...]', '    Create or modify a user with the specified attributes.',
  'USERS', '    List all the registered usernames.',
  'WHOAMI', '    Return the current connection username.',
];

function setUser({ engine }: Call, [, , name = '', ...rules]: readonly Bytes[]): Reply {
  if (hasBlanks(name)) return errorReply("ERR Usernames can't contain spaces or null characters");
  const problem = engine.acl.set(name, rules);
  return problem === undefined ? OK : errorReply(`ERR ${problem}`);
}

function deleteUsers({ engine }: Call, names: readonly Bytes[]): Reply {
  if (names.includes('default')) return errorReply("ERR The 'default' user cannot be removed");
  return integer(names.filter((name) => engine.acl.remove(name)).length);
}

function selectorFields(selector: Selector): Reply[] {
  return [
    bulk('commands'), bulk(selector.describeCommands()), bulk('keys'), bulk(selector.describeKeys()), bulk('channels'), bulk(selector.describeChannels()),
  ];
}

function getUser({ engine }: Call, name: Bytes): Reply {
  const user = engine.acl.find(name);
  if (user === undefined) return NIL;
  const [root, ...more] = user.selectors;
  const selectors = more.map((selector): Reply => ({ kind: 'map', items: selectorFields(selector) }));
  return {
    kind: 'map',
    items: [
      bulk('flags'), { kind: 'set', items: user.flags().map(bulk) }, bulk('passwords'), bulks(user.passwords),
      ...(root === undefined ? [] : selectorFields(root)), bulk('selectors'), array(selectors),
    ],
  };
}

function generatePassword({ random }: Call, asked: Bytes | undefined): Reply {
  const bits = asked === undefined ? 256n : BigInt(integerArgument(asked));
  if (bits <= 0n || bits > PASSWORD_BITS_MAX) {
    return errorReply(`ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${PASSWORD_BITS_MAX}`);
  }
  return bulk(Array.from({ length: Math.ceil(Number(bits) / 4) }, () => random.below(16).toString(16)).join(''));
}

function log({ engine }: Call, args: readonly Bytes[]): Reply {
  const { log: refusals } = engine.acl;
  if (keyword(args[2]) === 'reset') {
    refusals.clear();
    return OK;
  }
  const count = args[2] === undefined ? 10 : Math.max(0, positionArgument(args[2]));
  return array(refusals.entries.slice(0, count).map(({ entry, count: times }): Reply => ({
    kind: 'map',
    items: [
      bulk('count'), integer(times), bulk('reason'), bulk(entry.reason), bulk('context'), bulk(entry.context), bulk('object'), bulk(entry.object),
      bulk('username'), bulk(entry.username), bulk('age-seconds'), { kind: 'double', text: formatDouble((engine.now - entry.at) / 1000) },
      bulk('client-info'), bulk(entry.client),
    ],
  })));
}

function dryRun({ engine }: Call, [, , name = '', ...asked]: readonly Bytes[]): Reply {
  const user = engine.acl.find(name);
  if (user === undefined) return errorReply(`ERR User '${name}' not found`);
  const command = engine.resolve(asked);
  if (command === undefined) return errorReply(`ERR Command '${asked[0] ?? ''}' not found`);
  if (command.arity > 0 ? asked.length !== command.arity : asked.length < -command.arity) {
    return errorReply(`ERR wrong number of arguments for '${command.fullName}' command`);
  }
  const verdict = user.check(command, asked);
  switch (verdict.kind) {
    case 'allowed':
      return OK;
    case 'command':
      return bulk(`This user has no permissions to run the '${command.fullName}' command`);
    case 'key': case 'channel':
      return bulk(`This user has no permissions to access the '${asked[verdict.at] ?? ''}' ${verdict.kind}`);
  }
}

function acl(call: Call, args: readonly Bytes[]): Reply {
  const { engine, connection } = call;
  const subcommand = keyword(args[1]);
  switch (subcommand) {
    case 'setuser':
      return setUser(call, args);
    case 'deluser':
      return deleteUsers(call, args.slice(2));
    case 'getuser':
      return getUser(call, args[2] ?? '');
    case 'list':
      return bulks(engine.acl.users().map((user) => `user ${user.name} ${user.describe()}`));
    case 'users':
      return bulks(engine.acl.users().map(({ name }) => name));
    case 'whoami':
      return connection.user === undefined ? NIL : bulk(connection.user.name);
    case 'load': case 'save':
      return errorReply(NO_FILE);
    case 'cat': {
      if (args.length > 3) break;
      if (args[2] === undefined) return bulks(CATEGORIES);
      const category = keyword(args[2]);
      if (!CATEGORIES.includes(category)) return errorReply(`ERR Unknown category '${args[2]}'`);
      return bulks(engine.everyCommand.filter((known) => categoriesOf(known).includes(category)).map(({ fullName }) => fullName));
    }
    case 'genpass':
      if (args.length > 3) break;
      return generatePassword(call, args[2]);
    case 'log':
      if (args.length > 3) break;
      return log(call, args);
    case 'dryrun':
      return dryRun(call, args);
    default:
      return helpReply('ACL', HELP);
  }
  return errorReply(`ERR unknown subcommand or wrong number of arguments for '${args[1] ?? ''}'. Try ACL HELP.`);
}

/** The row of `ACL`. */
export const ACL_COMMANDS: CommandGroup = {
  acl: {
    arity: -2, flags: [], keys: NO_KEYS, categories: [], since: '6.0.0', reply: ['bulk', 'array', 'simple', 'integer', 'map', 'nil'],
    subcommands: subcommandsOf('acl'), run: acl,
  },
};
