/**
 * Random schemas and statements of CQL over them: most of them right, some with a wrong type, a missing key or a restriction
 * that is refused, some with a token lost, doubled or replaced. Writes bear a timestamp, or none in a whole script, so that
 * two clocks cannot decide who wins; every TTL of a script is another. Nothing in them asks a clock or chance (`now()`, `uuid()`).
 *
 * @module
 */
import type { Random } from '../../src/kernel/random.ts';
import { isMultiCell, type DataType } from '../../src/cassandra/types/data-type.ts';
import { typeName } from '../../src/cassandra/types/type-name.ts';
import { chance, frozenType, json, literal, pick, randomType, several, term } from './cassandra-values.ts';

interface Column {
  readonly name: string;
  readonly type: DataType;
  readonly kind: 'partition' | 'clustering' | 'static' | 'regular';
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly isCounter: boolean;
}

const native = (name: 'int' | 'text' | 'counter'): DataType => ({ kind: 'native', name });

/** A script: its schema first, then statements without end. */
export class RandomScript {
  readonly #random: Random;
  readonly #keyspace: string;
  readonly #users: DataType[] = [];
  readonly #tables: Table[] = [];
  readonly #hasTimestamps: boolean;
  #spans = 0;
  #names = 0;
  /** What texts were made of, for spoilt ones. */
  readonly #tokens: string[] = ['WHERE', 'AND', '(', ')', ',', '=', 'IN', 'null', '?', 'IF', 'ORDER', 'BY', 'LIMIT', '1', "'x'", 'nosuch', ';', '[', ']', '{', '}', '.', '*', ':', 'NOT', 'CONTAINS', 'KEY', '"Q"', '<', '>=', '!='];

  constructor(random: Random, keyspace: string) {
    this.#random = random;
    this.#keyspace = keyspace;
    this.#hasTimestamps = chance(random, 60);
  }

  /** The statements that make the schema. */
  schema(): string[] {
    const random = this.#random;
    const made = [`CREATE KEYSPACE ${this.#keyspace} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`, `USE ${this.#keyspace}`];
    for (const name of ['u1', 'u2'].slice(0, random.below(3))) {
      const fields = several(random, 1, 3, (i) => ({ name: `f${i}`, type: frozenType(randomType(random, 1, this.#users)) }));
      made.push(`CREATE TYPE ${name} (${fields.map((field) => `${field.name} ${typeName(field.type)}`).join(', ')})`);
      this.#users.push({ kind: 'user', keyspace: this.#keyspace, name, fields, frozen: false });
    }
    for (const name of ['t1', 't2'].slice(0, 1 + random.below(2))) made.push(...this.#createTable(name));
    return made;
  }

  #createTable(name: string): string[] {
    const random = this.#random;
    const isCounter = chance(random, 12);
    const simple = (): DataType => (chance(random, 65) ? native(pick(random, ['int', 'text'] as const)) : randomType(random, 1, this.#users, true));
    const columns: Column[] = [
      ...several(random, 1, chance(random, 25) ? 2 : 1, (i): Column => ({ name: `k${i}`, type: frozenType(simple()), kind: 'partition' })),
      ...several(random, 0, pick(random, [1, 2, 2, 3]), (i): Column => ({ name: `c${i}`, type: frozenType(simple()), kind: 'clustering' })),
    ];
    const clustering = columns.filter(({ kind }) => kind === 'clustering');
    const typeOf = (): DataType => (isCounter ? native('counter') : randomType(random, 2, this.#users));
    if (clustering.length > 0 && chance(random, 40)) columns.push({ name: 's0', type: typeOf(), kind: 'static' });
    columns.push(...several(random, 1, 5, (i): Column => ({ name: i === 3 ? '"V"' : `v${i}`, type: i === 0 && !isCounter ? native('int') : typeOf(), kind: 'regular' })));
    this.#tables.push({ name, columns, isCounter });
    const keys = columns.filter(({ kind }) => kind === 'partition').map((column) => column.name);
    const key = [keys.length === 1 ? keys[0] : `(${keys.join(', ')})`, ...clustering.map((column) => column.name)].join(', ');
    const order = clustering.length > 0 && chance(random, 45) ? ` WITH CLUSTERING ORDER BY (${clustering.map((column) => `${column.name} ${pick(random, ['ASC', 'DESC'])}`).join(', ')})` : '';
    const made = [`CREATE TABLE ${name} (${columns.map((column) => `${column.name} ${typeName(column.type)}${column.kind === 'static' ? ' static' : ''}`).join(', ')}, PRIMARY KEY (${key}))${order}`];
    if (!isCounter && chance(random, 35)) made.push(this.#createIndex(name, pick(random, columns)));
    return made;
  }

  #createIndex(table: string, { name, type }: Column): string {
    const random = this.#random;
    const target = type.kind === 'map' ? `${pick(random, ['KEYS', 'VALUES', 'ENTRIES', 'FULL'])}(${name})` : 'frozen' in type && type.frozen ? `FULL(${name})` : name;
    return `CREATE INDEX i${this.#names++} ON ${table} (${target})`;
  }

  /** The next statement. */
  statement(): string {
    const random = this.#random;
    const draw = random.below(1000);
    const table = pick(random, this.#tables);
    const text = draw < 400 ? this.#modification(table, 'own') : draw < 430 ? this.#batch() : draw < 955 ? this.#select(table) : draw < 960 ? `TRUNCATE ${table.name}` : this.#change(table);
    const words = text.split(/(?<=[(,){}[\] ])|(?=[(,){}[\] ])/);
    if (chance(random, 10)) this.#tokens.push(pick(random, words));
    return chance(random, 6) ? this.#spoilt(words) : text;
  }

  #spoilt(words: string[]): string {
    const random = this.#random;
    const at = random.below(words.length);
    switch (random.below(4)) {
      case 0: words.splice(at, 1); break;
      case 1: words.splice(at, 0, pick(random, this.#tokens), ' '); break;
      case 2: words[at] = pick(random, this.#tokens); break;
      default: words.splice(at, 0, words[at] ?? '', ' ');
    }
    return words.join('');
  }

  #change(table: Table): string {
    const random = this.#random;
    const { name } = table;
    const column = pick(random, table.columns);
    switch (random.below(9)) {
      case 0: return `ALTER TABLE ${name} ADD n${this.#names++} ${typeName(randomType(random, 2, this.#users))}`;
      case 1: return `ALTER TABLE ${name} DROP ${chance(random, 70) ? `n${random.below(this.#names + 1)}` : column.name}`;
      case 2: return this.#createIndex(name, column);
      case 3: return `DROP INDEX i${random.below(this.#names + 1)}`;
      case 4: return `DESCRIBE TABLE ${name}`;
      case 5: return 'DESCRIBE TYPES';
      case 6: return `ALTER TYPE u1 ADD n${this.#names++} ${typeName(frozenType(randomType(random, 1, [])))}`;
      case 7: return `ALTER TABLE ${name} RENAME ${column.name} TO ${pick(random, table.columns).name}`;
      default: return `SELECT column_name, clustering_order, kind, position, type FROM system_schema.columns WHERE keyspace_name = '${this.#keyspace}' AND table_name = '${name}'`;
    }
  }

  #batch(): string {
    const random = this.#random;
    const table = pick(random, this.#tables);
    const kind = table.isCounter ? pick(random, ['COUNTER', 'COUNTER', 'LOGGED']) : pick(random, ['', '', 'UNLOGGED', 'COUNTER']);
    const timestamps = this.#hasTimestamps && kind !== 'COUNTER' ? pick(random, ['own', 'batch'] as const) : 'own';
    const statements = several(random, 1, 4, () => this.#modification(chance(random, 80) ? table : pick(random, this.#tables), timestamps));
    return `BEGIN ${kind} BATCH ${timestamps === 'batch' ? `USING TIMESTAMP ${this.#timestamp()} ` : ''}${statements.join('; ')}; APPLY BATCH`;
  }

  #timestamp(): number {
    return 1 + this.#random.below(30);
  }

  /** `USING …`. @param timestamps - 'batch': the batch has them */
  #using({ isCounter }: Table, timestamps: 'own' | 'batch', isConditional: boolean, isDeletion = false): string {
    const attributes: string[] = [];
    if (this.#hasTimestamps && timestamps === 'own' && !isCounter && !isConditional) attributes.push(`TIMESTAMP ${this.#timestamp()}`);
    if (!isDeletion && chance(this.#random, 8)) attributes.push(`TTL ${100_000 + 1000 * this.#spans++}`);
    return attributes.length === 0 ? '' : ` USING ${attributes.join(' AND ')}`;
  }

  #modification(table: Table, timestamps: 'own' | 'batch'): string {
    const draw = this.#random.below(100);
    // A counter that is added to after it was deleted shows what the clocks of the moment make of it.
    if (table.isCounter) return this.#update(table, timestamps);
    return draw < 45 ? this.#insert(table, timestamps) : draw < 52 ? this.#insertJson(table, timestamps) : draw < 78 ? this.#update(table, timestamps) : this.#delete(table, timestamps);
  }

  #insert(table: Table, timestamps: 'own' | 'batch'): string {
    const random = this.#random;
    const columns = table.columns.filter(({ kind }) => chance(random, kind === 'partition' ? 98 : kind === 'clustering' ? 96 : 60));
    const isConditional = chance(random, 6);
    return `INSERT INTO ${table.name} (${columns.map(({ name }) => name).join(', ')}) VALUES (${columns.map(({ type, kind }) => (kind === 'regular' || kind === 'static' ? term(random, type) : this.#keyTerm(type))).join(', ')})${isConditional ? ' IF NOT EXISTS' : ''}${this.#using(table, timestamps, isConditional)}`;
  }

  /** Keys must meet again. */
  #keyTerm(type: DataType): string {
    const random = this.#random;
    if (chance(random, 4)) return term(random, type);
    return type.kind !== 'native' || chance(random, 30) ? literal(random, type) : type.name === 'int' ? pick(random, ['1', '2', '3']) : type.name === 'text' ? pick(random, ["'a'", "'b'", "'aa'"]) : literal(random, type);
  }

  #insertJson(table: Table, timestamps: 'own' | 'batch'): string {
    const random = this.#random;
    const columns = table.columns.filter(({ kind }) => chance(random, kind === 'regular' ? 60 : 97));
    const text = `{${columns.map(({ name, type }) => `${JSON.stringify(name)}: ${json(random, type)}`).join(', ')}}`;
    return `INSERT INTO ${table.name} JSON '${text.replaceAll("'", "''")}'${pick(random, ['', '', ' DEFAULT UNSET', ' DEFAULT NULL'])}${this.#using(table, timestamps, false)}`;
  }

  #update(table: Table, timestamps: 'own' | 'batch'): string {
    const random = this.#random;
    const others = table.columns.filter(({ kind }) => kind === 'regular' || kind === 'static');
    const columns = several(random, 1, 2, () => (chance(random, 97) ? pick(random, others) : pick(random, table.columns)));
    const condition = this.#condition(table, others, 10);
    return `UPDATE ${table.name}${this.#using(table, timestamps, condition !== '')} SET ${columns.map((column) => this.#operation(column)).join(', ')} WHERE ${this.#rowOf(table, columns.every(({ kind }) => kind === 'static'))}${condition}`;
  }

  #operation({ name, type }: Column): string {
    const random = this.#random;
    if (type.kind === 'native' && type.name === 'counter') return `${name} = ${pick(random, [name, name, name, 'v0'])} ${pick(random, ['+', '-'])} ${literal(random, type)}`;
    if (!isMultiCell(type) || chance(random, 25)) return `${name} = ${chance(random, 3) ? `${name} + ${term(random, type)}` : term(random, type)}`;
    switch (type.kind) {
      case 'list': return pick(random, [() => `${name} = ${name} + ${literal(random, type)}`, () => `${name} = ${literal(random, type)} + ${name}`, () => `${name} = ${name} - ${literal(random, type)}`, () => `${name} += ${term(random, type)}`, () => `${name}[${random.below(3)}] = ${term(random, type.element)}`])();
      case 'set': return pick(random, [() => `${name} = ${name} + ${literal(random, type)}`, () => `${name} = ${name} - ${term(random, type)}`, () => `${name} -= ${literal(random, type)}`, () => `${name} = ${literal(random, type)} + ${name}`])();
      case 'map': return pick(random, [() => `${name} = ${name} + ${literal(random, type)}`, () => `${name} = ${name} - ${literal(random, { kind: 'set', element: type.key, frozen: false })}`, () => `${name}[${literal(random, type.key)}] = ${term(random, type.value)}`])();
      case 'user': {
        const field = pick(random, type.fields);
        return `${name}.${chance(random, 95) ? field.name : 'nosuch'} = ${term(random, field.type)}`;
      }
      case 'native':
      case 'tuple':
      case 'vector': return `${name} = ${term(random, type)}`;
    }
  }

  #condition(table: Table, others: readonly Column[], percent: number): string {
    const random = this.#random;
    if (!chance(random, percent)) return '';
    if (chance(random, 35)) return ' IF EXISTS';
    return ` IF ${several(random, 1, 2, () => this.#conditionOn(chance(random, 95) ? pick(random, others) : pick(random, table.columns))).join(' AND ')}`;
  }

  #conditionOn({ name, type }: Column): string {
    const random = this.#random;
    const operator = pick(random, ['=', '=', '=', '!=', '<', '>=', '>', 'IN', 'CONTAINS', 'NOT IN']);
    if (type.kind === 'map' && chance(random, 40)) return `${name}[${literal(random, type.key)}] ${operator} ${operator.endsWith('IN') ? `(${term(random, type.value)}, ${term(random, type.value)})` : term(random, type.value)}`;
    if (type.kind === 'list' && chance(random, 40)) return `${name}[${random.below(3)}] ${operator} ${operator.endsWith('IN') ? `(${term(random, type.element)})` : term(random, type.element)}`;
    if (type.kind === 'user' && chance(random, 40)) {
      const field = pick(random, type.fields);
      return `${name}.${field.name} ${operator} ${operator.endsWith('IN') ? `(${term(random, field.type)})` : term(random, field.type)}`;
    }
    if (operator === 'CONTAINS') return `${name} CONTAINS ${term(random, elementOf(type))}`;
    return `${name} ${operator} ${operator.endsWith('IN') ? `(${term(random, type)}, ${term(random, type)})` : term(random, type)}`;
  }

  /** The conditions of an UPDATE or DELETE that name a row. */
  #rowOf(table: Table, isStatic: boolean): string {
    const random = this.#random;
    const restrictions: string[] = [];
    for (const column of table.columns) {
      if (column.kind === 'partition' ? !chance(random, 98) : column.kind !== 'clustering' || chance(random, isStatic ? 85 : 4)) continue;
      restrictions.push(chance(random, 92) ? `${column.name} = ${this.#keyTerm(column.type)}` : this.#restriction(column));
    }
    if (chance(random, 2)) restrictions.push(this.#restriction(pick(random, table.columns)));
    return restrictions.join(' AND ') || 'k0 = 1';
  }

  #delete(table: Table, timestamps: 'own' | 'batch'): string {
    const random = this.#random;
    const others = table.columns.filter(({ kind }) => kind === 'regular' || kind === 'static');
    const columns = chance(random, 45) ? several(random, 1, 2, () => (chance(random, 97) ? pick(random, others) : pick(random, table.columns))) : [];
    const condition = this.#condition(table, others, 8);
    const targets = columns.map(({ name, type }) => {
      if (!chance(random, 45)) return name;
      if (type.kind === 'list') return `${name}[${random.below(3)}]`;
      if (type.kind === 'map') return `${name}[${literal(random, type.key)}]`;
      if (type.kind === 'set') return `${name}[${literal(random, type.element)}]`;
      return type.kind === 'user' ? `${name}.${pick(random, type.fields).name}` : name;
    });
    const isRange = columns.length === 0 && chance(random, 50);
    return `DELETE ${targets.join(', ')}${targets.length > 0 ? ' ' : ''}FROM ${table.name}${this.#using(table, timestamps, condition !== '', true)} WHERE ${isRange ? this.#slice(table) : this.#rowOf(table, columns.length > 0 && columns.every(({ kind }) => kind === 'static'))}${condition}`;
  }

  /** A partition and some of its rows. */
  #slice(table: Table): string {
    const random = this.#random;
    const keys = table.columns.filter(({ kind }) => kind === 'partition');
    const clustering = table.columns.filter(({ kind }) => kind === 'clustering');
    const restrictions = keys.map(({ name, type }) => (chance(random, 85) ? `${name} = ${this.#keyTerm(type)}` : `${name} IN (${several(random, 0, 3, () => this.#keyTerm(type)).join(', ')})`));
    if (clustering.length > 1 && chance(random, 20)) {
      const names = clustering.slice(0, 1 + random.below(clustering.length));
      const tuple = (): string => `(${names.map(({ type }) => this.#keyTerm(type)).join(', ')})`;
      const columns = `(${names.map(({ name }) => name).join(', ')})`;
      restrictions.push(pick(random, [() => `${columns} IN (${several(random, 1, 3, tuple).join(', ')})`, () => `${columns} ${pick(random, ['>', '>=', '<', '<=', '='])} ${tuple()}`, () => `${columns} > ${tuple()} AND ${columns} <= ${tuple()}`])());
      return restrictions.join(' AND ');
    }
    const depth = random.below(clustering.length + 1);
    for (const [i, { name, type }] of clustering.slice(0, depth).entries()) {
      if (i < depth - 1 || chance(random, 30)) restrictions.push(chance(random, 80) ? `${name} = ${this.#keyTerm(type)}` : `${name} IN (${several(random, 0, 3, () => this.#keyTerm(type)).join(', ')})`);
      else restrictions.push(`${name} ${pick(random, ['>', '<', '>=', '<='])} ${this.#keyTerm(type)}${chance(random, 40) ? ` AND ${name} ${pick(random, ['<', '<=', '>'])} ${this.#keyTerm(type)}` : ''}`);
    }
    return restrictions.join(' AND ');
  }

  #restriction({ name, type }: Column): string {
    const random = this.#random;
    const operator = pick(random, ['=', '=', '=', '<', '>', '<=', '>=', 'IN', 'NOT IN', 'CONTAINS', 'CONTAINS KEY', 'NOT CONTAINS', '!=', 'LIKE', 'IS NOT NULL', 'BETWEEN', 'entry']);
    switch (operator) {
      case 'IN':
      case 'NOT IN': return `${name} ${operator} (${several(random, 0, 3, () => term(random, type)).join(', ')})`;
      case 'CONTAINS':
      case 'NOT CONTAINS': return `${name} ${operator} ${term(random, elementOf(type))}`;
      case 'CONTAINS KEY': return `${name} CONTAINS KEY ${term(random, type.kind === 'map' ? type.key : elementOf(type))}`;
      case 'IS NOT NULL': return `${name} IS NOT NULL`;
      case 'BETWEEN': return `${name} BETWEEN ${term(random, type)} AND ${term(random, type)}`;
      case 'entry': return type.kind === 'map' ? `${name}[${literal(random, type.key)}] = ${term(random, type.value)}` : `${name} = ${literal(random, type)}`;
      default: return `${name} ${operator} ${term(random, type)}`;
    }
  }

  #select(table: Table): string {
    const random = this.#random;
    const keys = table.columns.filter(({ kind }) => kind === 'partition');
    const clustering = table.columns.filter(({ kind }) => kind === 'clustering');
    const isDistinct = chance(random, 4);
    const groups = chance(random, 6) ? ` GROUP BY ${[...keys, ...clustering].slice(0, 1 + random.below(keys.length + clustering.length)).map(({ name }) => name).join(', ')}` : '';
    const selected = isDistinct ? `DISTINCT ${keys.map(({ name }) => name).join(', ')}` : chance(random, 55) ? '*' : several(random, 1, 3, () => this.#selector(table)).join(', ');
    const restrictions: string[] = [];
    if (chance(random, 60)) restrictions.push(this.#slice(table));
    else if (chance(random, 25)) restrictions.push(`token(${keys.map(({ name }) => name).join(', ')}) ${pick(random, ['>', '<=', '='])} ${chance(random, 50) ? `token(${keys.map(({ type }) => this.#keyTerm(type)).join(', ')})` : pick(random, ['0', '-9223372036854775808', '4611686018427387904'])}`);
    if (chance(random, 25)) restrictions.push(this.#restriction(pick(random, table.columns)));
    const order = clustering.length > 0 && chance(random, 14) ? ` ORDER BY ${clustering.slice(0, 1 + random.below(clustering.length)).map(({ name }) => `${name} ${pick(random, ['ASC', 'DESC'])}`).join(', ')}` : '';
    const where = restrictions.length > 0 ? ` WHERE ${restrictions.join(' AND ')}` : '';
    return `SELECT ${chance(random, 8) ? 'JSON ' : ''}${selected} FROM ${table.name}${where}${groups}${order}${chance(random, 8) ? ` PER PARTITION LIMIT ${random.below(3)}` : ''}${chance(random, 10) ? ` LIMIT ${random.below(4)}` : ''}${chance(random, restrictions.length > 1 ? 65 : 12) ? ' ALLOW FILTERING' : ''}`;
  }

  #selector(table: Table, depth = 0): string {
    const random = this.#random;
    const { name, type } = pick(random, table.columns);
    switch (random.below(depth > 1 ? 8 : 22)) {
      case 0: return `writetime(${name})`;
      case 1: return `ttl(${name})`;
      case 2: return `CAST(${name} AS ${pick(random, ['text', 'int', 'double', 'timestamp', 'date', 'bigint', 'decimal', 'ascii', 'varint', 'float', 'smallint'])})`;
      case 3: return type.kind === 'map' ? `${name}[${literal(random, type.key)}]` : type.kind === 'set' ? `${name}[${literal(random, type.element)}]` : type.kind === 'user' ? `${name}.${pick(random, type.fields).name}` : `${name} AS a${random.below(3)}`;
      case 4: return type.kind === 'map' ? `${name}[${literal(random, type.key)}..${literal(random, type.key)}]` : name;
      case 5: return literal(random, randomType(random, 1, []));
      case 6: return `(${typeName(frozenType(type))}) ${literal(random, type)}`;
      case 8: return `${pick(random, ['min', 'max', 'count', 'sum', 'avg'])}(${this.#selector(table, depth + 1)})`;
      case 9: return pick(random, ['count(*)', 'count(1)', 'COUNT(*) AS n', 'countRows()']);
      case 10: return `${pick(random, ['toJson', 'to_json', 'blobAsInt', 'intAsBlob', 'textAsBlob', 'toDate', 'toTimestamp', 'toUnixTimestamp', 'dateOf', 'abs', 'round', 'exp', 'log10', 'maxwritetime', 'minwritetime', 'map_keys', 'map_values', 'collection_count', 'collection_sum', 'collection_max', 'collection_avg', 'collection_min', 'mask_default', 'mask_null', 'mask_inner', 'mask_hash', 'nosuch'])}(${chance(random, 80) ? name : this.#selector(table, depth + 1)})`;
      case 11: return `${name} ${pick(random, ['+', '-', '*', '/', '%'])} ${chance(random, 50) ? this.#selector(table, depth + 1) : literal(random, type)}`;
      case 12: return `-${name}`;
      case 13: return `token(${table.columns.filter(({ kind }) => kind === 'partition').map((column) => column.name).join(', ')})`;
      case 14: return `(${name}, ${this.#selector(table, depth + 1)})`;
      case 15: return `[${name}, ${this.#selector(table, depth + 1)}]`;
      case 16: return `{${name}: ${this.#selector(table, depth + 1)}}`;
      default: return name;
    }
  }
}

function elementOf(type: DataType): DataType {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'vector' ? type.element : type.kind === 'map' ? type.value : type;
}
