/**
 * The parts of a SELECT's WHERE, each held against its columns: operators that make no sense are refused, terms are prepared
 * (`Relation.toRestriction`, `SingleColumnRestriction` of Apache Cassandra 5.0), with its messages.
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import { columnOf, type ColumnMetadata, type TableMetadata } from '../../schema/metadata.ts';
import { isMultiCell, type Bytes, type DataType } from '../../types/data-type.ts';
import { listElements, tupleElements } from '../../types/structure.ts';
import { quoteName, typeName } from '../../types/type-name.ts';
import type { ComparisonOperator, InValues, Relation, Term } from '../ast.ts';
import { tokenType } from '../functions/token.ts';
import { termText } from '../term-text.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';

/** A tuple of values, one for each column of a restriction. */
export type Values = readonly Bytes[];

/** One end of a slice. */
export interface SliceEnd {
  readonly columns: readonly ColumnMetadata[];
  readonly inclusive: boolean;
  /** Whether it is a null, which comes before any value in the order of the rows; then it is not bound. */
  isNull?(context: BindContext): boolean;
  bind(context: BindContext): Values;
}

/** A condition on one column, or on several together. Relations on one column are merged into one. */
export type Restriction =
  | { readonly kind: 'eq'; readonly columns: readonly ColumnMetadata[]; readonly isMulti: boolean; readonly marker: number | undefined; bind(context: BindContext): Values }
  | { readonly kind: 'in'; readonly columns: readonly ColumnMetadata[]; readonly isMulti: boolean; bind(context: BindContext): readonly Values[] }
  | { readonly kind: 'slice'; readonly columns: readonly ColumnMetadata[]; readonly isMulti: boolean; readonly start: SliceEnd | undefined; readonly end: SliceEnd | undefined }
  | { readonly kind: 'contains'; readonly columns: readonly ColumnMetadata[]; readonly isMulti: false; readonly parts: readonly ContainsPart[] }
  | { readonly kind: 'like'; readonly columns: readonly ColumnMetadata[]; readonly isMulti: false; readonly text: string; bind(context: BindContext): Bytes };

/** What a collection must contain. */
export interface ContainsPart {
  readonly operator: 'CONTAINS' | 'CONTAINS KEY' | 'ENTRY';
  readonly value: (context: BindContext) => Bytes;
  readonly mapKey: ((context: BindContext) => Bytes) | undefined;
}

/** A bound of the tokens. */
export interface TokenRestriction {
  readonly operator: '=' | '<' | '<=' | '>' | '>=';
  bind(context: BindContext): Bytes;
}

/** Reads relations. */
export class RelationReader {
  readonly #table: TableMetadata;
  readonly #scope: TermScope;
  readonly #isSelect: boolean;

  /** @param isSelect - a deletion takes no null for a bound */
  constructor(table: TableMetadata, scope: TermScope, isSelect: boolean) {
    this.#table = table;
    this.#scope = scope;
    this.#isSelect = isSelect;
  }

  /** A relation as a restriction. @throws {@link InvalidRequestError} when it makes no sense */
  read(relation: Relation): Restriction | (TokenRestriction & { readonly kind: 'token' }) {
    switch (relation.kind) {
      case 'column': return this.#columnRelation(relation.column, relation.operator, relation.value);
      case 'in': return this.#inRelation(this.#column(relation.column), relation.values);
      case 'isNotNull': throw new InvalidRequestError(`Unsupported restriction: ${quoteName(relation.column)} IS NOT NULL`);
      case 'token': return this.#token(relation.columns, relation.operator, relation.value);
      case 'element':
        if (relation.operator === '!=') throw new InvalidRequestError(`Unsupported "!=" relation: ${quoteName(relation.column)}[${termText(relation.key)}] != ${termText(relation.value)}`);
        return this.#elementRelation(this.#column(relation.column), relation.key, relation.operator, relation.value);
      case 'tuple': return this.#tuple(relation);
      case 'tupleIn': return this.#tupleIn(relation);
      case 'expression':
        throw new InvalidRequestError(`Invalid index expression, index ${relation.index.name} not found for ${this.#table.keyspace}.${this.#table.name}`);
      default: return assertNever(relation);
    }
  }

  #column(name: string): ColumnMetadata {
    return columnOf(this.#table, name);
  }

  #columnRelation(name: string, operator: ComparisonOperator | 'LIKE' | 'CONTAINS' | 'CONTAINS KEY', value: Term): Restriction {
    if (operator === '!=') throw new InvalidRequestError(`Unsupported "!=" relation: ${quoteName(name)} != ${termText(value)}`);
    const column = this.#column(name);
    const { type } = column;
    if (operator === 'CONTAINS' || operator === 'CONTAINS KEY') return this.#contains(column, operator, value);
    refuseWhole(column, operator);
    const term = prepareTerm(value, { name, type }, this.#scope);
    const columns = [column];
    if (operator === 'LIKE') {
      return { kind: 'like', columns, isMulti: false, text: `${quoteName(name)} LIKE ${termText(value)}`, bind: binder(column, term) };
    }
    const bind = binder(column, term);
    const values = (context: BindContext): Values => [bind(context)];
    if (operator === '=') return { kind: 'eq', columns, isMulti: false, marker: term.marker, bind: values };
    if (holdsDuration(type)) throw new InvalidRequestError(durationSlice(type));
    return slice(columns, false, operator, values, this.#isSelect && (column.kind === 'clustering' || column.kind === 'partition_key') ? (context) => term.bind(context) === null : undefined);
  }

  #contains(column: ColumnMetadata, operator: 'CONTAINS' | 'CONTAINS KEY', value: Term): Restriction {
    const { type, name } = column;
    const isCollection = type.kind === 'list' || type.kind === 'set' || type.kind === 'map';
    if (operator === 'CONTAINS KEY' && type.kind !== 'map') throw new InvalidRequestError(`Cannot use CONTAINS KEY on non-map column ${name}`);
    if (!isCollection) throw new InvalidRequestError(`Cannot use ${operator} on non-collection column ${name}`);
    const element = type.kind === 'map' ? (operator === 'CONTAINS KEY' ? type.key : type.value) : type.element;
    const term = prepareTerm(value, { name: `${operator === 'CONTAINS KEY' ? 'key' : 'value'}(${name})`, type: element }, this.#scope);
    return { kind: 'contains', columns: [column], isMulti: false, parts: [{ operator, value: binder(column, term), mapKey: undefined }] };
  }

  #elementRelation(column: ColumnMetadata, key: Term, operator: ComparisonOperator, value: Term): Restriction {
    const { type, name } = column;
    if (type.kind === 'list') throw new InvalidRequestError(`Indexes on list entries (${name}[index] = value) are not currently supported.`);
    if (type.kind !== 'map') throw new InvalidRequestError(`Column ${name} cannot be used as a map`);
    if (type.frozen) throw new InvalidRequestError(`Map-entry equality predicates on frozen map column ${name} are not supported`);
    if (operator !== '=') throw new InvalidRequestError('Only EQ relations are supported on map entries');
    const keyTerm = prepareTerm(key, { name: `key(${name})`, type: type.key }, this.#scope);
    const valueTerm = prepareTerm(value, { name: `value(${name})`, type: type.value }, this.#scope);
    return { kind: 'contains', columns: [column], isMulti: false, parts: [{ operator: 'ENTRY', value: binder(column, valueTerm, 'map value'), mapKey: binder(column, keyTerm, 'map key') }] };
  }

  #inRelation(column: ColumnMetadata, values: InValues): Restriction {
    const { type, name } = column;
    refuseWhole(column, 'IN');
    const columns = [column];
    if (values.kind === 'marker') {
      const term = prepareTerm(values, { name: `in(${name})`, type: { kind: 'list', element: type, frozen: true } }, this.#scope);
      return { kind: 'in', columns, isMulti: false, bind: (context) => listElements(component(term.bind(context), columns, 0, 'plain')).map((value) => [value]) };
    }
    const terms = values.terms.map((value) => prepareTerm(value, { name, type }, this.#scope));
    const [only] = terms;
    if (only !== undefined && terms.length === 1) {
      const bind = binder(column, only);
      return { kind: 'eq', columns, isMulti: false, marker: only.marker, bind: (context) => [bind(context)] };
    }
    const isKey = column.kind === 'partition_key' || column.kind === 'clustering';
    return {
      kind: 'in', columns, isMulti: false,
      bind(context) {
        const found: Values[] = [];
        for (const term of terms) {
          const value = term.bind(context);
          // A key cannot be null; of another column's values those from the first null on are not looked at.
          if (value === null && !isKey) break;
          found.push([required(value, column)]);
        }
        return found;
      },
    };
  }

  #token(names: readonly string[], operator: ComparisonOperator, value: Term): TokenRestriction & { readonly kind: 'token' } {
    if (operator === '!=') throw new InvalidRequestError(`Unsupported "!=" relation: token(${names.join(', ')}) != ${termText(value)}`);
    const columns = names.map((name) => this.#column(name));
    const keys = this.#table.partitionKey;
    if (new Set(columns).size < columns.length) throw new InvalidRequestError('The token() function contains duplicate partition key components');
    if (columns.length > keys.length && columns.some((column) => column.kind === 'partition_key')) throw new InvalidRequestError('The token() function must contains only partition key components');
    if (columns.length !== keys.length || columns.some((column) => column.kind !== 'partition_key')) {
      throw new InvalidRequestError('The token() function must be applied to all partition key components or none of them');
    }
    if (columns.some((column, i) => column !== keys[i])) {
      throw new InvalidRequestError(`The token function arguments must be in the partition key order: ${keys.map((column) => column.name).join(', ')}`);
    }
    const term = prepareTerm(value, { name: 'partition key token', type: tokenType(this.#scope.partitioner) }, this.#scope);
    return {
      kind: 'token', operator,
      bind(context) {
        const bytes = term.bind(context);
        if (bytes === null) throw new InvalidRequestError('Invalid null token value');
        if (bytes === undefined) throw new InvalidRequestError('Invalid unset token value');
        return bytes;
      },
    };
  }

  #tupleColumns(names: readonly string[], text: string): readonly ColumnMetadata[] {
    const columns: ColumnMetadata[] = [];
    for (const name of names) {
      const column = this.#column(name);
      if (column.kind !== 'clustering') throw new InvalidRequestError(`Multi-column relations can only be applied to clustering columns but was applied to: ${name}`);
      if (columns.includes(column)) throw new InvalidRequestError(`Column "${name}" appeared twice in a relation: ${text}`);
      const previous = columns.at(-1);
      if (previous !== undefined && column.position !== previous.position + 1) {
        throw new InvalidRequestError(`Clustering columns must appear in the PRIMARY KEY order in multi-column relations: ${text}`);
      }
      columns.push(column);
    }
    return columns;
  }

  #tupleValue(columns: readonly ColumnMetadata[], value: Term, where: NullPlace): (context: BindContext) => Values {
    if (value.kind === 'tuple') {
      if (value.elements.length !== columns.length) {
        throw new InvalidRequestError(`Expected ${columns.length} elements in value tuple, but got ${value.elements.length}: ${termText(value)}`);
      }
      const terms = value.elements.map((element, i) => prepareTerm(element, columns[i] ?? { name: '', type: { kind: 'native', name: 'blob' } }, this.#scope));
      return (context) => terms.map((term, i) => {
        const bytes = term.bind(context);
        if (bytes === undefined) throw new InvalidRequestError(`Invalid unset value for tuple field number ${i}`);
        return component(bytes, columns, i, where);
      });
    }
    const type: DataType = { kind: 'tuple', elements: columns.map((column) => column.type) };
    const name = `(${columns.map((column) => column.name).join(',')})`;
    const term = prepareTerm(value, { name, type }, this.#scope);
    return (context) => {
      const bytes = term.bind(context);
      if (bytes === null || bytes === undefined) throw new InvalidRequestError(`Invalid ${bytes === null ? 'null' : 'unset'} value for ${name}`);
      return tupleElements(bytes, columns.length).map((element, i) => component(element, columns, i, where));
    };
  }

  #tuple(relation: Relation & { readonly kind: 'tuple' }): Restriction {
    const { operator, value } = relation;
    const text = `(${relation.columns.map((name) => quoteName(name)).join(', ')}) ${operator} ${termText(value)}`;
    if (operator === '!=') throw new InvalidRequestError(`Unsupported "!=" relation: ${text}`);
    const columns = this.#tupleColumns(relation.columns, text);
    const bind = this.#tupleValue(columns, value, operator === '=' ? 'plain' : 'slice');
    if (operator === '=') return { kind: 'eq', columns, isMulti: true, marker: undefined, bind };
    return slice(columns, true, operator, bind);
  }

  #tupleIn(relation: Relation & { readonly kind: 'tupleIn' }): Restriction {
    const { values } = relation;
    const text = `(${relation.columns.map((name) => quoteName(name)).join(', ')}) IN ${values.kind === 'marker' ? '?' : `(${values.terms.map((term) => termText(term)).join(', ')})`}`;
    const columns = this.#tupleColumns(relation.columns, text);
    if (values.kind === 'terms') {
      const binders = values.terms.map((term) => this.#tupleValue(columns, term, values.terms.length === 1 ? 'plain' : 'in'));
      const [only] = binders;
      if (only !== undefined && binders.length === 1) return { kind: 'eq', columns, isMulti: true, marker: undefined, bind: only };
      return { kind: 'in', columns, isMulti: true, bind: (context) => binders.map((bind) => bind(context)) };
    }
    const tuple: DataType = { kind: 'tuple', elements: columns.map((column) => column.type) };
    const name = `in(${columns.map((column) => column.name).join(',')})`;
    const term = prepareTerm(values, { name, type: { kind: 'list', element: tuple, frozen: true } }, this.#scope);
    return {
      kind: 'in', columns, isMulti: true,
      bind(context) {
        const bytes = term.bind(context);
        if (bytes === null || bytes === undefined) throw new InvalidRequestError(bytes === null ? 'Invalid null value for IN restriction' : `Invalid unset value for ${name}`);
        return listElements(bytes).map((element) => tupleElements(element, columns.length).map((part, i) => component(part, columns, i, 'in')));
      },
    };
  }
}

function slice(columns: readonly ColumnMetadata[], isMulti: boolean, operator: '<' | '<=' | '>' | '>=', bind: (context: BindContext) => Values, isNull?: (context: BindContext) => boolean): Restriction {
  const end: SliceEnd = { columns, inclusive: operator.length > 1, bind, ...(isNull === undefined ? {} : { isNull }) };
  return operator.startsWith('>') ? { kind: 'slice', columns, isMulti, start: end, end: undefined } : { kind: 'slice', columns, isMulti, start: undefined, end };
}

/** What is kept in many cells cannot be compared as a whole. */
function refuseWhole({ name, type }: ColumnMetadata, operator: string): void {
  if (!isMultiCell(type)) return;
  if (type.kind === 'user') throw new InvalidRequestError(`Non-frozen UDT column '${name}' (${typeName(type)}) cannot be restricted by any relation`);
  throw new InvalidRequestError(`Collection column '${name}' (${typeName(type)}) cannot be restricted by a '${operator}' relation`);
}

function holdsDuration(type: DataType): boolean {
  switch (type.kind) {
    case 'native': return type.name === 'duration';
    case 'list':
    case 'set':
    case 'vector': return holdsDuration(type.element);
    case 'map': return holdsDuration(type.key) || holdsDuration(type.value);
    case 'tuple': return type.elements.some((element) => holdsDuration(element));
    case 'user': return type.fields.some((field) => holdsDuration(field.type));
    default: return assertNever(type);
  }
}

function durationSlice(type: DataType): string {
  switch (type.kind) {
    case 'native':
    case 'vector': return 'Slice restrictions are not supported on duration columns';
    case 'list':
    case 'set':
    case 'map': return 'Slice restrictions are not supported on collections containing durations';
    case 'tuple': return 'Slice restrictions are not supported on tuples containing durations';
    case 'user': return 'Slice restrictions are not supported on UDTs containing durations';
    default: return assertNever(type);
  }
}

function binder(column: ColumnMetadata, term: PreparedTerm, part?: 'map key' | 'map value'): (context: BindContext) => Bytes {
  return (context) => required(term.bind(context), column, part);
}

function required(value: Bytes | null | undefined, { name, kind }: ColumnMetadata, part?: 'map key' | 'map value'): Bytes {
  if (typeof value === 'string') return value;
  const what = value === null ? 'null' : 'unset';
  const isKey = kind === 'partition_key' || kind === 'clustering';
  if (!isKey) throw new InvalidRequestError(`Unsupported ${what} ${part ?? 'value'} for column ${name}`);
  throw new InvalidRequestError(value === undefined ? `Invalid unset value for column ${name}` : `Invalid null value in condition for column ${name}`);
}

/** Where a null stands in a tuple: each is refused in words of its own. */
type NullPlace = 'plain' | 'slice' | 'in';

function component(value: Bytes | null | undefined, columns: readonly ColumnMetadata[], i: number, where: NullPlace): Bytes {
  if (typeof value === 'string') return value;
  const beginning = `Invalid ${value === null ? 'null' : 'unset'} value`;
  if (where === 'in') throw new InvalidRequestError(`${beginning} in condition for columns: [${columns.map(({ name }) => name).join(', ')}]`);
  throw new InvalidRequestError(`${beginning} ${where === 'slice' ? 'in condition ' : ''}for column ${columns[i]?.name ?? ''}`);
}
