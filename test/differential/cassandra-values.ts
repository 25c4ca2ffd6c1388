/**
 * Random types of CQL, and random values of them as literals, as JSON and as bytes. The values come from small sets, so that
 * they meet again; borders of the types are among them.
 *
 * @module
 */
import type { Random } from '../../src/kernel/random.ts';
import { NATIVE_TYPES, type DataType, type NativeTypeName } from '../../src/cassandra/types/data-type.ts';
import { typeName } from '../../src/cassandra/types/type-name.ts';

/** One of them. */
export function pick<T>(random: Random, choices: readonly [T, ...T[]] | readonly T[]): T {
  const chosen = choices[random.below(choices.length)];
  if (chosen === undefined) throw new RangeError('nothing to choose from');
  return chosen;
}

/** True `percent` times out of 100. */
export function chance(random: Random, percent: number): boolean {
  return random.below(100) < percent;
}

/** From `least` to `most` times. */
export function several<T>(random: Random, least: number, most: number, make: (i: number) => T): T[] {
  return Array.from({ length: least + random.below(most - least + 1) }, (_, i) => make(i));
}

const UUIDS = ['50554d6e-29bb-11e5-b345-feff819cdc9f', '00000000-0000-1000-8080-808080808080', '123e4567-e89b-12d3-a456-426655440000', '50554d6f-29bb-11e5-b345-feff819cdc9f'] as const;
const SMALL = ['0', '1', '2', '3', '-1', '5'] as const;

/** Literals of each native type. */
const LITERALS: Readonly<Record<NativeTypeName, readonly string[]>> = {
  ascii: ["''", "'a'", "'b'", "'aa'", "'it''s'", "'Z'"],
  bigint: [...SMALL, '9223372036854775807', '-9223372036854775808'],
  blob: ['0x', '0x00', '0xcafe', '0xFF', '0x00000001'],
  boolean: ['true', 'false', 'TRUE'],
  counter: SMALL,
  date: ["'2024-02-29'", "'1970-01-01'", "'1969-12-31'", '2147483648', '0', "'-0001-01-01'"],
  decimal: ['0', '1', '1.50', '1.5', '-2.25', '1e10', '1E-3', '0.000', '123456789012345678901234567890.5'],
  double: ['0', '1', '1.5', '-2.25', '1e10', '0.1', 'NaN', 'Infinity', '-Infinity', '1e300', '-0.0'],
  duration: ['1d', '2h', '1y2mo3d4h5m6s7ms8us9ns', '-1mo', 'P1Y2D', '0s', '89h9m'],
  float: ['0', '1', '1.5', '-2.25', '1e10', '0.1', 'NaN', '-Infinity', '3.4028235e38', '16777217'],
  inet: ["'127.0.0.1'", "'::1'", "'10.0.0.255'", "'fe80::1:2'", "'::ffff:1.2.3.4'"],
  int: [...SMALL, '4', '2147483647', '-2147483648'],
  smallint: [...SMALL, '32767', '-32768'],
  text: ["''", "'a'", "'b'", "'aa'", "'it''s'", "'é 😀'", '$$do$$', "'abc'"],
  time: ["'00:00:00'", "'08:12:54.123456789'", "'23:59:59.999'", '1', '86399999999999'],
  timestamp: ["'2011-02-03 04:05:06.789+0000'", "'1970-01-01T00:00:00Z'", '0', '-1', '1700000000000', "'2024-02-29'"],
  timeuuid: [UUIDS[0], UUIDS[1], UUIDS[3]],
  tinyint: [...SMALL, '127', '-128'],
  uuid: [UUIDS[0], UUIDS[2], '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff'],
  varint: [...SMALL, '123456789012345678901234567890', '-129', '128'],
};

/** Literals that are near, but of no type or out of its range. */
const WRONG = [
  "'x'", '2147483648', '-32769', '1.5', '0xabc', "'2024-02-30'", "'25:00:00'", "'not.an.inet'", '1e400', '50554d6e-29bb-41d4-b345-feff819cdc9', '[]', '{}', '[1, null]', "{'a'}", '{1: 1}', '(1, 2)', '{a: 1}',
  'null', 'true', '1mo2', "''", '(int) 1', "(text) 'a'", '-x', '1 + 1', "'a' + 1", 'bigintAsBlob(1)', 'blob_as_int(0x00000001)', 'token(1)', 'nosuch(1)', 'k', '?', '{1, 1}', "[[1], ['x']]",
] as const;

const COMPARABLE = NATIVE_TYPES.filter((name) => name !== 'counter' && name !== 'duration');

/** A random type for values. @param depth - how deep collections may lie in one another @param users - user-defined types that there are */
export function randomType(random: Random, depth: number, users: readonly DataType[], isKey = false): DataType {
  const draw = depth === 0 ? 0 : random.below(100);
  if (draw < (isKey ? 85 : 50)) return { kind: 'native', name: chance(random, 40) ? pick(random, ['int', 'text'] as const) : pick(random, isKey ? COMPARABLE : NATIVE_TYPES.filter((name) => name !== 'counter')) };
  const inner = (asKey = false): DataType => frozenType(randomType(random, depth - 1, users, asKey || isKey));
  const frozen = isKey || chance(random, 35);
  if (draw < 62 || (isKey && draw < 90)) return { kind: pick(random, ['list', 'set'] as const), element: inner(true), frozen };
  if (draw < 74) return { kind: 'map', key: inner(true), value: inner(), frozen };
  // A descending column of vectors the real one takes for no vector.
  if (draw < 84 || users.length === 0) return draw < 96 || isKey ? { kind: 'tuple', elements: several(random, 1, 3, () => inner()) } : { kind: 'vector', element: { kind: 'native', name: pick(random, ['float', 'int', 'text'] as const) }, dimension: 2 };
  const user = pick(random, users);
  return frozen ? frozenType(user) : user;
}

/** The type, frozen. */
export function frozenType(type: DataType): DataType {
  return 'frozen' in type ? { ...type, frozen: true } : type;
}

/** A literal of the type. */
export function literal(random: Random, type: DataType): string {
  if (chance(random, 1)) return pick(random, WRONG);
  switch (type.kind) {
    case 'native': return pick(random, LITERALS[type.name]);
    case 'list': return `[${several(random, 0, 3, () => literal(random, type.element)).join(', ')}]`;
    case 'set': return `{${several(random, 0, 3, () => literal(random, type.element)).join(', ')}}`;
    // Of two values for one key in a literal the real one takes now this one, now that.
    case 'map': return `{${[...new Set(several(random, 0, 3, () => literal(random, type.key)))].map((key) => `${key}: ${literal(random, type.value)}`).join(', ')}}`;
    case 'tuple': return `(${type.elements.slice(0, chance(random, 5) ? 1 : undefined).map((element) => (chance(random, 8) ? 'null' : literal(random, element))).join(', ')})`;
    case 'user': return `{${type.fields.filter(() => chance(random, 80)).map(({ name, type: field }) => `${name}: ${chance(random, 8) ? 'null' : literal(random, field)}`).join(', ')}}`;
    case 'vector': return `[${Array.from({ length: chance(random, 5) ? 3 : type.dimension }, () => literal(random, type.element)).join(', ')}]`;
  }
}

/** What may stand where a value of the type does: mostly a literal of it. */
export function term(random: Random, type: DataType): string {
  const draw = random.below(100);
  if (draw < 88) return literal(random, type);
  if (draw < 91) return 'null';
  if (draw < 93) return pick(random, WRONG);
  if (draw < 95) return literal(random, randomType(random, 1, []));
  if (draw < 97) return `(${typeName(frozenType(type))}) ${literal(random, type)}`;
  if (type.kind !== 'native') return literal(random, type);
  if (draw < 98) return `blobAs${type.name.charAt(0).toUpperCase()}${type.name.slice(1)}(${pick(random, LITERALS.blob)})`;
  return `${literal(random, type)} ${pick(random, ['+', '-', '*', '/', '%'] as const)} ${literal(random, type)}`;
}

/** A value as JSON text. */
export function json(random: Random, type: DataType): string {
  if (chance(random, 3)) return pick(random, ['null', '1.5', '"x"', '[]', '{}', 'true', '""', '[1, 2', '"1"', '99999999999999999999']);
  switch (type.kind) {
    case 'native': {
      const text = pick(random, LITERALS[type.name]);
      const bare = text.replace(/^(?:'|\$\$)|(?:'|\$\$)$/g, '').replaceAll("''", "'");
      return /^(?:true|false|-?\d+(?:\.\d+)?(?:[eE]-?\d+)?)$/.test(text) && !chance(random, 20) ? text : JSON.stringify(bare);
    }
    case 'list':
    case 'set': return `[${several(random, 0, 3, () => json(random, type.element)).join(', ')}]`;
    case 'map': return `{${[...new Set(several(random, 0, 3, () => asKey(json(random, type.key))))].map((key) => `${key}: ${json(random, type.value)}`).join(', ')}}`;
    case 'tuple': return `[${type.elements.map((element) => json(random, element)).join(', ')}]`;
    case 'user': return `{${type.fields.filter(() => chance(random, 80)).map(({ name, type: field }) => `${JSON.stringify(name)}: ${json(random, field)}`).join(', ')}}`;
    case 'vector': return `[${Array.from({ length: type.dimension }, () => json(random, type.element)).join(', ')}]`;
  }
}

function asKey(text: string): string {
  return text.startsWith('"') ? text : JSON.stringify(text);
}
