/**
 * What a real redis-server 7.0 says of its commands, connections and configuration, against ours. Tolerances: none for error
 * texts; the order of flags, categories, tips and subcommands in `COMMAND INFO` is any, as is that of single commands in a user's rules.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/kernel/random.ts';
import { Engine } from '../../src/redis/engine.ts';
import { COMMANDS } from '../../src/redis/index.ts';
import { encodeReply } from '../../src/redis/resp/encode.ts';
import { endOfReply, hasRedisServer, RedisOracle } from './redis-oracle.ts';

const LINES = `
CONFIG GET maxmemory|CONFIG GET maxmemory-cl*|CONFIG SET foo bar|CONFIG SET maxmemory abc|CONFIG SET maxmemory 1 maxmemory 2|CONFIG SET databases 3|CONFIG SET hz 5 foo
CONFIG SET maxmemory-policy foo|CONFIG SET appendonly maybe|CONFIG SET maxmemory 100mb|CONFIG GET maxmemory|CONFIG SET maxmemory 0|CONFIG foo|CONFIG SET
CLIENT GETNAME|CLIENT SETNAME me|CLIENT GETNAME|CLIENT NO-EVICT maybe|CLIENT REPLY maybe|CLIENT KILL 1.2.3.4:5|CLIENT KILL ID x|CLIENT KILL foo bar
CLIENT UNBLOCK 9999|CLIENT UNBLOCK x|CLIENT UNBLOCK 1 foo|CLIENT LIST TYPE foo|CLIENT LIST ID x|CLIENT LIST foo|CLIENT GETREDIR|CLIENT TRACKINGINFO|CLIENT foo
HELLO x|HELLO 4|HELLO 2 foo|HELLO 2 AUTH a|HELLO 2 AUTH a b|AUTH x|AUTH a b|AUTH a b c
COMMAND GETKEYS SET a b|COMMAND GETKEYS MSET a 1 b 2|COMMAND GETKEYS ZUNIONSTORE d 2 a b|COMMAND GETKEYS PING x|COMMAND GETKEYS ZADD k|COMMAND GETKEYS nosuch x
COMMAND LIST foo|COMMAND LIST FILTERBY module x|COMMAND foo|COMMAND INFO nosuch
COMMAND GETKEYSANDFLAGS SET a b|COMMAND GETKEYSANDFLAGS SET a b GET|COMMAND GETKEYSANDFLAGS SORT a BY x STORE y|COMMAND GETKEYSANDFLAGS BITFIELD a GET u8 0
COMMAND GETKEYSANDFLAGS XREAD COUNT 1 STREAMS a b 0 0|COMMAND GETKEYSANDFLAGS EVAL x 2 a b|COMMAND GETKEYSANDFLAGS EVAL x 0|COMMAND GETKEYSANDFLAGS GEORADIUS k 1 2 3 m STORE to|COMMAND GETKEYSANDFLAGS ZUNIONSTORE d 2 a b|COMMAND GETKEYSANDFLAGS LMPOP 1 a LEFT
ACL WHOAMI|ACL USERS|ACL LIST|ACL CAT|ACL CAT foo|ACL GENPASS 0|ACL foo|SLOWLOG GET|SLOWLOG GET x|SLOWLOG GET -2|SLOWLOG LEN|SLOWLOG RESET|SLOWLOG foo
ACL SETUSER|ACL SETUSER ann|ACL GETUSER ann|ACL SETUSER ann on >pw ~a* %R~b %W~b &c +get +config/get|ACL GETUSER ann|ACL SETUSER ann (+set ~d (-@all|ACL SETUSER ann (+set ~d) (%RW~e)|ACL GETUSER ann|ACL SETUSER ann clearselectors
ACL SETUSER ann %X~a|ACL SETUSER ann +nosuch|ACL SETUSER ann +@nosuch|ACL SETUSER ann -select/0|ACL SETUSER ann +select/0|ACL SETUSER ann +config/nosuch|ACL SETUSER ann +config/get/x|ACL SETUSER ann #abc|ACL SETUSER ann <nopw|ACL SETUSER ann nonsense
ACL SETUSER ann allkeys|ACL SETUSER ann ~x|ACL SETUSER ann &*|ACL SETUSER ann &x|ACL SETUSER ann resetchannels resetkeys|ACL DRYRUN ann get a|ACL DRYRUN ann set d 1|ACL DRYRUN nobody get a|ACL DRYRUN ann nosuch|ACL DRYRUN ann get|ACL DRYRUN ann config get x
ACL SETUSER ann +@all -@dangerous|ACL GETUSER ann|ACL SETUSER ann -@all +@read -@slow|ACL SETUSER ann reset|ACL GETUSER ann|ACL SETUSER ann skip-sanitize-payload nopass|ACL GETUSER ann|ACL LIST|ACL USERS|ACL DELUSER default|ACL DELUSER ann nobody|ACL LOG RESET|ACL LOG|ACL LOG x|ACL GENPASS x|ACL GENPASS 5000|ACL LOAD|ACL SAVE|ACL HELP
CLIENT TRACKING foo|CLIENT TRACKING ON PREFIX a|CLIENT TRACKING ON OPTIN OPTOUT|CLIENT TRACKING ON BCAST OPTIN|CLIENT TRACKING ON REDIRECT x|CLIENT TRACKING ON REDIRECT 9999|CLIENT TRACKING ON BCAST PREFIX a PREFIX ab|CLIENT CACHING YES|CLIENT TRACKING ON OPTIN|CLIENT TRACKING ON OPTOUT
CLIENT TRACKING ON BCAST|CLIENT CACHING NO|CLIENT CACHING YES|CLIENT TRACKINGINFO|CLIENT GETREDIR|CLIENT CACHING maybe|CLIENT TRACKING OFF|CLIENT TRACKING ON BCAST NOLOOP PREFIX a|CLIENT TRACKING ON BCAST PREFIX abc|CLIENT TRACKING ON BCAST PREFIX b|CLIENT TRACKINGINFO|CLIENT TRACKING OFF|CLIENT TRACKINGINFO
CLIENT PAUSE x|CLIENT PAUSE -1|CLIENT PAUSE 1 foo|CLIENT UNPAUSE|CLIENT KILL TYPE foo|CLIENT KILL USER nobody|CLIENT KILL SKIPME maybe|CLIENT KILL ID 9999|CLIENT KILL TYPE pubsub|CLIENT KILL|CLIENT HELP|COMMAND HELP|SLOWLOG HELP|LATENCY HELP|CONFIG HELP|CONFIG GET
CONFIG SET client-output-buffer-limit x|CONFIG SET client-output-buffer-limit master|RESET|MONITOR x|LATENCY GRAPH x|LATENCY HISTORY x|LATENCY DOCTOR|LATENCY HISTOGRAM nosuch
LATENCY LATEST|LATENCY RESET|LATENCY foo|CLUSTER INFO|CLUSTER foo|ASKING|READONLY|READWRITE|FAILOVER
`.trim().split(/\n|\|/).map((line) => line.trim().split(' ').map((word) => (/^[+-]\w+\//.test(word) ? word.replaceAll('/', '|') : word)));

/** The elements of an array of arrays, each as its own bytes. */
function elements(reply: string): string[] {
  const found: string[] = [];
  let at = reply.indexOf('\r\n') + 2;
  while (at < reply.length) {
    const end = endOfReply(reply, at);
    found.push(reply.slice(at, end));
    at = end;
  }
  return found;
}

/** An entry of `COMMAND INFO` in lines: flags, categories and tips in order, subcommands by name. @param known - subcommands that are not among these are left out */
function entry(reply: string, known?: ReadonlySet<string>): string {
  const [name = '', arity = '', flags = '', first = '', last = '', step = '', categories = '', tips = '', specs = '', subcommands = ''] = elements(reply);
  return [name, arity, inOrder(flags), first, last, step, inOrder(categories), inOrder(tips), specs, ...elements(subcommands).filter((child) => known?.has(elements(child)[0] ?? '') ?? true).map((child) => entry(child, known)).toSorted()].join('|');
}

/** Equal; of a user's rules single commands may stand in any order, as the real one's order is that of a hash with a random seed. */
function isSame(args: string, ours: string, theirs: string): boolean {
  const words = (reply: string): string => reply.split(/\s+/).toSorted().join(' ');
  return ours === theirs || (/^ACL (GETUSER|LIST)/.test(args) && words(ours) === words(theirs));
}

const inOrder = (reply: string): string => elements(reply).toSorted((a, b) => (a < b ? -1 : 1)).join('');

describe.skipIf(!hasRedisServer())(`introspection, against redis-server${hasRedisServer() ? '' : ' (not installed: nothing was compared)'}`, () => {
  let oracle: RedisOracle;
  beforeAll(async () => { oracle = await RedisOracle.start(); });
  afterAll(() => oracle.stop());
  const engine = new Engine({ clock: () => Date.now(), random: Random.fromSeed(1) });
  const connection = engine.connect();
  const ours = (args: readonly string[]): string => encodeReply(engine.execute(connection, args), connection.protocol);

  it('answers and refuses with the same bytes', async () => {
    const theirs = await oracle.ask(LINES);
    const found = LINES.map((args, i) => ({ args: args.join(' '), reply: ours(args), theirs: theirs[i] }));
    expect(found.filter(({ args, reply, theirs: real }) => !isSame(args, reply, real ?? ''))).toEqual([]);
  });

  it('tells the same fields of itself, in the same order', async () => {
    const fieldsOf = (reply: string): string[] => [...reply.matchAll(/^(# .*|[a-z]\w*:)/gm)].map(([line]) => line.trim()).filter((line) => !/^(?:db\d|errorstat_|cmdstat_|latency_percentiles_)/.test(line));
    const sections = ['server', 'clients', 'memory', 'persistence', 'stats', 'replication', 'cpu', 'modules', 'cluster', 'keyspace'];
    const [theirs = ''] = await oracle.ask([['INFO', ...sections]]);
    expect(fieldsOf(ours(['INFO', ...sections]))).toEqual(fieldsOf(theirs));
  });

  it('knows arity, flags, keys, categories, tips and subcommands of every command it has', async () => {
    const names = [...COMMANDS.keys()];
    const [reply = ''] = await oracle.ask([['COMMAND', 'INFO', ...names]]);
    const known = new Set([...COMMANDS.values()].flatMap(({ children }) => [...children?.values() ?? []].map(({ fullName }) => `$${fullName.length}\r\n${fullName}\r\n`)));
    const theirs = elements(reply).map((row) => entry(row, known));
    const mine = elements(ours(['COMMAND', 'INFO', ...names])).map((row) => entry(row));
    expect(names.flatMap((name, i) => (mine[i] === theirs[i] ? [] : [{ name, ours: mine[i], theirs: theirs[i] }]))).toEqual([]);
  });
});
