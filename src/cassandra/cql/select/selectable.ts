/**
 * What SELECT names, made ready: its type, its name in the result, and how it is had of a row (`Selectable`, `Selector` of Apache
 * Cassandra 5.0).
 *
 * @module
 */
import { assertNever } from '../../../kernel/errors.ts';
import { InvalidRequestError } from '../../errors.ts';
import { columnOf, type ColumnMetadata, type TableMetadata } from '../../schema/metadata.ts';
import { int32 } from '../../types/bytes.ts';
import { comparatorOf } from '../../types/compare.ts';
import { isMultiCell, type Bytes, type DataType } from '../../types/data-type.ts';
import { sortedDistinct, sortedEntries } from '../../types/encode.ts';
import { listElements, listOf, mapEntries, mapOf, tupleElements, tupleOf, vectorOf } from '../../types/structure.ts';
import { frozen, native, quoteName, sameType, typeName } from '../../types/type-name.ts';
import type { Selectable, Term } from '../ast.ts';
import { COUNT_ROWS } from '../functions/aggregates.ts';
import type { AggregateFunction } from '../functions/function.ts';
import { resolveCall } from '../functions/resolver.ts';
import { functionNameText, termText } from '../term-text.ts';
import { NEGATE, termArgument } from '../term/assignment.ts';
import { allMatch, matchTypes, type Argument, type Call, type Match } from '../term/match-types.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import { typeIn, type Receiver, type TermScope } from '../term/scope.ts';
import { timeSelector } from './cell-times.ts';
import { columnNames } from './column-names.ts';
import { collectionParts, sliceOfCollection } from './collection-parts.ts';
import { valueOf } from './row-view.ts';
import type { AggregateCall, Selector } from './selector.ts';

/** Builds the selectors of one statement and collects its aggregates and columns. */
export class SelectionBuilder {
  readonly #table: TableMetadata;
  readonly #scope: TermScope;
  /** In the order of their numbers. */
  readonly aggregates: AggregateCall[] = [];
  /** All columns that are looked at. */
  readonly columns: Set<ColumnMetadata> = new Set();
  #insideAggregate = false;

  constructor(table: TableMetadata, scope: TermScope) {
    this.#table = table;
    this.#scope = scope;
  }

  /** A column by name. @throws {@link InvalidRequestError} when the table has none of that name */
  column(name: string): ColumnMetadata {
    return columnOf(this.#table, name);
  }

  /**
   * Looks up columns and functions, as the real one does of all that is selected before it reads the WHERE; what has no type of
   * its own, and casts, it looks at only later.
   */
  resolve(selectable: Selectable): void {
    switch (selectable.kind) {
      case 'column': this.column(selectable.name); break;
      case 'term':
      case 'countRows': break;
      case 'function':
        for (const arg of selectable.args) this.resolve(arg);
        if (!isCountOfLiteral(selectable)) this.#resolved(selectable);
        break;
      case 'arithmetic':
        this.resolve(selectable.left);
        this.resolve(selectable.right);
        if (!isTerms(selectable)) this.#resolved(selectable);
        break;
      case 'negate':
        this.resolve(selectable.selectable);
        if (!isTerms(selectable)) this.#resolved(selectable);
        break;
      case 'writetime':
      case 'maxwritetime':
      case 'ttl': this.column(selectable.column); break;
      case 'cast':
      case 'field':
      case 'element':
      case 'slice':
      case 'typeHint': this.resolve(selectable.selectable); break;
      case 'list':
      case 'set':
      case 'tuple':
        for (const element of selectable.elements) this.resolve(element);
        break;
      case 'map':
        for (const [key, value] of selectable.entries) {
          // The names of a user type's fields look like columns.
          if (key.kind !== 'column') this.resolve(key);
          this.resolve(value);
        }
        break;
      default: assertNever(selectable);
    }
  }

  #resolved(selectable: Selectable): void {
    const call = this.#callOf(selectable);
    if (resolveCall(call, this.#scope, undefined) === undefined && selectable.kind === 'function') throw new InvalidRequestError(`Unknown function '${functionNameText(selectable.name)}'`);
  }

  /**
   * A selector.
   *
   * @param expected - the type wanted, where the place says so (an argument, a hint)
   */
  build(selectable: Selectable, expected?: DataType): Selector {
    switch (selectable.kind) {
      case 'column': return this.#columnSelector(this.column(selectable.name));
      case 'term': return this.#term(selectable.term, termText(selectable.term), expected);
      case 'countRows': return this.#rowCount();
      case 'function': return this.#function(selectable, expected);
      case 'cast': {
        const own = this.#typeOf(selectable.selectable);
        // A cast to what it is already is none, not even in the result's name.
        // (To the real one a descending column's type is another, and its cast is one.)
        const isDescending = selectable.selectable.kind === 'column' && this.column(selectable.selectable.name).order === 'desc';
        if (own !== undefined && !isDescending && sameType(own, typeIn(this.#scope, selectable.type))) return this.build(selectable.selectable, expected);
        return this.#call(selectable, [selectable.selectable], `cast(${this.text(selectable.selectable)} as ${typeName(typeIn(this.#scope, selectable.type))})`, expected);
      }
      case 'arithmetic':
        if (expected === undefined && isTerms(selectable) && this.#typeOf(selectable) === undefined) throw this.#cannotInfer(selectable);
        return this.#call(selectable, [selectable.left, selectable.right], this.text(selectable), expected);
      case 'negate': return this.#call(selectable, [selectable.selectable], this.text(selectable), expected);
      case 'writetime':
      case 'maxwritetime':
      case 'ttl': {
        const column = this.column(selectable.column);
        this.columns.add(column);
        return timeSelector(selectable, column, this.text(selectable), this.#scope);
      }
      case 'field': return this.#field(selectable);
      case 'element': return this.#element(selectable);
      case 'slice': return this.#slice(selectable);
      case 'typeHint': return this.#typeHint(selectable, expected);
      case 'list':
      case 'set':
      case 'map':
      case 'tuple': return this.#collection(selectable, expected ?? this.#typeOf(selectable));
      default: return assertNever(selectable);
    }
  }

  /** A selectable's text. */
  text(selectable: Selectable): string {
    const many = (parts: readonly Selectable[]): string => parts.map((part) => this.text(part)).join(', ');
    switch (selectable.kind) {
      case 'column': return selectable.name;
      case 'term': return termText(selectable.term);
      case 'countRows': return 'count';
      case 'function': return isCountOfLiteral(selectable) ? 'count' : `${selectable.name.keyspace ?? 'system'}.${selectable.name.name}(${many(selectable.args)})`;
      case 'cast': return `cast(${this.text(selectable.selectable)} as ${typeName(typeIn(this.#scope, selectable.type))})`;
      case 'arithmetic': return `${this.text(selectable.left)} ${selectable.operator} ${this.text(selectable.right)}`;
      case 'negate': return `-${this.text(selectable.selectable)}`;
      case 'writetime':
      case 'maxwritetime':
      case 'ttl': return `${selectable.kind}(${this.text(selectable.of)})`;
      case 'field': return `${this.text(selectable.selectable)}.${selectable.field}`;
      case 'element': return `${this.text(selectable.selectable)}[${termText(selectable.key)}]`;
      case 'slice': return `${this.text(selectable.selectable)}[${selectable.from === undefined ? '' : termText(selectable.from)}..${selectable.to === undefined ? '' : termText(selectable.to)}]`;
      case 'typeHint': {
        return `(${hintText(typeIn(this.#scope, selectable.type))})${this.text(selectable.selectable)}`;
      }
      case 'list': return `[${many(selectable.elements)}]`;
      case 'set': return `{${many(selectable.elements)}}`;
      case 'tuple': return `(${many(selectable.elements)})`;
      case 'map': return `{${selectable.entries.map(([key, value]) => `${this.text(key)}: ${this.text(value)}`).join(', ')}}`;
      default: return assertNever(selectable);
    }
  }

  #columnSelector(column: ColumnMetadata): Selector {
    this.columns.add(column);
    return { type: column.type, text: column.name, column, get: ({ view }) => valueOf(view, column) };
  }

  #cannotInfer(selectable: Selectable): InvalidRequestError {
    return new InvalidRequestError(`Cannot infer type for term ${this.text(selectable)} in selection clause (try using a cast to force a type)`);
  }

  #term(term: Term, text: string, expected: DataType | undefined): Selector {
    if (expected === undefined) throw new InvalidRequestError(`Cannot infer type for term ${text} in selection clause (try using a cast to force a type)`);
    const receiver: Receiver = { name: '[selection]', type: expected };
    const prepared = prepareTerm(term, receiver, this.#scope);
    return { type: expected, text, column: undefined, get: ({ context }) => prepared.bind(context) ?? null };
  }

  /** Selectables as arguments of a call. */
  #argument(selectable: Selectable): Argument {
    if (selectable.kind === 'term') return termArgument(selectable.term);
    return {
      text: this.text(selectable),
      isMarker: false,
      ...(selectable.kind === 'list' ? { listLength: selectable.elements.length } : {}),
      match: (type) => this.#match(selectable, type),
      exactType: () => this.#typeOf(selectable),
      likelyType: () => this.#typeOf(selectable),
    };
  }

  #match(selectable: Selectable, type: DataType): Match {
    switch (selectable.kind) {
      case 'term': return termArgument(selectable.term).match(type, this.#scope);
      case 'list':
        if (type.kind === 'vector') return selectable.elements.length === type.dimension ? allMatch(selectable.elements.map((element) => this.#match(element, type.element))) : 'no';
        return type.kind === 'list' ? allMatch(selectable.elements.map((element) => this.#match(element, type.element))) : 'no';
      case 'set':
        if (type.kind === 'map' && selectable.elements.length === 0) return 'weak';
        return type.kind === 'set' ? allMatch(selectable.elements.map((element) => this.#match(element, type.element))) : 'no';
      case 'tuple':
        if (selectable.elements.length === 1 && type.kind !== 'tuple') return this.#match(selectable.elements[0] ?? selectable, type);
        return type.kind === 'tuple' && selectable.elements.every((element, i) => {
          const part = type.elements[i];
          return part !== undefined && this.#match(element, part) !== 'no';
        }) ? 'weak' : 'no';
      case 'map':
        if (type.kind === 'user') return this.#matchFields(selectable.entries, type);
        return type.kind === 'map' ? allMatch(selectable.entries.flatMap(([key, value]) => [this.#match(key, type.key), this.#match(value, type.value)])) : 'no';
      case 'column':
      case 'function':
      case 'countRows':
      case 'writetime':
      case 'maxwritetime':
      case 'ttl':
      case 'cast':
      case 'arithmetic':
      case 'negate':
      case 'field':
      case 'element':
      case 'slice':
      case 'typeHint': {
        const own = this.#typeOf(selectable);
        return own === undefined ? 'weak' : matchTypes(own, type);
      }
      default: return assertNever(selectable);
    }
  }

  /** The type something has whatever it is for; undefined when that depends. */
  #typeOf(selectable: Selectable): DataType | undefined {
    switch (selectable.kind) {
      case 'column': return this.column(selectable.name).type;
      case 'term': return undefined;
      case 'countRows': return native('bigint');
      case 'function':
        if (isCountOfLiteral(selectable)) return native('bigint');
        return resolveCall(this.#callOf(selectable), this.#scope, undefined)?.returns;
      case 'arithmetic':
      case 'cast':
      case 'negate': return resolveCall(this.#callOf(selectable), this.#scope, undefined)?.returns;
      case 'writetime':
      case 'maxwritetime':
      case 'ttl': {
        const column = this.column(selectable.column);
        const single = native(selectable.kind === 'ttl' ? 'int' : 'bigint');
        // Whether a key's time may be asked for is looked at later.
        if (column.kind === 'partition_key' || column.kind === 'clustering') return single;
        return new SelectionBuilder(this.#table, this.#scope).build(selectable).type;
      }
      case 'field':
      case 'element':
      case 'slice': return new SelectionBuilder(this.#table, this.#scope).build(selectable).type;
      case 'typeHint': return typeIn(this.#scope, selectable.type);
      case 'list':
      case 'set': {
        const element = this.#firstType(selectable.elements);
        return element === undefined ? undefined : { kind: selectable.kind, element, frozen: true };
      }
      case 'tuple': {
        if (selectable.elements.length === 1) return undefined;
        const types = selectable.elements.map((element) => this.#typeOf(element)).filter((type) => type !== undefined);
        return types.length === selectable.elements.length ? { kind: 'tuple', elements: types } : undefined;
      }
      case 'map': return undefined;
      default: return assertNever(selectable);
    }
  }

  #firstType(parts: readonly Selectable[]): DataType | undefined {
    for (const part of parts) {
      const type = this.#typeOf(part);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  #callOf(selectable: Selectable): Call {
    const args = (parts: readonly Selectable[]): readonly Argument[] => parts.map((part) => this.#argument(part));
    switch (selectable.kind) {
      case 'function': return { keyspace: selectable.name.keyspace, name: selectable.name.name, args: args(selectable.args) };
      case 'arithmetic': return { keyspace: undefined, name: selectable.operator, args: args([selectable.left, selectable.right]) };
      case 'negate': return { keyspace: undefined, name: NEGATE, args: args([selectable.selectable]) };
      case 'cast': return { keyspace: undefined, name: 'cast', args: [{ ...this.#argument(selectable.selectable), text: this.#castText(selectable.selectable) }], castTo: typeIn(this.#scope, selectable.type) };
      case 'column':
      case 'term':
      case 'countRows':
      case 'writetime':
      case 'maxwritetime':
      case 'ttl':
      case 'field':
      case 'element':
      case 'slice':
      case 'typeHint':
      case 'list':
      case 'set':
      case 'map':
      case 'tuple': return { keyspace: undefined, name: '', args: [] };
      default: return assertNever(selectable);
    }
  }

  /** What cannot be cast is told by the first column in it. */
  #castText(selectable: Selectable): string {
    return columnNames(selectable)[0] ?? this.text(selectable);
  }

  #function(selectable: Selectable & { readonly kind: 'function' }, expected: DataType | undefined): Selector {
    if (isCountOfLiteral(selectable)) return this.#rowCount();
    return this.#call(selectable, selectable.args, this.text(selectable), expected);
  }

  #call(selectable: Selectable, args: readonly Selectable[], text: string, expected: DataType | undefined): Selector {
    const call = this.#callOf(selectable);
    if (call.castTo !== undefined && args.some((arg) => arg.kind === 'term')) throw this.#cannotInfer(args[0] ?? selectable);
    const isFromJson = selectable.kind === 'function' && (call.name === 'fromjson' || call.name === 'from_json');
    const found = resolveCall(call, this.#scope, isFromJson ? undefined : expected);
    if (found === undefined) throw new InvalidRequestError(`Unknown function '${selectable.kind === 'function' ? functionNameText(selectable.name) : call.name}'`);
    if (found.kind === 'aggregate') {
      if (this.#insideAggregate) throw new InvalidRequestError('aggregate functions cannot be used as arguments of aggregate functions');
      this.#insideAggregate = true;
      try {
        return this.#aggregate(found, args.map((arg, i) => this.build(arg, found.args[i])), text);
      } finally {
        this.#insideAggregate = false;
      }
    }
    const parts = args.map((arg, i) => this.build(arg, found.args[i]));
    return {
      type: found.returns, text, column: undefined,
      get: (input) => found.execute(parts.map((part) => part.get(input)), input.context),
    };
  }

  #rowCount(): Selector {
    if (this.#insideAggregate) throw new InvalidRequestError('aggregate functions cannot be used as arguments of aggregate functions');
    return this.#aggregate(COUNT_ROWS, [], 'count');
  }

  #aggregate(aggregate: AggregateFunction, args: readonly Selector[], text: string): Selector {
    const number = this.aggregates.length;
    this.aggregates.push({ function: aggregate, args });
    return { type: aggregate.returns, text, column: undefined, get: ({ gathered }) => gathered[number] ?? null };
  }

  #typeHint(selectable: Selectable & { readonly kind: 'typeHint' }, expected: DataType | undefined): Selector {
    const type = typeIn(this.#scope, selectable.type);
    const inner = selectable.selectable;
    const text = this.text(selectable);
    if (inner.kind === 'map') this.#checkNames(inner, type);
    if (inner.kind === 'list' && type.kind === 'vector' && inner.elements.length !== type.dimension) {
      throw new InvalidRequestError(`Unable to create a vector selector of type ${typeName(type)} from ${inner.elements.length} elements`);
    }
    // A hint's type is frozen, and what is kept in many cells is not.
    const isThawed = inner.kind === 'column' && isMultiCell(this.column(inner.name).type);
    if (isThawed || this.#argument(inner).match(type, this.#scope) === 'no') throw new InvalidRequestError(`Cannot assign value ${text} to ${text} of type ${typeName(frozen(type))}`);
    if (expected !== undefined && matchTypes(type, expected) === 'no') throw new InvalidRequestError(`Cannot assign value ${text} to ${text} of type ${typeName(expected)}`);
    return { ...this.build(inner, type), type, text, column: undefined };
  }

  #matchFields(entries: (Selectable & { readonly kind: 'map' })['entries'], type: DataType & { readonly kind: 'user' }): Match {
    let match: Match = 'weak';
    for (const [key, value] of entries) {
      const name = key.kind === 'column' ? key.name : this.text(key);
      const field = type.fields.find((candidate) => candidate.name === name);
      if (field === undefined) throw new InvalidRequestError(`Unknown field '${name}' in value of user defined type ${type.name}`);
      if (this.#match(value, field.type) === 'no') match = 'no';
    }
    return match;
  }

  /** Names before colons are fields of a user type, or columns. */
  #checkNames({ entries }: Selectable & { readonly kind: 'map' }, type: DataType): void {
    for (const [key] of entries) {
      if (key.kind !== 'column') continue;
      if (type.kind !== 'user') this.column(key.name);
      else if (!type.fields.some(({ name }) => name === key.name)) throw new InvalidRequestError(`Unknown field '${key.name}' in value of user defined type ${type.name}`);
    }
  }

  #collection(selectable: Selectable & { readonly kind: 'list' | 'set' | 'map' | 'tuple' }, type: DataType | undefined): Selector {
    if (selectable.kind === 'tuple' && selectable.elements.length === 1 && type !== undefined && type.kind !== 'tuple') {
      const [inner] = selectable.elements;
      if (inner !== undefined) return { ...this.build(inner, type), text: this.text(selectable), column: undefined };
    }
    if (type === undefined) throw this.#cannotInfer(selectable);
    const text = this.text(selectable);
    const get = this.#collectionGetter(selectable, type);
    if (get === undefined) throw this.#cannotInfer(selectable);
    return { type, text, column: undefined, get };
  }

  #collectionGetter(selectable: Selectable & { readonly kind: 'list' | 'set' | 'map' | 'tuple' }, type: DataType): Selector['get'] | undefined {
    const present = (value: Bytes | null): Bytes => {
      if (value === null) throw new InvalidRequestError('null is not supported inside collections');
      return value;
    };
    if (selectable.kind === 'map') {
      if (type.kind === 'user') {
        const parts = new Map(selectable.entries.map(([name, value]) => [name.kind === 'column' ? name.name : this.text(name), value]));
        const fields = type.fields.map((field) => {
          const value = parts.get(field.name);
          return value === undefined ? undefined : this.build(value, field.type);
        });
        return (input) => tupleOf(fields.map((field) => field?.get(input) ?? null));
      }
      if (type.kind !== 'map') return undefined;
      const entries = selectable.entries.map(([key, value]) => [this.build(key, type.key), this.build(value, type.value)] as const);
      return (input) => {
        const values = new Map(entries.map(([key, value]) => [present(key.get(input)), value.get(input)]));
        const ordered = sortedEntries([...values.keys()].map((key) => [key, '']), type.key).map(([key]) => key);
        // Only a result may hold a null.
        return int32(ordered.length) + tupleOf(ordered.flatMap((key) => [key, values.get(key) ?? null]));
      };
    }
    if (selectable.kind === 'set' && type.kind === 'map') return () => mapOf([]);
    if (type.kind === 'tuple') {
      const parts = selectable.elements.map((element, i) => this.build(element, type.elements[i]));
      return (input) => tupleOf(parts.map((part) => part.get(input)));
    }
    if (type.kind !== 'list' && type.kind !== 'set' && type.kind !== 'vector') return undefined;
    const parts = selectable.elements.map((element) => this.build(element, type.element));
    return (input) => {
      if (type.kind === 'list') return int32(parts.length) + tupleOf(parts.map((part) => part.get(input)));
      const values = parts.map((part) => present(part.get(input)));
      if (type.kind === 'vector') return vectorOf(type.element, values);
      return listOf(sortedDistinct(values, type.element));
    };
  }

  #field({ selectable, field }: Selectable & { readonly kind: 'field' }): Selector {
    const inner = this.build(selectable);
    const { type } = inner;
    if (type.kind !== 'user') throw new InvalidRequestError(`Invalid field selection: ${inner.text} of type ${typeName(type)} is not a user type`);
    const index = type.fields.findIndex(({ name }) => name === field);
    const found = type.fields[index];
    if (found === undefined) throw new InvalidRequestError(`${inner.text} of type ${typeName(type)} has no field ${field}`);
    return {
      type: found.type, text: `${inner.text}.${field}`, column: undefined,
      get(input) {
        const value = inner.get(input);
        return value === null ? null : tupleElements(value, index + 1)[index] ?? null;
      },
    };
  }

  #element(selectable: Selectable & { readonly kind: 'element' }): Selector {
    const inner = this.build(selectable.selectable);
    const { key: keyType, value } = collectionParts(inner);
    const key = prepareTerm(selectable.key, { name: `${inner.type.kind === 'map' ? 'key' : 'value'}(${inner.text})`, type: keyType }, this.#scope);
    const compare = comparatorOf(keyType);
    return {
      type: value, text: this.text(selectable), column: undefined,
      get(input) {
        const bytes = inner.get(input);
        const wanted = key.bind(input.context);
        if (bytes === null || wanted === null || wanted === undefined) return null;
        if (inner.type.kind === 'map') return mapEntries(bytes).find(([candidate]) => compare(candidate, wanted) === 0)?.[1] ?? null;
        return listElements(bytes).find((candidate) => compare(candidate, wanted) === 0) ?? null;
      },
    };
  }

  #slice(selectable: Selectable & { readonly kind: 'slice' }): Selector {
    const inner = this.build(selectable.selectable);
    const { key: keyType } = collectionParts(inner, 'slice');
    const within = sliceOfCollection(selectable, inner, keyType, this.#scope);
    return {
      type: inner.type, text: this.text(selectable), column: undefined,
      get(input) {
        const bytes = inner.get(input);
        if (bytes === null) return null;
        const covers = within(input.context);
        if (inner.type.kind === 'map') {
          const entries = mapEntries(bytes).filter(([key]) => covers(key));
          return entries.length === 0 && isMultiCell(inner.type) ? null : mapOf(entries);
        }
        const elements = listElements(bytes).filter((element) => covers(element));
        return elements.length === 0 && isMultiCell(inner.type) ? null : listOf(elements);
      },
    };
  }
}

/** A type in the name of a result: user types with their keyspace, tuples without saying that they are frozen. */
function hintText(type: DataType): string {
  const text = (): string => {
    switch (type.kind) {
      case 'native': return type.name;
      case 'list':
      case 'set': return `${type.kind}<${hintText(type.element)}>`;
      case 'map': return `map<${hintText(type.key)}, ${hintText(type.value)}>`;
      case 'tuple': return `tuple<${type.elements.map(hintText).join(', ')}>`;
      case 'user': return `${type.keyspace}.${quoteName(type.name)}`;
      case 'vector': return `vector<${hintText(type.element)}, ${type.dimension}>`;
      default: return assertNever(type);
    }
  };
  return 'frozen' in type && type.frozen ? `frozen<${text()}>` : text();
}

/** `count(1)` counts rows: any literal is there in each. */
function isCountOfLiteral({ name, args }: Selectable & { readonly kind: 'function' }): boolean {
  const [only] = args;
  return name.name === 'count' && args.length === 1 && only?.kind === 'term' && only.term.kind === 'literal';
}

/** Whether something is made of terms alone. */
function isTerms(selectable: Selectable): boolean {
  if (selectable.kind === 'term') return true;
  if (selectable.kind === 'arithmetic') return isTerms(selectable.left) && isTerms(selectable.right);
  return selectable.kind === 'negate' && isTerms(selectable.selectable);
}
