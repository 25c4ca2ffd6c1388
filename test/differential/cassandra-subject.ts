/**
 * Our node, asked as the real one is: what it answers in the same shape, and which differences between two answers do not count.
 *
 * @module
 */
import { CassandraError, createSession, type Session } from '../../src/cassandra/index.ts';
import type { BoundValue, ExecuteOptions, PreparedStatement, StatementResult } from '../../src/cassandra/cql/statement.ts';
import { jsonOf, type JsonData } from '../../src/cassandra/types/decode.ts';
import type { Bytes, DataType } from '../../src/cassandra/types/data-type.ts';
import { fromUtf8, toHex } from '../../src/cassandra/types/bytes.ts';
import type { Answer, Prepared } from './cassandra-oracle.ts';

/** A type as the protocol tells it: without `frozen`, and by a class what version 4 has no code for. */
function wireType(type: DataType): string {
  switch (type.kind) {
    case 'native': return type.name;
    case 'list':
    case 'set': return `${type.kind}<${wireType(type.element)}>`;
    case 'map': return `map<${wireType(type.key)}, ${wireType(type.value)}>`;
    case 'tuple': return `tuple<${type.elements.map(wireType).join(', ')}>`;
    case 'user': return `${type.keyspace}.${type.name}{${type.fields.map((field) => `${field.name} ${wireType(field.type)}`).join(', ')}}`;
    case 'vector': return 'vector';
  }
}

/** A node in this process, and a connection with its keyspace. */
export class Subject {
  readonly #session: Session;
  #keyspace: string | undefined;
  /** The types of the last answer's columns: what shows its bytes. */
  types: readonly DataType[] = [];

  constructor() {
    this.#session = createSession({ now: Date.now(), parameters: { materializedViewsEnabled: true } });
  }

  query(cql: string, pageSize = 5000): Answer {
    return this.#guarded(() => this.#execute(this.#prepare(cql), [], pageSize));
  }

  prepare(cql: string): Prepared {
    return this.#guarded(() => {
      const { variables, routing, columns } = this.#prepare(cql);
      this.types = variables.map(({ type }) => type);
      return {
        variables: variables.map(({ name, type }) => ({ name, type: wireType(type) })),
        routing: routing ?? [],
        columns: (columns ?? []).map(({ name, type }) => ({ name, type: wireType(type) })),
      };
    });
  }

  execute(cql: string, values: readonly BoundValue[], pageSize = 5000): Answer {
    return this.#guarded(() => this.#execute(this.#prepare(cql), values, pageSize));
  }

  #prepare(cql: string): PreparedStatement {
    const [node] = this.#session.cluster.nodes;
    if (node === undefined) throw new TypeError('a session has a node');
    return node.catalog.prepare(cql, this.#keyspace);
  }

  #guarded<T extends Answer>(ask: () => T): T | Answer {
    try {
      return ask();
    } catch (error) {
      if (error instanceof CassandraError) return { error: { code: error.protocolCode, message: error.message } };
      // A fault of ours: it is shown as an answer, which no real one equals.
      return { error: { code: -1, message: String(error instanceof Error ? error.stack : error) } };
    }
  }

  #execute(prepared: PreparedStatement, values: readonly BoundValue[], pageSize: number): Answer {
    const rows: (readonly (Bytes | null)[])[] = [];
    let [result, warnings] = [this.#once(prepared, { values, pageSize, pagingState: undefined }), undefined as readonly string[] | undefined];
    warnings = result.warnings;
    if (result.kind === 'rows') {
      const { columns } = result;
      this.types = columns.map(({ type }) => type);
      for (;;) {
        rows.push(...result.rows);
        if (result.pagingState === undefined) break;
        const next = this.#once(prepared, { values, pageSize, pagingState: result.pagingState });
        if (next.kind !== 'rows') break;
        result = next;
      }
      return { ...shownWarnings(warnings), columns: columns.map(({ name, type }) => ({ name, type: wireType(type) })), rows };
    }
    if (result.kind === 'set-keyspace') {
      this.#keyspace = result.keyspace;
      return { ...shownWarnings(warnings), keyspace: result.keyspace };
    }
    if (result.kind === 'schema-change') {
      const { change, target, keyspace, name } = result;
      return { ...shownWarnings(warnings), change: [change, target, keyspace, ...(target === 'KEYSPACE' ? [] : [name ?? ''])].join(' ') };
    }
    return shownWarnings(warnings);
  }

  #once(prepared: PreparedStatement, options: Pick<ExecuteOptions, 'values' | 'pageSize' | 'pagingState'>): StatementResult {
    const [node] = this.#session.cluster.nodes;
    if (node === undefined) throw new TypeError('a session has a node');
    let outcome: { readonly error: CassandraError | undefined; readonly result: StatementResult | undefined } | undefined;
    prepared.execute({ ...options, consistency: 'ONE', serialConsistency: undefined, timestamp: undefined }, node.machine.coordinator, (error, result) => {
      outcome = { error, result };
    });
    for (let i = 0; outcome === undefined && i < 10_000; i++) this.#session.advance('1ms');
    if (outcome?.error !== undefined) throw outcome.error;
    if (outcome?.result === undefined) throw new TypeError('no answer');
    return outcome.result;
  }
}

function shownWarnings(warnings: readonly string[] | undefined): { readonly warnings?: readonly string[] } {
  return warnings === undefined || warnings.length === 0 ? {} : { warnings };
}

/** Eight bytes that are microseconds since 1970 of this century, as no write's own timestamp here is. */
const INSTANT = new RegExp(`${'\\0'}${String.fromCharCode(6)}[^]{6}`, 'g');

/** An answer without what two clocks make different: instants of writes without a timestamp of their own, and what is left of a TTL. */
function withoutClocks(answer: Answer): Answer {
  if (answer.columns === undefined || answer.rows === undefined) return answer;
  const clocks = answer.columns.map(({ name }) => (/writetime\(/.test(name) ? 'instant' : /^ttl\(|\bttl\(/.test(name) ? 'ttl' : undefined));
  if (clocks.every((clock) => clock === undefined)) return answer;
  const rows = answer.rows.map((row) => row.map((value, i) => {
    if (value === null || clocks[i] === undefined) return value;
    return clocks[i] === 'ttl' ? value.replace(/[^]/g, '.') : value.replaceAll(INSTANT, 'instant');
  }));
  return { ...answer, rows };
}

const SERVER_ERROR = 0;
/** A protocol error is about a paging state that it made itself, a failed read about an assertion on the way. */
const FAULTS: ReadonlySet<number> = new Set([0x000a, 0x1300]);

/** Whether two answers are the same, but for clocks and for what a fault of the real product said. */
export function isSame(ours: Answer, theirs: Answer): boolean {
  // A `SERVER_ERROR` is an exception that nobody foresaw; a refusal of ours is as good.
  if (theirs.error?.code === SERVER_ERROR && ours.error !== undefined && ours.error.code >= 0) return true;
  if (theirs.error !== undefined && FAULTS.has(theirs.error.code)) return ours.error === undefined || ours.error.code >= 0;
  // It counts the letters of a column's name and sends more bytes than that.
  if (ours.columns?.some(({ name }) => /[^\0-\x7f]/.test(name)) === true) return theirs.columns !== undefined;
  return textOf(withoutClocks(ours)) === textOf(withoutClocks(theirs)) || (ours.error !== undefined && theirs.error !== undefined && ours.error.code === theirs.error.code && sortedSignatures(ours.error.message) === sortedSignatures(theirs.error.message));
}

/** The signatures of a function lie in a hash table: their order is another each time the real one starts. */
function sortedSignatures(message: string): string {
  return message.replace(/(?<=(?:known type|following) signatures: ).*(?=\))/, (signatures) => signatures.split(/, (?=[\w."]+ : )/).toSorted((a, b) => (a < b ? -1 : 1)).join(', '));
}

function textOf({ error, warnings, columns, rows, change, keyspace }: Answer): string {
  return JSON.stringify({ error, warnings, columns, rows, change, keyspace });
}

/** An answer for people; bytes by the types that our own answer has. */
export function shown({ rows, ...rest }: Answer, types: readonly DataType[]): Omit<Answer, 'rows'> & { readonly rows?: readonly (readonly JsonData[])[] } {
  if (rows === undefined) return rest;
  const value = (bytes: Bytes | null, type: DataType | undefined): JsonData => {
    if (bytes === null || type === undefined) return bytes === null ? null : fromUtf8(bytes) ?? toHex(bytes);
    try {
      return jsonOf(type, bytes);
    } catch {
      return toHex(bytes);
    }
  };
  return { ...rest, rows: rows.map((row) => row.map((bytes, i) => value(bytes, types[i]))) };
}
