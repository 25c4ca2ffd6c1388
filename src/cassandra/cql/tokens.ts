/**
 * The words and signs of CQL 3.4.7 (the lexical part of Apache Cassandra 5.0's grammar), with the names by which syntax errors
 * call them, and which of the words are names too (unreserved keywords).
 *
 * @module
 */

/** Words that no name can be unless it is quoted. */
const RESERVED = [
  'ADD', 'ALLOW', 'ALTER', 'AND', 'APPLY', 'ASC', 'AUTHORIZE', 'BATCH', 'BEGIN', 'BY', 'CREATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'ENTRIES', 'EXECUTE', 'FROM', 'FULL',
  'GRANT', 'IF', 'IN', 'INDEX', 'INSERT', 'INTO', 'IS', 'KEYSPACE', 'LIMIT', 'MATERIALIZED', 'MODIFY', 'NORECURSIVE', 'NOT', 'NULL', 'OF', 'ON', 'OR', 'ORDER', 'PRIMARY', 'RENAME',
  'REVOKE', 'SCHEMA', 'SELECT', 'SET', 'TABLE', 'TO', 'TOKEN', 'TRUNCATE', 'UNLOGGED', 'UPDATE', 'USE', 'USING', 'VIEW', 'WHERE', 'WITH',
] as const;

/** Words that may be the name of anything, a function and a type included. */
const BASIC_UNRESERVED = [
  'ACCESS', 'AGGREGATE', 'AGGREGATES', 'ALL', 'ANN', 'AS', 'CALLED', 'CIDRS', 'CLUSTER', 'CLUSTERING', 'COMPACT', 'CONTAINS', 'CUSTOM', 'DATACENTERS', 'DEFAULT', 'EXISTS', 'FILTERING',
  'FINALFUNC', 'FROZEN', 'FUNCTION', 'FUNCTIONS', 'GROUP', 'HASHED', 'IDENTITY', 'INITCOND', 'INPUT', 'INTERNALS', 'KEYS', 'KEYSPACES', 'LANGUAGE', 'LIKE', 'LIST', 'LOGIN', 'MAP', 'MASKED',
  'MBEAN', 'MBEANS', 'NOLOGIN', 'NOSUPERUSER', 'ONLY', 'OPTIONS', 'PARTITION', 'PASSWORD', 'PER', 'PERMISSION', 'PERMISSIONS', 'REPLACE', 'RETURNS', 'ROLE', 'ROLES', 'SELECT_MASKED', 'SFUNC',
  'STATIC', 'STORAGE', 'STYPE', 'SUPERUSER', 'TABLES', 'TRIGGER', 'TUPLE', 'TYPE', 'TYPES', 'UNMASK', 'UNSET', 'USER', 'USERS', 'VALUES', 'VECTOR',
] as const;

/** The native types: names of anything but a type. */
const NATIVE = [
  'ASCII', 'BIGINT', 'BLOB', 'BOOLEAN', 'COUNTER', 'DATE', 'DECIMAL', 'DOUBLE', 'DURATION', 'FLOAT', 'INET', 'INT', 'SMALLINT', 'TEXT', 'TIME', 'TIMESTAMP', 'TIMEUUID', 'TINYINT', 'UUID',
  'VARCHAR', 'VARINT',
] as const;

/** Names of a column, keyspace or table, but of no function. */
const OTHER_UNRESERVED = ['CAST', 'COUNT', 'DISTINCT', 'JSON', 'KEY', 'MAXWRITETIME', 'TTL', 'WRITETIME'] as const;

type Keyword = (typeof RESERVED)[number] | (typeof BASIC_UNRESERVED)[number] | (typeof NATIVE)[number] | (typeof OTHER_UNRESERVED)[number];

/** The other tokens, with what an error calls them. */
const OTHERS = {
  EOF: 'EOF', HIDDEN: 'WS', IDENT: 'IDENT', QUOTED_NAME: 'QUOTED_NAME', EMPTY_QUOTED_NAME: 'EMPTY_QUOTED_NAME', STRING: 'STRING_LITERAL', INTEGER: 'INTEGER', FLOAT: 'FLOAT',
  BOOLEAN: 'BOOLEAN', DURATION: 'DURATION', UUID: 'UUID', HEX: 'HEXNUMBER', NAN: 'K_POSITIVE_NAN', NEGATIVE_NAN: 'K_NEGATIVE_NAN', INFINITY: 'K_POSITIVE_INFINITY',
  NEGATIVE_INFINITY: 'K_NEGATIVE_INFINITY', QMARK: 'QMARK', RANGE: 'RANGE', EXPR: "'expr('", COLON: "':'", SEMICOLON: "';'", COMMA: "','", DOT: "'.'", LEFT_PAREN: "'('", RIGHT_PAREN: "')'",
  LEFT_BRACKET: "'['", RIGHT_BRACKET: "']'", LEFT_BRACE: "'{'", RIGHT_BRACE: "'}'", PLUS: "'+'", MINUS: "'-'", STAR: "'\\*'", SLASH: "'/'", PERCENT: "'%'", PLUS_EQUALS: "'+='",
  MINUS_EQUALS: "'-='", EQUALS: "'='", NOT_EQUALS: "'!='", LESS: "'<'", LESS_EQUALS: "'<='", GREATER: "'>'", GREATER_EQUALS: "'>='",
} as const;

/** The number of a kind of token. */
export type TokenType = number;

type TokenKey = keyof typeof OTHERS | `K_${Keyword}`;

const KEYWORDS: readonly Keyword[] = [...RESERVED, ...BASIC_UNRESERVED, ...NATIVE, ...OTHER_UNRESERVED];
const KEYS: readonly string[] = [...Object.keys(OTHERS), ...KEYWORDS.map((word) => `K_${word}`)];

/** The kinds of tokens by the grammar's names. */
export const T = Object.fromEntries(KEYS.map((key, i) => [key, i])) as Readonly<Record<TokenKey, TokenType>>;

/** TABLE and COLUMNFAMILY are one token, as the grammar has it. */
const NAMES: readonly string[] = [...Object.values(OTHERS), ...KEYWORDS.map((word) => (word === 'TABLE' ? 'K_COLUMNFAMILY' : `K_${word}`))];

/** What an error calls a kind of token. */
export function tokenName(type: TokenType): string {
  return NAMES[type] ?? '';
}

/** Sets of kinds that the parser asks for often, as bits. */
export const BASIC = 1;
/** See {@link BASIC}: the native types' names. */
export const NATIVE_TYPE = 2;
/** See {@link BASIC}: the other unreserved words. */
export const OTHER = 4;
/** See {@link BASIC}: `IDENT` and `QUOTED_NAME`. */
export const PLAIN = 8;
/** See {@link BASIC}: literals. */
export const CONSTANT = 16;
/** See {@link BASIC}: `=` and the others. */
export const COMPARISON = 32;

/** The bits of each kind. */
export const BITS: Uint8Array = bitsOfTokens();

function bitsOfTokens(): Uint8Array {
  const bits = new Uint8Array(KEYS.length);
  const set = (bit: number, types: readonly TokenType[]) => {
    for (const type of types) bits[type] = (bits[type] ?? 0) | bit;
  };
  const keywords = (words: readonly Keyword[]) => words.map((word) => T[`K_${word}`]);
  set(BASIC, keywords(BASIC_UNRESERVED));
  set(NATIVE_TYPE, keywords(NATIVE));
  set(OTHER, keywords(OTHER_UNRESERVED));
  set(PLAIN, [T.IDENT, T.QUOTED_NAME]);
  set(CONSTANT, [T.STRING, T.INTEGER, T.FLOAT, T.BOOLEAN, T.DURATION, T.UUID, T.HEX, T.NAN, T.NEGATIVE_NAN, T.INFINITY, T.NEGATIVE_INFINITY]);
  set(COMPARISON, [T.EQUALS, T.NOT_EQUALS, T.LESS, T.LESS_EQUALS, T.GREATER, T.GREATER_EQUALS]);
  return bits;
}

const WORDS: ReadonlyMap<string, TokenType> = new Map<string, TokenType>([
  ...KEYWORDS.map((word): [string, TokenType] => [word, T[`K_${word}`]]),
  ['COLUMNFAMILY', T.K_TABLE], ['COLUMNFAMILIES', T.K_TABLES], ['TRUE', T.BOOLEAN], ['FALSE', T.BOOLEAN], ['NAN', T.NAN], ['INFINITY', T.INFINITY],
]);

/** The longest keyword's length. */
const LONGEST = Math.max(...[...WORDS.keys()].map((word) => word.length));

/** What a word is. Upper and lower case as written are looked up at once; it is a wild mixture that pays for folding. */
export function wordType(word: string): TokenType {
  if (word.length > LONGEST) return T.IDENT;
  return WORDS.get(word) ?? LOWER.get(word) ?? WORDS.get(word.toUpperCase()) ?? T.IDENT;
}

const LOWER: ReadonlyMap<string, TokenType> = new Map([...WORDS].map(([word, type]) => [word.toLowerCase(), type]));

