/**
 * The grammar of `name = value AND …` and of the conditions that schema statements share (Apache Cassandra 5.0, Parser.g
 * `properties`, `convertPropertyMap`).
 *
 * @module
 */
import type { Properties, PropertyValue, Term } from './ast.ts';
import { listOf } from './parser-names.ts';
import { beginsTerm, isConstant, parseTerm, takeConstant } from './parser-terms.ts';
import { termText } from './term-text.ts';
import { isNameType, type TokenReader } from './token-reader.ts';
import { BITS, CONSTANT, T } from './tokens.ts';

/** `IF NOT EXISTS`, if it is there. */
export function parseIfNotExists(reader: TokenReader): boolean {
  if (!reader.accept(T.K_IF)) return false;
  reader.expectAll(T.K_NOT, T.K_EXISTS);
  return true;
}

/** `IF EXISTS`, if it is there. */
export function parseIfExists(reader: TokenReader): boolean {
  if (!reader.accept(T.K_IF)) return false;
  reader.expect(T.K_EXISTS);
  return true;
}

/** The `name = value` pairs behind WITH. */
export class PropertyCollector {
  /** By name. */
  readonly properties: Map<string, PropertyValue> = new Map();

  /** Reads one. */
  read(reader: TokenReader): void {
    if (!reader.isName()) throw reader.noViable();
    if (reader.peek(2) !== T.EQUALS) throw reader.noViable(2);
    const third = reader.peek(3);
    if (third !== T.LEFT_BRACE && !isNameType(third) && ((BITS[third] ?? 0) & CONSTANT) === 0) throw reader.noViable(3);
    if (third === T.QUOTED_NAME || third === T.IDENT) throw reader.noViable(3);
    reader.decided(3);
    const name = reader.takeName();
    reader.skip();
    const value = third === T.LEFT_BRACE ? parsePropertyMap(reader) : isConstant(reader) ? takeConstant(reader).text : reader.take();
    if (this.properties.has(name)) throw reader.refuse(`Multiple definitions for property '${name}'`);
    this.properties.set(name, value);
  }
}

/** `{'name': 'value', …}` of literals. */
export function parsePropertyMap(reader: TokenReader): ReadonlyMap<string, string> {
  reader.expect(T.LEFT_BRACE);
  const entries: (readonly [Term, Term])[] = [];
  if (beginsTerm(reader.peek())) {
    entries.push(...listOf(reader, (): [Term, Term] => {
      const key = parseTerm(reader);
      reader.expect(T.COLON);
      return [key, parseTerm(reader)];
    }));
  }
  reader.expect(T.RIGHT_BRACE);
  const map = new Map<string, string>();
  for (const [key, value] of entries) {
    if (key.kind !== 'literal') throw reader.refuse(`Invalid property name: ${describe(key)}`);
    if (value.kind !== 'literal') throw reader.refuse(`Invalid property value: ${describe(value)} for property: ${key.type === 'STRING' ? `'${key.text}'` : key.text}`);
    if (map.has(key.text)) throw reader.refuse(`Multiple definition for property ${key.text}`);
    map.set(key.text, value.text);
  }
  return map;
}

function describe(term: Term): string {
  return term.kind === 'marker' ? '? (bind variables are not supported in DDL queries)' : termText(term);
}

/** All that stand behind WITH. */
export function parseProperties(reader: TokenReader): Properties {
  const collector = new PropertyCollector();
  do collector.read(reader);
  while (reader.accept(T.K_AND));
  return collector.properties;
}
