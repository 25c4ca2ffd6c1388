/**
 * `PFADD`, `PFCOUNT`, `PFMERGE` and what tests ask of them. A sketch is a string whose bytes are Redis's own.
 *
 * `PFCOUNT` keeps its answer in the string, and so is a change that replicas must see.
 *
 * @module
 */
import { upToNul, type Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { ALL_KEYS, FIRST_KEY, NO_KEYS, type CommandGroup } from '../command.ts';
import { refuse } from '../errors.ts';
import { estimateCardinality, HyperLogLog, mergeRegisters } from '../values/hyperloglog.ts';
import { array, bulk, errorReply, integer, OK, type Reply } from '../reply.ts';
import { keyword } from './arguments.ts';

const CORRUPT = 'INVALIDOBJ Corrupted HLL object detected';

function sketch(call: Call, key: Bytes): HyperLogLog | undefined {
  return parsed(call, call.string(key));
}

function parsed(call: Call, value: Bytes | undefined): HyperLogLog | undefined {
  if (value === undefined) return undefined;
  return HyperLogLog.parse(value, call.limits.hllSparseMaxBytes) ?? refuse('WRONGTYPE Key is not a valid HyperLogLog string value.');
}

function registersOf(hyperLogLog: HyperLogLog): Uint8Array {
  return hyperLogLog.registers() ?? refuse(CORRUPT);
}

function pfadd(call: Call, args: readonly Bytes[]): Reply {
  const [, key = '', ...elements] = args;
  const found = sketch(call, key);
  const hyperLogLog = found ?? HyperLogLog.create(call.limits.hllSparseMaxBytes);
  let changes = found === undefined ? 1 : 0;
  for (const element of elements) {
    const outcome = hyperLogLog.add(element);
    if (outcome === 'corrupt') return errorReply(CORRUPT);
    if (outcome === 'changed') changes++;
  }
  call.database.keepAs(key, 'raw');
  if (changes === 0) return integer(0);
  hyperLogLog.invalidate();
  call.database.putRaw(key, hyperLogLog.toBytes());
  call.modified(key, changes);
  call.event('string', 'pfadd', key);
  return integer(1);
}

function pfcount(call: Call, args: readonly Bytes[]): Reply {
  const keys = args.slice(1);
  if (keys.length > 1) {
    const registers = new Uint8Array(1 << 14);
    for (const key of keys) {
      const hyperLogLog = sketch(call, key);
      if (hyperLogLog !== undefined) mergeRegisters(registers, registersOf(hyperLogLog));
    }
    return integer(estimateCardinality(registers));
  }
  const [key = ''] = keys;
  const hyperLogLog = sketch(call, key);
  if (hyperLogLog === undefined) return integer(0);
  call.database.keepAs(key, 'raw');
  if (hyperLogLog.cached !== undefined) return integer(hyperLogLog.cached);
  const cardinality = estimateCardinality(registersOf(hyperLogLog));
  hyperLogLog.cached = cardinality;
  call.database.putRaw(key, hyperLogLog.toBytes());
  call.modified(key);
  return integer(cardinality);
}

function pfmerge(call: Call, args: readonly Bytes[]): Reply {
  const [, destination = ''] = args;
  const registers = new Uint8Array(1 << 14);
  let isDense = false;
  for (const key of args.slice(1)) {
    const source = sketch(call, key);
    if (source === undefined) continue;
    if (!source.isSparse) isDense = true;
    mergeRegisters(registers, registersOf(source));
  }
  // It has been looked at already.
  const before = call.database.get(destination);
  const target = parsed(call, typeof before === 'string' ? before : undefined) ?? HyperLogLog.create(call.limits.hllSparseMaxBytes);
  if (isDense && !target.toDense()) return errorReply(CORRUPT);
  registers.forEach((value, register) => { if (value > 0) target.set(register, value); });
  target.invalidate();
  call.database.putRaw(destination, target.toBytes());
  call.modified(destination);
  call.event('string', 'pfadd', destination);
  return OK;
}

function pfdebug(call: Call, args: readonly Bytes[]): Reply {
  const [, subcommand = '', key = ''] = args;
  const word = keyword(subcommand);
  const hyperLogLog = sketch(call, key);
  if (hyperLogLog === undefined) return errorReply('ERR The specified key does not exist');
  if (!['getreg', 'decode', 'encoding', 'todense'].includes(word)) return errorReply(`ERR Unknown PFDEBUG subcommand '${upToNul(subcommand)}'`);
  if (word === 'encoding') return { kind: 'simple', text: hyperLogLog.isSparse ? 'sparse' : 'dense' };
  if (word === 'decode') return hyperLogLog.isSparse ? bulk(hyperLogLog.describe()) : errorReply('ERR HLL encoding is not sparse');
  const wasSparse = hyperLogLog.isSparse;
  if (!hyperLogLog.toDense()) return errorReply(CORRUPT);
  if (wasSparse) {
    call.database.putRaw(key, hyperLogLog.toBytes());
    call.dirty++;
  }
  return word === 'todense' ? integer(wasSparse ? 1 : 0) : array(Array.from(registersOf(hyperLogLog), (value) => integer(value)));
}

const HYPERLOGLOG = ['hyperloglog'] as const;

/** The rows of the commands on sketches. */
export const HYPERLOGLOG_COMMANDS: CommandGroup = {
  pfadd: { arity: -2, flags: ['write', 'denyoom', 'fast'], keys: FIRST_KEY, categories: HYPERLOGLOG, since: '2.8.9', reply: ['integer'], run: pfadd },
  pfcount: { arity: -2, flags: ['readonly', 'may_replicate'], keys: ALL_KEYS, categories: HYPERLOGLOG, since: '2.8.9', reply: ['integer'], run: pfcount },
  pfmerge: { arity: -2, flags: ['write', 'denyoom'], keys: ALL_KEYS, categories: HYPERLOGLOG, since: '2.8.9', reply: ['simple'], run: pfmerge },
  pfdebug: { arity: 3, flags: ['write', 'denyoom', 'admin'], keys: { kind: 'range', first: 2, last: 2, step: 1 }, categories: ['hyperloglog', 'admin', 'dangerous'], since: '2.8.9', reply: ['array', 'bulk', 'simple', 'integer'], run: pfdebug },
  pfselftest: { arity: 1, flags: ['admin'], keys: NO_KEYS, categories: ['hyperloglog', 'admin', 'dangerous'], since: '2.8.9', reply: ['simple'], run: () => OK },
};
