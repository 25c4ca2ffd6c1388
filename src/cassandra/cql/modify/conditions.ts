/**
 * IF: conditions on the row as it is (`ColumnCondition` of Apache Cassandra 5.0).
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import { columnOf, type ColumnMetadata, type TableMetadata } from '../../schema/metadata.ts';
import { columnValue } from '../../storage/column-value.ts';
import type { Row } from '../../storage/row.ts';
import { comparatorOf } from '../../types/compare.ts';
import { readInt32 } from '../../types/bytes.ts';
import type { Bytes, DataType } from '../../types/data-type.ts';
import { listElements, mapEntries, tupleElements } from '../../types/structure.ts';
import { frozen, native } from '../../types/type-name.ts';
import type { ComparisonOperator, Condition, Term } from '../ast.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';

/** A condition, ready to be decided. */
export interface PreparedCondition {
  readonly column: ColumnMetadata;
  /** For histories: the value of a plain `column = value`. */
  readonly equals: PreparedTerm | undefined;
  /** Whether it holds for a row. @param row - the row, or for a static column the static row */
  holds(row: Row | undefined, context: BindContext, nowSeconds: number): boolean;
}

/** Prepares a condition. @throws {@link InvalidRequestError} as Cassandra words it */
export function prepareCondition(table: TableMetadata, condition: Condition, scope: TermScope): PreparedCondition {
  const column = columnOf(table, condition.column);
  const { name, type, kind } = column;
  if (kind === 'partition_key' || kind === 'clustering') throw new InvalidRequestError(`PRIMARY KEY column '${name}' cannot have IF conditions`);
  if (type.kind === 'native' && type.name === 'counter') throw new InvalidRequestError('Conditions on counters are not supported');
  if (type.kind === 'native' && type.name === 'duration' && condition.kind === 'compare' && isSlice(condition.operator)) {
    throw new InvalidRequestError(`Slice conditions ( ${condition.operator} ) are not supported on durations`);
  }
  const part = partOf(column, condition, scope);
  const test = testOf(part, condition, scope);
  return {
    column,
    equals: condition.kind === 'compare' && condition.operator === '=' && condition.element === undefined && condition.field === undefined ? test.value : undefined,
    holds: (row, context, nowSeconds) => test.holds(part.read(columnValue(row, column, nowSeconds), context), context),
  };
}

/** What of a column is looked at. */
interface Part {
  readonly name: string;
  readonly type: DataType;
  read(value: Bytes | null, context: BindContext): Bytes | null;
}

function partOf({ name, type }: ColumnMetadata, { element, field }: Condition, scope: TermScope): Part {
  if (element !== undefined) {
    switch (type.kind) {
      case 'list': {
        const index = prepareTerm(element, { name: `idx(${name})`, type: native('int') }, scope);
        return {
          name: `value(${name})`, type: type.element,
          read(value, context) {
            const at = readInt32(required(index, context, 'list element access'));
            if (at < 0) throw new InvalidRequestError(`Invalid negative list index ${at}`);
            return value === null ? null : (listElements(value)[at] ?? null);
          },
        };
      }
      case 'map': {
        const key = prepareTerm(element, { name: `key(${name})`, type: type.key }, scope);
        return {
          name: `value(${name})`, type: type.value,
          read(value, context) {
            const wanted = required(key, context, 'map element access');
            return value === null ? null : (mapEntries(value).find(([present]) => present === wanted)?.[1] ?? null);
          },
        };
      }
      case 'set': throw new InvalidRequestError(`Invalid element access syntax for set column ${name}`);
      case 'native':
      case 'tuple':
      case 'user':
      case 'vector': throw new InvalidRequestError(`Invalid element access syntax for non-collection column ${name}`);
      default: return assertNever(type);
    }
  }
  if (field !== undefined) {
    if (type.kind !== 'user') throw new InvalidRequestError(`Cannot refer to UDT field for non-UDT column ${name}`);
    const index = type.fields.findIndex((candidate) => candidate.name === field);
    const fieldType = type.fields[index]?.type;
    if (fieldType === undefined) throw new InvalidRequestError(`Unknown field ${field} for column ${name}`);
    return { name: field, type: fieldType, read: (value) => (value === null ? null : (tupleElements(value, type.fields.length)[index] ?? null)) };
  }
  return { name, type, read: (value) => value };
}

interface Test {
  readonly value: PreparedTerm | undefined;
  holds(present: Bytes | null, context: BindContext): boolean;
}

function testOf({ name, type }: Part, condition: Condition, scope: TermScope): Test {
  const order = comparatorOf(frozen(type));
  if (condition.kind === 'in') {
    const { values } = condition;
    if (values.kind === 'marker') {
      const marker = prepareTerm(values, { name: `in(${name})`, type: { kind: 'list', element: frozen(type), frozen: true } }, scope);
      return {
        value: undefined,
        holds(present, context) {
          const list = marker.bind(context);
          return list !== null && list !== undefined && listElements(list).some((value) => present !== null && order(present, value) === 0);
        },
      };
    }
    const terms = values.terms.map((term) => prepareTerm(term, { name, type }, scope));
    return {
      value: undefined,
      holds: (present, context) => terms.some((term) => {
        const value = term.bind(context);
        return value === undefined ? false : value === null || present === null ? value === present : order(present, value) === 0;
      }),
    };
  }
  const { operator } = condition;
  if (operator === 'CONTAINS' || operator === 'CONTAINS KEY') return containment(name, type, operator, condition.value, scope);
  const value = prepareTerm(condition.value, { name, type }, scope);
  return {
    value,
    holds(present, context) {
      const other = value.bind(context);
      if (other === undefined) throw new InvalidRequestError('Invalid \'unset\' value in condition');
      if (other === null) {
        if (operator === '=') return present === null;
        if (operator === '!=') return present !== null;
        throw new InvalidRequestError(`Invalid comparison with null for operator "${operator}"`);
      }
      if (present === null) return operator === '!=';
      return compares(operator, order(present, other));
    },
  };
}

function containment(name: string, type: DataType, operator: 'CONTAINS' | 'CONTAINS KEY', term: Term, scope: TermScope): Test {
  if (operator === 'CONTAINS KEY' && type.kind !== 'map') throw new InvalidRequestError(`Cannot use CONTAINS KEY on non-map column ${name}`);
  if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'map') throw new InvalidRequestError(`Cannot use CONTAINS on non-collection column ${name}`);
  const element = type.kind === 'map' ? (operator === 'CONTAINS' ? type.value : type.key) : type.element;
  const value = prepareTerm(term, { name: operator === 'CONTAINS' ? `value(${name})` : `key(${name})`, type: element }, scope);
  return {
    value: undefined,
    holds(present, context) {
      const wanted = value.bind(context);
      if (wanted === null || wanted === undefined || present === null) return false;
      if (type.kind !== 'map') return listElements(present).includes(wanted);
      return mapEntries(present).some(([key, entry]) => (operator === 'CONTAINS' ? entry : key) === wanted);
    },
  };
}

function compares(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case '=': return order === 0;
    case '!=': return order !== 0;
    case '<': return order < 0;
    case '<=': return order <= 0;
    case '>': return order > 0;
    case '>=': return order >= 0;
    default: return assertNever(operator);
  }
}

function isSlice(operator: string): boolean {
  return operator !== '=' && operator !== '!=' && !operator.startsWith('CONTAINS');
}

function required(term: PreparedTerm, context: BindContext, what: string): Bytes {
  const value = term.bind(context);
  if (value === null) throw new InvalidRequestError(`Invalid null value for ${what}`);
  if (value === undefined) throw new InvalidRequestError(`Invalid unset value for ${what}`);
  return value;
}
