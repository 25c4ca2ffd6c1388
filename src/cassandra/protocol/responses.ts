/**
 * What a server answers (specification v4, section 4.2), as bodies of frames.
 *
 * @module
 */
import type { BindVariable, PreparedStatement, ResultColumn, StatementResult } from '../cql/statement.ts';
import { PROTOCOL_ERRORS, type CassandraErrorReply, type ProtocolErrorName } from '../errors.ts';
import { assertNever } from '../../kernel/errors.ts';
import { int16, int32 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { bytes, consistency, shortBytes, string, stringList } from './notation.ts';
import { typeOption } from './type-option.ts';

const RESULT = { void: 1, rows: 2, setKeyspace: 3, prepared: 4, schemaChange: 5 } as const;
const METADATA = { globalTable: 0x01, morePages: 0x02, absent: 0x04 } as const;

/** An ERROR's body. @param message - the server's text */
export function errorBody(reply: CassandraErrorReply, message: string): Bytes {
  switch (reply.kind) {
    case 'unavailable': return error('UNAVAILABLE', message) + consistency(reply.consistency) + int32(reply.required) + int32(reply.alive);
    case 'write-timeout': return writeTimeout(message, reply, reply.writeType);
    // Versions before 5 have no word for it.
    case 'cas-unknown': return writeTimeout(message, reply, 'CAS');
    case 'read-timeout':
      return error('READ_TIMEOUT', message) + consistency(reply.consistency) + int32(reply.received) + int32(reply.blockFor) + flag(reply.dataPresent);
    case 'write-failure':
      return error('WRITE_FAILURE', message) + consistency(reply.consistency) + int32(reply.received) + int32(reply.blockFor) + int32(reply.failures.length) + string(reply.writeType);
    case 'read-failure':
      return error('READ_FAILURE', message) + consistency(reply.consistency) + int32(reply.received) + int32(reply.blockFor) + int32(reply.failures.length) + flag(reply.dataPresent);
    case 'already-exists': return error('ALREADY_EXISTS', message) + string(reply.keyspace) + string(reply.table);
    // The function that failed is not told apart: drivers show the text.
    case 'text': return error(reply.error, message) + (reply.error === 'FUNCTION_FAILURE' ? string('') + string('') + stringList([]) : '');
    default: return assertNever(reply);
  }
}

/** The ERROR that a prepared statement is not known: drivers prepare it again. */
export function unpreparedBody(id: Bytes, hexadecimal: string): Bytes {
  return error('UNPREPARED', `Prepared query with ID ${hexadecimal} not found (either the query was not prepared on this host (maybe the host has been restarted?) or you have prepared too many queries and it has been evicted from the internal cache)`) + shortBytes(id);
}

function error(name: ProtocolErrorName, message: string): Bytes {
  return int32(PROTOCOL_ERRORS[name].code) + string(message);
}

function writeTimeout(message: string, reply: Extract<CassandraErrorReply, { readonly received: number }>, type: string): Bytes {
  return error('WRITE_TIMEOUT', message) + consistency(reply.consistency) + int32(reply.received) + int32(reply.blockFor) + string(type);
}

function flag(value: boolean): Bytes {
  return value ? '\x01' : '\x00';
}

/** A RESULT's body. @param skipMetadata - the client knows the columns */
export function resultBody(result: StatementResult, version: number, skipMetadata: boolean): Bytes {
  switch (result.kind) {
    case 'void': return int32(RESULT.void);
    case 'set-keyspace': return int32(RESULT.setKeyspace) + string(result.keyspace);
    case 'schema-change': return int32(RESULT.schemaChange) + schemaChange(result);
    case 'rows': {
      const parts = [int32(RESULT.rows), resultMetadata(result.columns, version, result.pagingState, skipMetadata), int32(result.rows.length)];
      for (const row of result.rows) for (const value of row) parts.push(bytes(value));
      return parts.join('');
    }
    default: return assertNever(result);
  }
}

/** What a change of the schema says, in a RESULT or an EVENT. */
export function schemaChange({ change, target, keyspace, name = '' }: Extract<StatementResult, { readonly kind: 'schema-change' }>): Bytes {
  const head = string(change) + string(target) + string(keyspace);
  switch (target) {
    case 'KEYSPACE': return head;
    case 'TABLE':
    case 'TYPE': return head + string(name);
    case 'FUNCTION':
    case 'AGGREGATE': return head + string(name) + stringList([]);
    default: return assertNever(target);
  }
}

/** The RESULT's body of a PREPARE. */
export function preparedBody(id: Bytes, prepared: PreparedStatement, version: number): Bytes {
  const { variables, routing = [], columns = [] } = prepared;
  const tableFor = ({ table = prepared.table }: BindVariable): Bytes => string(table?.keyspace ?? prepared.keyspace ?? '') + string(table?.name ?? '');
  const [first] = variables;
  const global = first === undefined ? undefined : tableFor(first);
  const isGlobal = global !== undefined && variables.every((variable) => tableFor(variable) === global);
  const metadata = [
    int32(isGlobal ? METADATA.globalTable : 0), int32(variables.length),
    ...(version < 4 ? [] : [int32(routing.length), ...routing.map(int16)]),
    ...(isGlobal ? [global] : []),
    ...variables.map((variable) => (isGlobal ? '' : tableFor(variable)) + string(variable.name) + typeOption(variable.type, version)),
  ];
  return int32(RESULT.prepared) + shortBytes(id) + metadata.join('') + resultMetadata(columns, version, undefined, columns.length === 0);
}

function resultMetadata(columns: readonly ResultColumn[], version: number, pagingState: Bytes | undefined, isAbsent: boolean): Bytes {
  const [first] = columns;
  const isGlobal = first !== undefined && columns.every(({ keyspace, table }) => keyspace === first.keyspace && table === first.table);
  const flags = (isGlobal ? METADATA.globalTable : 0) | (pagingState === undefined ? 0 : METADATA.morePages) | (isAbsent ? METADATA.absent : 0);
  const parts = [int32(flags), int32(columns.length)];
  if (pagingState !== undefined) parts.push(bytes(pagingState));
  if (isAbsent) return parts.join('');
  if (isGlobal) parts.push(string(first.keyspace), string(first.table));
  for (const { keyspace, table, name, type } of columns) parts.push(isGlobal ? '' : string(keyspace) + string(table), string(name), typeOption(type, version));
  return parts.join('');
}
