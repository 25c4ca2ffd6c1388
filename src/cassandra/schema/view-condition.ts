/**
 * The WHERE of a materialized view: its text as the schema keeps it, and whether a row of the base belongs to the view. Left out:
 * conditions whose values are not literals, on tokens, and on elements of collections.
 *
 * @module
 */
import type { Literal, Relation, Term } from '../cql/ast.ts';
import { literalBytes } from '../cql/term/prepare-term.ts';
import type { TermScope } from '../cql/term/scope.ts';
import { termText } from '../cql/term-text.ts';
import { InvalidRequestError } from '../errors.ts';
import { comparatorOf } from '../types/compare.ts';
import type { Bytes } from '../types/data-type.ts';
import { quoteName } from '../types/type-name.ts';
import { columnOf, type ColumnMetadata, type TableMetadata, type ViewDefinition } from './metadata.ts';

/** Relations as text again. */
export function whereText(relations: readonly Relation[]): string {
  return relations.map(relationText).join(' AND ');
}

function relationText(relation: Relation): string {
  const names = (columns: readonly string[]) => columns.map((column) => quoteName(column)).join(', ');
  const terms = (values: (Relation & { kind: 'in' })['values']) => (values.kind === 'marker' ? '?' : `(${values.terms.map(termText).join(', ')})`);
  switch (relation.kind) {
    case 'column': return `${quoteName(relation.column)} ${relation.operator} ${termText(relation.value)}`;
    case 'in': return `${quoteName(relation.column)} IN ${terms(relation.values)}`;
    case 'isNotNull': return `${quoteName(relation.column)} IS NOT NULL`;
    case 'token': return `token(${names(relation.columns)}) ${relation.operator} ${termText(relation.value)}`;
    case 'element': return `${quoteName(relation.column)}[${termText(relation.key)}] ${relation.operator} ${termText(relation.value)}`;
    case 'tuple': return `(${names(relation.columns)}) ${relation.operator} ${termText(relation.value)}`;
    case 'tupleIn': return `(${names(relation.columns)}) IN ${terms(relation.values)}`;
    case 'expression': return `expr(${quoteName(relation.index.name)}, ${termText(relation.value)})`;
  }
}

/** The columns that relations are about. */
export function restrictedColumns(relations: readonly Relation[]): readonly string[] {
  return relations.flatMap((relation) => {
    if ('column' in relation) return [relation.column];
    return 'columns' in relation ? relation.columns : [];
  });
}

/** Whether a row belongs to the view. @throws {@link InvalidRequestError} for relations on columns that are not there */
export function viewCondition(relations: readonly Relation[], base: TableMetadata, scope: TermScope): ViewDefinition['matches'] {
  const tests = relations.filter(({ kind }) => kind !== 'isNotNull').map((relation) => testOf(relation, base, scope));
  return (values) => tests.every((test) => test(values));
}

type Values = ReadonlyMap<string, Bytes | null>;

function testOf(relation: Relation, base: TableMetadata, scope: TermScope): (values: Values) => boolean {
  if (relation.kind === 'column') {
    const column = columnOf(base, relation.column);
    const compare = comparatorOf(column.type);
    const bound = literalOf(relation.value, column, scope);
    const holds = ORDERS[relation.operator];
    if (holds !== undefined) {
      return (values) => {
        const value = values.get(column.name);
        return value !== undefined && value !== null && holds(compare(value, bound));
      };
    }
  }
  if (relation.kind === 'in' && relation.values.kind === 'terms') {
    const column = columnOf(base, relation.column);
    const members = new Set(relation.values.terms.map((term) => literalOf(term, column, scope)));
    return (values) => members.has(values.get(column.name) ?? '');
  }
  throw new InvalidRequestError('Cannot use this restriction when defining a materialized view');
}

const ORDERS: Readonly<Record<string, ((order: number) => boolean) | undefined>> = {
  '=': (order) => order === 0, '<': (order) => order < 0, '<=': (order) => order <= 0, '>': (order) => order > 0, '>=': (order) => order >= 0, '!=': (order) => order !== 0,
};

function literalOf(term: Term, column: ColumnMetadata, scope: TermScope): Bytes {
  if (term.kind === 'marker') throw new InvalidRequestError('Cannot use query parameters in CREATE MATERIALIZED VIEW statements');
  if (term.kind !== 'literal') throw new InvalidRequestError('Only literals are supported in the WHERE clause of a materialized view');
  return literalBytes(term satisfies Literal, column, scope);
}
