/**
 * What INSERT, UPDATE and DELETE do to single columns (`Operation`, `Constants`, `Lists`, `Sets`, `Maps`, `UserTypes` of Apache
 * Cassandra 5.0): each is prepared once and applied to any number of rows. Three operations on lists read the row first, and are
 * therefore no more atomic than a read and a write.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import type { ColumnMetadata } from '../../schema/metadata.ts';
import { liveCellsOf } from '../../storage/column-value.ts';
import type { Row } from '../../storage/row.ts';
import { int16, readInt32 } from '../../types/bytes.ts';
import { isMultiCell, type Bytes, type DataType } from '../../types/data-type.ts';
import { listElements, mapEntries, tupleElements } from '../../types/structure.ts';
import { native, typeName } from '../../types/type-name.ts';
import type { Assignment, Deletion, Term } from '../ast.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import { termText } from '../term-text.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';
import type { RowBuilder } from './row-builder.ts';

/** An operation, ready to be applied. */
export interface Operation {
  readonly column: ColumnMetadata;
  /** Whether it needs the row as it is. */
  readonly requiresRead: boolean;
  /** Whether repeating it changes nothing. */
  readonly isIdempotent: boolean;
  /** The term of a plain `column = value`, for histories. */
  readonly value?: PreparedTerm;
  /** Writes into a row. @param current - the row as it is, for those that need it */
  apply(builder: RowBuilder, context: BindContext, current: Row | undefined): void;
}

/** `column = value`: also what INSERT does. */
export function setColumn(column: ColumnMetadata, term: Term, scope: TermScope): Operation {
  const { type, name } = column;
  if (isCounter(type)) throw new InvalidRequestError(`Cannot set the value of counter column ${name} (counters can only be incremented/decremented, not set)`);
  const value = prepareTerm(term, { name, type }, scope);
  return setPrepared(column, value);
}

/** `column = value` with a value that is prepared already. */
export function setPrepared(column: ColumnMetadata, value: PreparedTerm): Operation {
  if (!isMultiCell(column.type)) {
    return {
      column, value, requiresRead: false, isIdempotent: true,
      apply(builder, context) {
        const bytes = value.bind(context);
        if (bytes !== undefined) builder.cell(column, undefined, bytes);
      },
    };
  }
  return {
    column, value, requiresRead: false, isIdempotent: column.type.kind !== 'list',
    apply(builder, context) {
      const bytes = value.bind(context);
      if (bytes === undefined) return;
      builder.deleteComplex(column, true);
      if (bytes !== null) writeElements(builder, column, bytes);
    },
  };
}

/** An assignment of UPDATE. */
export function prepareAssignment(column: ColumnMetadata, assignment: Assignment, scope: TermScope): Operation {
  switch (assignment.kind) {
    case 'set': return setColumn(column, assignment.value, scope);
    case 'add': return addition(column, assignment.value, scope);
    case 'subtract': return subtraction(column, assignment.value, scope);
    case 'prepend': return prepending(column, assignment.value, scope);
    case 'setElement': return elementSetting(column, assignment.key, assignment.value, scope);
    case 'setField': return fieldSetting(column, assignment.field, assignment.value, scope);
    default: return assertNever(assignment);
  }
}

/** What DELETE names of a row. */
export function prepareDeletion(column: ColumnMetadata, deletion: Deletion, scope: TermScope): Operation {
  const { name, type } = column;
  switch (deletion.kind) {
    case 'column': return {
      column, requiresRead: false, isIdempotent: true,
      apply(builder) {
        if (isMultiCell(type)) builder.deleteComplex(column, false);
        else builder.cell(column, undefined, null);
      },
    };
    case 'element': {
      if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'map') throw new InvalidRequestError(`Invalid deletion operation for non collection column ${name}`);
      if (!isMultiCell(type)) throw new InvalidRequestError(`Invalid deletion operation for frozen collection column ${name}`);
      if (type.kind === 'list') return listElementDeletion(column, prepareTerm(deletion.key, { name: `idx(${name})`, type: native('int') }, scope));
      const keyType = type.kind === 'map' ? type.key : type.element;
      const key = prepareTerm(deletion.key, { name: type.kind === 'set' ? `value(${name})` : `key(${name})`, type: keyType }, scope);
      return {
        column, requiresRead: false, isIdempotent: true,
        apply(builder, context) {
          const path = key.bind(context);
          if (path === null || path === undefined) throw new InvalidRequestError(type.kind === 'set' ? 'Invalid null set element' : 'Invalid null map key');
          builder.cell(column, path, null);
        },
      };
    }
    case 'field': {
      const path = fieldPath(column, deletion.field, () => `Invalid field deletion operation for non-UDT column ${name}`, () => `Frozen UDT column ${name} does not support field deletions`);
      return { column, requiresRead: false, isIdempotent: true, apply: (builder) => builder.cell(column, path, null) };
    }
    default: return assertNever(deletion);
  }
}

function addition(column: ColumnMetadata, term: Term, scope: TermScope): Operation {
  const { name, type } = column;
  if (isCounter(type)) return counting(column, term, scope, 1n);
  requireMultiCell(column, term, '+', false);
  // An element of a set or map is its own name; a list's gets a new one each time.
  const value = type.kind === 'map' ? mapOperand(term, { name, type }, 'addition', 'map', scope) : prepareTerm(term, { name, type }, scope);
  return {
    column, requiresRead: false, isIdempotent: type.kind !== 'list',
    apply(builder, context) {
      const bytes = value.bind(context);
      if (bytes !== null && bytes !== undefined) writeElements(builder, column, bytes);
    },
  };
}

function subtraction(column: ColumnMetadata, term: Term, scope: TermScope): Operation {
  const { name, type } = column;
  if (isCounter(type)) return counting(column, term, scope, -1n);
  requireMultiCell(column, term, '-', false);
  if (type.kind === 'list') return discarding(column, prepareTerm(term, { name, type }, scope));
  const removed: DataType = type.kind === 'map' ? { kind: 'set', element: type.key, frozen: false } : type;
  const value = type.kind === 'map' ? mapOperand(term, { name, type: removed }, 'substraction', 'set', scope) : prepareTerm(term, { name, type: removed }, scope);
  return {
    column, requiresRead: false, isIdempotent: true,
    apply(builder, context) {
      const bytes = value.bind(context);
      if (bytes === null || bytes === undefined) return;
      for (const path of listElements(bytes)) builder.cell(column, path, null);
    },
  };
}

/** What is added to a map or taken from it; whatever is wrong with it, the refusal is one. */
function mapOperand(term: Term, receiver: { readonly name: string; readonly type: DataType }, what: 'addition' | 'substraction', expected: 'map' | 'set', scope: TermScope): PreparedTerm {
  try {
    return prepareTerm(term, receiver, scope);
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw new InvalidRequestError(`Value for a map ${what} has to be a ${expected}, but was: '${termText(term)}'`);
  }
}

function prepending(column: ColumnMetadata, term: Term, scope: TermScope): Operation {
  const { name, type } = column;
  // The real one's text says minus here.
  const shown = `(${name} = ${termText(term)} - ${name})`;
  if (type.kind !== 'list') throw new InvalidRequestError(`Invalid operation ${shown} for non list column ${name}`);
  if (!isMultiCell(type)) throw new InvalidRequestError(`Invalid operation ${shown} for frozen list column ${name}`);
  const value = prepareTerm(term, { name, type }, scope);
  return {
    column, requiresRead: false, isIdempotent: false,
    apply(builder, context) {
      const bytes = value.bind(context);
      if (bytes === null || bytes === undefined) return;
      for (const element of listElements(bytes).reverse()) builder.cell(column, builder.parameters.listPaths.next(true), element);
    },
  };
}

function elementSetting(column: ColumnMetadata, keyTerm: Term, term: Term, scope: TermScope): Operation {
  const { name, type } = column;
  const shown = `(${name}[${termText(keyTerm)}] = ${termText(term)})`;
  if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'map') throw new InvalidRequestError(`Invalid operation ${shown} for non collection column ${name}`);
  if (!isMultiCell(type)) throw new InvalidRequestError(`Invalid operation ${shown} for frozen collection column ${name}`);
  if (type.kind === 'set') throw new InvalidRequestError(`Invalid operation ${shown} for set column ${name}`);
  if (type.kind === 'map') {
    const key = prepareTerm(keyTerm, { name: `key(${name})`, type: type.key }, scope);
    const value = prepareTerm(term, { name: `value(${name})`, type: type.value }, scope);
    return {
      column, requiresRead: false, isIdempotent: true,
      apply(builder, context) {
        const path = key.bind(context);
        const bytes = value.bind(context);
        if (path === undefined) throw new InvalidRequestError('Invalid unset map key');
        if (path === null) throw new InvalidRequestError('Invalid null map key');
        if (bytes !== undefined) builder.cell(column, path, bytes);
      },
    };
  }
  const index = prepareTerm(keyTerm, { name: `idx(${name})`, type: native('int') }, scope);
  const value = prepareTerm(term, { name: `value(${name})`, type: type.element }, scope);
  return {
    column, requiresRead: true, isIdempotent: true,
    apply(builder, context, current) {
      const bytes = value.bind(context);
      const path = pathAt(column, index.bind(context), current, builder);
      if (bytes !== undefined) builder.cell(column, path, bytes);
    },
  };
}

function fieldSetting(column: ColumnMetadata, field: string, term: Term, scope: TermScope): Operation {
  const { name, type } = column;
  const shown = `(${name}.${field} = ${termText(term)})`;
  const path = fieldPath(column, field, () => `Invalid operation ${shown} for non-UDT column ${name}`, () => `Invalid operation ${shown} for frozen UDT column ${name}`);
  const fieldType = type.kind === 'user' ? (type.fields.find((candidate) => candidate.name === field)?.type ?? type) : type;
  const value = prepareTerm(term, { name: `${name}.${field}`, type: fieldType }, scope);
  return {
    column, requiresRead: false, isIdempotent: true,
    apply(builder, context) {
      const bytes = value.bind(context);
      if (bytes !== undefined) builder.cell(column, path, bytes);
    },
  };
}

function fieldPath({ name, type }: ColumnMetadata, field: string, otherwise: () => string, whenFrozen: () => string): Bytes {
  if (type.kind !== 'user') throw new InvalidRequestError(otherwise());
  if (!isMultiCell(type)) throw new InvalidRequestError(whenFrozen());
  const index = type.fields.findIndex((candidate) => candidate.name === field);
  if (index < 0) throw new InvalidRequestError(`UDT column ${name} does not have a field named ${field}`);
  return int16(index);
}

function discarding(column: ColumnMetadata, value: PreparedTerm): Operation {
  return {
    column, requiresRead: true, isIdempotent: true,
    apply(builder, context, current) {
      const bytes = value.bind(context);
      if (bytes === null || bytes === undefined || current === undefined) return;
      const removed = new Set(listElements(bytes));
      for (const cell of liveCellsOf(current, column.name, builder.parameters.nowSeconds)) {
        if (removed.has(cell.value ?? '')) builder.cell(column, cell.path, null);
      }
    },
  };
}

function listElementDeletion(column: ColumnMetadata, index: PreparedTerm): Operation {
  return {
    column, requiresRead: true, isIdempotent: false,
    apply(builder, context, current) {
      builder.cell(column, pathAt(column, index.bind(context), current, builder, 'delete an element from'), null);
    },
  };
}

/** The path of a list's element by its place. */
function pathAt({ name }: ColumnMetadata, index: Bytes | null | undefined, current: Row | undefined, builder: RowBuilder, what = 'set an element on'): Bytes {
  if (index === undefined) throw new InvalidRequestError('Invalid unset value for list index');
  if (index === null) throw new InvalidRequestError('Invalid null value for list index');
  const at = readInt32(index);
  const cells = current === undefined ? [] : liveCellsOf(current, name, builder.parameters.nowSeconds);
  if (cells.length === 0) throw new InvalidRequestError(`Attempted to ${what} a list which is null`);
  const path = at < 0 ? undefined : cells[at]?.path;
  if (path === undefined) throw new InvalidRequestError(`List index ${at} out of bound, list has size ${cells.length}`);
  return path;
}

function counting(column: ColumnMetadata, term: Term, scope: TermScope, sign: 1n | -1n): Operation {
  const value = prepareTerm(term, { name: column.name, type: column.type }, scope);
  return {
    column, requiresRead: false, isIdempotent: false,
    apply(builder, context) {
      const bytes = value.bind(context);
      if (bytes === null) throw new InvalidRequestError('Invalid null value for counter increment');
      if (bytes !== undefined) builder.add(column, sign === 1n ? bytes : negated(bytes));
    },
  };
}

function negated(bytes: Bytes): Bytes {
  let value = 0n;
  for (let i = 0; i < bytes.length; i++) value = (value << 8n) | BigInt(bytes.charCodeAt(i));
  const minimum = 1n << 63n;
  if (value === minimum) throw new InvalidRequestError('The negation of -9223372036854775808 overflows supported counter precision (signed 8 bytes integer)');
  let result = '';
  for (let left = BigInt.asUintN(64, -BigInt.asIntN(64, value)), i = 0; i < 8; i++, left >>= 8n) result = String.fromCharCode(Number(left & 0xffn)) + result;
  return result;
}

function requireMultiCell({ name, type }: ColumnMetadata, term: Term, operator: '+' | '-', isPrepend: boolean): void {
  const shown = isPrepend ? `(${name} = ${termText(term)} ${operator} ${name})` : `(${name} = ${name} ${operator} ${termText(term)})`;
  if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'map') {
    const what = type.kind === 'tuple' || type.kind === 'user' ? 'tuple' : 'non counter';
    throw new InvalidRequestError(`Invalid operation ${shown} for ${what} column ${name}`);
  }
  if (!isMultiCell(type)) throw new InvalidRequestError(`Invalid operation ${shown} for frozen collection column ${name}`);
}

/** Writes a collection's or user type's elements as cells of their own. */
function writeElements(builder: RowBuilder, column: ColumnMetadata, bytes: Bytes): void {
  const { type } = column;
  switch (type.kind) {
    case 'list':
      for (const element of listElements(bytes)) builder.cell(column, builder.parameters.listPaths.next(false), element);
      return;
    case 'set':
      for (const element of listElements(bytes)) builder.cell(column, element, '');
      return;
    case 'map':
      for (const [key, value] of mapEntries(bytes)) builder.cell(column, key, value);
      return;
    case 'user':
      tupleElements(bytes, type.fields.length).forEach((field, i) => {
        if (field !== null) builder.cell(column, int16(i), field);
      });
      return;
    case 'native':
    case 'tuple':
    case 'vector': throw new InvalidRequestError(`${typeName(type)} has no elements of its own`);
    default: assertNever(type);
  }
}

function isCounter(type: DataType): boolean {
  return type.kind === 'native' && type.name === 'counter';
}
