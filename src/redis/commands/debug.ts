/**
 * `DEBUG`, as far as test-suites use it: looking at values, digests, reloading, filling.
 *
 * `DEBUG SLEEP` holds back its own reply and nobody else. What would crash the server, or looks into structures that are not here
 * (`MALLCTL`, `LEAK`, cluster links), is refused or does nothing.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { NO_KEYS, type CommandGroup } from '../command.ts';
import { REPLY_PEAK_LASTS } from '../connections/client-limits.ts';
import { DEFAULT_LIMITS } from '../values/encoding-limits.ts';
import { ERROR, refuse } from '../errors.ts';
import type { Value } from '../keyspace/keyspace.ts';
import { ListValue } from '../values/list-value.ts';
import { allocated } from '../values/memory-model.ts';
import { datasetDigest, valueDigest } from '../persistence/digest.ts';
import { quicklistNodes } from '../persistence/quicklist-nodes.ts';
import { readRdb, writeRdb } from '../persistence/rdb-file.ts';
import { writeValue } from '../persistence/rdb-object.ts';
import { array, bulk, errorReply, OK, WAITING, type Reply } from '../reply.ts';
import { debugProtocol } from './debug-protocol.ts';
import { scriptsOf } from './scripting.ts';
import { keyword, positionArgument } from './arguments.ts';
import { encodingOf } from './objects.ts';

type DebugHandler = (call: Call, args: readonly Bytes[]) => Reply;

const simple = (text: string): Reply => ({ kind: 'simple', text });

function wrongUse(args: readonly Bytes[]): Reply {
  return errorReply(`ERR unknown subcommand or wrong number of arguments for '${upToNul(args[1] ?? '').slice(0, 128)}'. Try DEBUG HELP.`);
}

function existing(call: Call, key: Bytes | undefined): Value {
  return call.database.stored(key ?? '') ?? refuse(ERROR.noSuchKey);
}

function quicklistText(list: ListValue, call: Call): string {
  const nodes = quicklistNodes(list.items.slice(), call.limits);
  const bytes = nodes.reduce((sum, node) => sum + node.items.reduce((all, item) => all + item.length + 2, 7), 0);
  return ` ql_nodes:${nodes.length} ql_avg_node:${(list.size / nodes.length).toFixed(2)} ql_listpack_max:${call.limits.listMaxListpackSize} ql_compressed:0 ql_uncompressed_size:${bytes}`;
}

function object(call: Call, args: readonly Bytes[]): Reply {
  const key = args[2] ?? '';
  const value = existing(call, key);
  const { access } = call.engine;
  const stamp = call.database.stampOf(key);
  const idle = access.isLfu ? 0 : access.idleSeconds(stamp, call.now);
  const extra = value instanceof ListValue ? quicklistText(value, call) : '';
  return simple(`Value at:0x7f0000000000 refcount:1 encoding:${encodingOf(value, call.database.keptAs(key))} serializedlength:${writeValue(value, call.limits).bytes.length} `
    + `lru:${Math.floor(stamp / 1000) % 2 ** 24} lru_seconds_idle:${idle}${extra}`);
}

function sdslen(call: Call, args: readonly Bytes[]): Reply {
  const key = args[2] ?? '';
  const value = existing(call, key);
  if (typeof value !== 'string' || encodingOf(value, call.database.keptAs(key)) === 'int') return errorReply('ERR Not an sds encoded string.');
  return simple(`key_sds_len:${key.length}, key_sds_avail:0, key_zmalloc: ${allocated(key.length + 2)}, val_sds_len:${value.length}, val_sds_avail:0, val_zmalloc: ${allocated(value.length + 4)}`);
}

/** Saves everything and loads it again; the dataset is what it was, in the forms that loading gives it. */
function reload(call: Call, args: readonly Bytes[]): Reply {
  const { engine } = call;
  const options = args.slice(2).map(keyword);
  if (options.some((option) => !['merge', 'noflush', 'nosave'].includes(option))) return errorReply('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
  if (!options.includes('nosave')) {
    const problem = engine.snapshots.save();
    if (problem !== undefined) return errorReply('ERR Error trying to save the DB, check server logs.');
  }
  const bytes = engine.snapshots.read();
  if (bytes === undefined) return errorReply('ERR Error trying to load the RDB dump, check server logs.');
  if (!options.includes('noflush')) for (const database of engine.databases) database.clear();
  const load = readRdb(engine, bytes, { expiredBy: engine.removesExpired ? call.now : undefined, merges: options.includes('merge') });
  const { functions } = scriptsOf(engine);
  if (!options.includes('noflush')) functions.flush();
  const isLoaded = load.kind === 'loaded' && functions.restore(load.functions, options.includes('merge') ? 'replace' : 'append') === undefined;
  return isLoaded ? OK : errorReply('ERR Error trying to load the RDB dump, check server logs.');
}

/** The append-only file holds what the dataset holds: read again it gives the same. */
function loadAof(call: Call): Reply {
  const { engine } = call;
  const bytes = writeRdb(engine);
  for (const database of engine.databases) database.clear();
  readRdb(engine, bytes, { expiredBy: undefined, merges: false });
  return OK;
}

function sleep(call: Call, args: readonly Bytes[]): Reply {
  const seconds = Number.parseFloat(args[2] ?? '');
  const { connection, engine } = call;
  const run = connection.isScript ? engine.scripts?.current : undefined;
  if (run !== undefined && seconds > 0) run.sleeps += seconds * 1000;
  if (!(seconds > 0) || connection.role !== 'client') return OK;
  if (connection.isExecuting) {
    engine.sleep(seconds * 1000);
    return OK;
  }
  engine.held.hold({ connection, args, reply: OK, since: call.now, until: Math.ceil(call.now + seconds * 1000) });
  return WAITING;
}

function packedThreshold(call: Call, args: readonly Bytes[]): Reply {
  const match = /^(\d+)([kmg]?)b?$/.exec(keyword(args[2]));
  const size = match === null ? -1 : Number(match[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf(match[2] ?? '');
  if (size < 0 || size > 2 ** 32) return errorReply('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
  call.engine.configuration.limits.quicklistPackedThreshold = size === 0 ? DEFAULT_LIMITS.quicklistPackedThreshold : size;
  return OK;
}

function populate(call: Call, args: readonly Bytes[]): Reply {
  if (args.length > 5) return wrongUse(args);
  const count = positionArgument(args[2], ERROR.mustBePositive);
  const prefix = args[3] ?? 'key';
  const size = args[4] === undefined ? undefined : positionArgument(args[4], ERROR.mustBePositive);
  if (count < 0 || (size ?? 0) < 0) return errorReply(ERROR.mustBePositive);
  for (let i = 0; i < count; i++) {
    const key = `${prefix}:${i}`;
    if (call.database.peek(key) !== undefined) continue;
    const value = `value:${i}`;
    call.database.put(key, size === undefined || size === 0 ? value : value.slice(0, size).padEnd(size, '\0'));
    call.database.touched(key);
  }
  return OK;
}

function tableStatistics(name: string, size: number): string {
  if (size === 0) return `[${name}]\nHash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n`;
  let slots = 4;
  while (slots < size) slots *= 2;
  return `[${name}]\nHash table 0 stats (main hash table):\n table size: ${slots}\n number of elements: ${size}\n`;
}

function tables(call: Call, args: readonly Bytes[]): Reply {
  const database = call.engine.databases[positionArgument(args[2])];
  if (database === undefined) return errorReply('ERR Out of range database');
  return bulk(tableStatistics('Dictionary HT', database.size) + tableStatistics('Expires HT', database.volatileSize));
}

function tableOfKey(call: Call, args: readonly Bytes[]): Reply {
  const key = args[2] ?? '';
  const value = existing(call, key);
  const encoding = encodingOf(value, call.database.keptAs(key));
  if (typeof value === 'string' || (encoding !== 'hashtable' && encoding !== 'skiplist')) {
    return errorReply('ERR The value stored at the specified key is not represented using an hash table');
  }
  return bulk(tableStatistics('', value.size).slice(3));
}

function listpack(call: Call, args: readonly Bytes[]): Reply {
  const key = args[2] ?? '';
  const encoding = encodingOf(existing(call, key), call.database.keptAs(key));
  return encoding === 'listpack' ? simple('Listpack structure printed on stdout') : errorReply('ERR Not a listpack encoded object.');
}

function quicklist(call: Call, args: readonly Bytes[]): Reply {
  return existing(call, args[2]) instanceof ListValue ? simple('Quicklist structure printed on stdout') : errorReply('ERR Not a quicklist encoded object.');
}

function replyBuffer({ engine }: Call, args: readonly Bytes[]): Reply {
  if (keyword(args[2]) === 'peak-reset-time') {
    const span = keyword(args[3]);
    engine.limits.replyPeakLasts = span === 'never' ? -1 : span === 'reset' ? REPLY_PEAK_LASTS : positionArgument(args[3]);
    return OK;
  }
  return keyword(args[2]) === 'resizing' ? OK : wrongUse(args);
}

const done: DebugHandler = () => OK;

/** Handlers, and how many arguments each wants, both names counted; negative: at least so many. */
const SUBCOMMANDS: Readonly<Record<string, { readonly arity: number; readonly run: DebugHandler }>> = {
  'object': { arity: -3, run: object },
  'sdslen': { arity: 3, run: sdslen },
  'digest': { arity: 2, run: ({ engine }) => simple(datasetDigest(engine.databases)) },
  'digest-value': { arity: -2, run: (call, args) => array(args.slice(2).map((key) => simple(valueDigest(call.database, key)))) },
  'reload': { arity: -2, run: reload },
  'loadaof': { arity: 2, run: loadAof },
  'sleep': { arity: 3, run: sleep },
  'populate': { arity: -3, run: populate },
  'error': { arity: 3, run: (_, args) => errorReply(args[2] ?? '') },
  'htstats': { arity: 3, run: tables },
  'htstats-key': { arity: 3, run: tableOfKey },
  'listpack': { arity: 3, run: listpack },
  'quicklist': { arity: -3, run: quicklist },
  'structsize': { arity: 2, run: () => bulk('bits:64 robj:16 dictentry:24 sdshdr5:1 sdshdr8:3 sdshdr16:5 sdshdr32:9 sdshdr64:17 ') },
  'quicklist-packed-threshold': { arity: 3, run: packedThreshold },
  'set-active-expire': {
    arity: 3,
    run: ({ engine }, args) => {
      engine.expiry.isOn = args[2] !== '0';
      return OK;
    },
  },
  'stringmatch-test': { arity: 2, run: () => simple('Apparently Redis did not crash: test passed') },
  'replicate': {
    arity: -3,
    run: (call, args) => {
      call.propagateAs(args.slice(2));
      return OK;
    },
  },
  'protocol': { arity: 3, run: debugProtocol },
  'set-disable-deny-scripts': {
    arity: 3,
    run: ({ engine }, args) => {
      engine.scriptsMayDoAnything = args[2] !== '0';
      return OK;
    },
  },
  // These turn screws that are not here.
  'change-repl-id': { arity: 2, run: done },
  'set-skip-checksum-validation': { arity: 3, run: done },
  'replybuffer': { arity: -4, run: replyBuffer },
  'pause-cron': { arity: 3, run: done },
  'aof-flush-sleep': { arity: 3, run: done },
  'drop-cluster-packet-filter': { arity: 3, run: done },
  'log': { arity: 3, run: done },
  'leak': { arity: 3, run: done },
};

function debug(call: Call, args: readonly Bytes[]): Reply {
  const word = keyword(args[1]);
  const subcommand = Object.hasOwn(SUBCOMMANDS, word) ? SUBCOMMANDS[word] : undefined;
  if (subcommand === undefined) return wrongUse(args);
  const fits = subcommand.arity > 0 ? args.length === subcommand.arity : args.length >= -subcommand.arity;
  return fits ? subcommand.run(call, args) : wrongUse(args);
}

/** The row of `DEBUG`. */
export const DEBUG_COMMANDS: CommandGroup = {
  debug: {
    arity: -2, flags: ['admin', 'noscript', 'loading', 'stale'], keys: NO_KEYS, categories: ['admin', 'dangerous'], since: '1.0.0',
    reply: ['simple', 'array', 'bulk', 'waiting', 'integer', 'double', 'nil', 'set', 'map', 'attributed', 'push', 'boolean', 'big-number', 'verbatim'], run: debug,
  },
};
