/**
 * The grammar of roles, permissions and DESCRIBE (Apache Cassandra 5.0, Parser.g `grantPermissionsStatement` to
 * `describeStatement`). USER statements become those of roles, as there.
 *
 * @module
 */
import type { DescribeStatement, DescribeTarget, QualifiedName, Resource, RoleOptions, RoleStatement } from './ast.ts';
import { listOf, parseFunctionName, parseKeyspaceName, parseTableName, parseTypeName, typeSet } from './parser-names.ts';
import { parseIfExists, parseIfNotExists, parsePropertyMap } from './parser-properties.ts';
import { parseArgumentTypes } from './parser-schema.ts';
import { isFunctionNameType, isNameType, type TokenReader } from './token-reader.ts';
import { T, type TokenType } from './tokens.ts';

const PERMISSIONS = typeSet(
  T.K_CREATE, T.K_ALTER, T.K_DROP, T.K_SELECT, T.K_MODIFY, T.K_AUTHORIZE, T.K_DESCRIBE, T.K_EXECUTE, T.K_UNMASK, T.K_SELECT_MASKED,
);
const ALL_PERMISSIONS = ['CREATE', 'ALTER', 'DROP', 'SELECT', 'MODIFY', 'AUTHORIZE', 'DESCRIBE', 'EXECUTE', 'UNMASK', 'SELECT_MASKED'] as const;

/** `GRANT …` or `REVOKE …`, known to begin so. */
export function parseGrant(reader: TokenReader): RoleStatement {
  const isGrant = reader.is(T.K_GRANT);
  const direction = isGrant ? T.K_TO : T.K_FROM;
  if (isPermissionAhead(reader, direction)) {
    reader.skip();
    const permissions = permissionOrAll(reader);
    reader.expect(T.K_ON);
    const resource = parseResource(reader);
    reader.expect(direction);
    return { kind: isGrant ? 'grantPermissions' : 'revokePermissions', permissions, resource, role: roleName(reader) };
  }
  reader.skip();
  const role = roleName(reader);
  reader.expect(direction);
  return { kind: isGrant ? 'grantRole' : 'revokeRole', role, grantee: roleName(reader) };
}

/** Some permissions are possible names of roles. */
function isPermissionAhead(reader: TokenReader, direction: TokenType): boolean {
  const second = reader.peek(2);
  if (PERMISSIONS[second] === 1 && !isNameType(second)) return true;
  if (PERMISSIONS[second] !== 1 && second !== T.K_ALL) {
    if (!isNameType(second) && second !== T.STRING && second !== T.QMARK) throw reader.noViable(2);
    return false;
  }
  const third = reader.peek(3);
  if (third === direction) return false;
  if (third === T.K_ON || third === (second === T.K_ALL ? T.K_PERMISSIONS : T.K_PERMISSION) || (third === T.COMMA && second !== T.K_ALL)) return true;
  throw reader.noViable(3);
}

function permissionOrAll(reader: TokenReader): string[] {
  if (reader.accept(T.K_ALL)) {
    reader.accept(T.K_PERMISSIONS);
    return [...ALL_PERMISSIONS];
  }
  if (PERMISSIONS[reader.peek()] !== 1) throw reader.noViable();
  return listOf(reader, () => {
    if (PERMISSIONS[reader.peek()] !== 1) throw reader.mismatch(undefined);
    const permission = reader.take().toUpperCase();
    reader.accept(T.K_PERMISSION);
    return permission;
  });
}

function roleName(reader: TokenReader): string {
  if (reader.is(T.STRING)) return reader.take();
  if (reader.accept(T.QMARK)) throw reader.refuse('Bind variables cannot be used for role names');
  return reader.name();
}

function parseResource(reader: TokenReader): Resource {
  switch (reader.peek()) {
    case T.K_ALL: {
      const second = reader.peek(2);
      if (second !== T.K_KEYSPACES && second !== T.K_TABLES && second !== T.K_ROLES && second !== T.K_FUNCTIONS && second !== T.K_MBEANS) break;
      reader.skip();
      reader.skip();
      if (second === T.K_KEYSPACES) return { kind: 'allKeyspaces' };
      if (second === T.K_ROLES) return { kind: 'allRoles' };
      if (second === T.K_MBEANS) return { kind: 'allMbeans' };
      if (second === T.K_FUNCTIONS && !reader.is(T.K_IN)) return { kind: 'allFunctions' };
      reader.expectAll(T.K_IN, T.K_KEYSPACE);
      return { kind: second === T.K_TABLES ? 'allTables' : 'keyspaceFunctions', keyspace: parseKeyspaceName(reader) };
    }
    case T.K_KEYSPACE:
      reader.skip();
      return { kind: 'keyspace', keyspace: parseKeyspaceName(reader) };
    case T.K_TABLE:
      reader.skip();
      return { kind: 'table', name: parseTableName(reader) };
    case T.K_ROLE: {
      const second = reader.peek(2);
      if (!isNameType(second) && second !== T.STRING && second !== T.QMARK) break;
      reader.skip();
      return { kind: 'role', name: roleName(reader) };
    }
    case T.K_FUNCTION: {
      if (!isFunctionNameType(reader.peek(2))) break;
      reader.skip();
      return { kind: 'function', name: parseFunctionName(reader), args: parseArgumentTypes(reader) };
    }
    case T.K_MBEAN:
    case T.K_MBEANS: {
      if (reader.peek(2) !== T.STRING) break;
      const kind = reader.is(T.K_MBEAN) ? 'mbean' : 'mbeans';
      reader.skip();
      return { kind, name: reader.take() };
    }
    default:
  }
  return { kind: 'table', name: parseTableName(reader) };
}

/** `LIST …`, known to begin so. */
export function parseList(reader: TokenReader): RoleStatement {
  const second = reader.peek(2);
  if (second === T.K_USERS) {
    reader.skip();
    reader.skip();
    return { kind: 'listUsers' };
  }
  if (second === T.K_ROLES) {
    reader.skip();
    reader.skip();
    const role = reader.accept(T.K_OF) ? roleName(reader) : undefined;
    return { kind: 'listRoles', role, recursive: !reader.accept(T.K_NORECURSIVE) };
  }
  if (PERMISSIONS[second] !== 1 && second !== T.K_ALL) throw reader.noViable(2);
  reader.skip();
  const permissions = permissionOrAll(reader);
  const resource = reader.accept(T.K_ON) ? parseResource(reader) : undefined;
  const role = reader.accept(T.K_OF) ? roleName(reader) : undefined;
  return { kind: 'listPermissions', permissions, resource, role, recursive: !reader.accept(T.K_NORECURSIVE) };
}

/** CREATE, ALTER or DROP of a user, at USER. */
export function parseUser(reader: TokenReader, kind: 'createRole' | 'alterRole' | 'dropRole'): RoleStatement {
  reader.skip();
  const condition = kind === 'createRole' ? parseIfNotExists(reader) : parseIfExists(reader);
  const name = userName(reader, 'Quoted strings are are not supported for user names and USER is deprecated, please use ROLE');
  if (kind === 'dropRole') return { kind, name, ifExists: condition };
  let options: RoleOptions = kind === 'createRole' ? { login: true, superuser: false } : {};
  if (reader.accept(T.K_WITH)) {
    const hashed = reader.accept(T.K_HASHED);
    if (!hashed && !reader.is(T.K_PASSWORD)) throw reader.noViable();
    reader.expect(T.K_PASSWORD);
    options = { ...options, [hashed ? 'hashedPassword' : 'password']: reader.text() };
    reader.expect(T.STRING);
  }
  if (reader.accept(T.K_SUPERUSER)) options = { ...options, superuser: true };
  else if (reader.accept(T.K_NOSUPERUSER)) options = { ...options, superuser: false };
  return kind === 'createRole' ? { kind, name, ifNotExists: condition, options } : { kind, name, ifExists: condition, options };
}

function userName(reader: TokenReader, ifQuoted: string): string {
  if (reader.is(T.IDENT) || reader.is(T.STRING)) return reader.take();
  if (!reader.accept(T.QUOTED_NAME)) throw reader.noViable();
  throw reader.refuse(ifQuoted);
}

/** CREATE, ALTER or DROP of a role, at ROLE. */
export function parseRole(reader: TokenReader, kind: 'createRole' | 'alterRole' | 'dropRole'): RoleStatement {
  reader.skip();
  const condition = kind === 'createRole' ? parseIfNotExists(reader) : parseIfExists(reader);
  const name = roleName(reader);
  if (kind === 'dropRole') return { kind, name, ifExists: condition };
  let options: RoleOptions = {};
  if (reader.accept(T.K_WITH)) {
    do options = { ...options, ...roleOption(reader) };
    while (reader.accept(T.K_AND));
  }
  if (options.password !== undefined && options.hashedPassword !== undefined) throw reader.refuse("Options 'password' and 'hashed password' are mutually exclusive");
  if (kind === 'createRole') return { kind, name, ifNotExists: condition, options: { login: false, superuser: false, ...options } };
  return { kind, name, ifExists: condition, options };
}

function roleOption(reader: TokenReader): RoleOptions {
  switch (reader.peek()) {
    case T.K_PASSWORD:
      reader.skip();
      return { password: stringValue(reader) };
    case T.K_HASHED:
      reader.skip();
      reader.expect(T.K_PASSWORD);
      return { hashedPassword: stringValue(reader) };
    case T.K_OPTIONS:
      reader.skip();
      reader.expect(T.EQUALS);
      return { options: parsePropertyMap(reader) };
    case T.K_SUPERUSER:
      reader.skip();
      return { superuser: booleanValue(reader) };
    case T.K_LOGIN:
      reader.skip();
      return { login: booleanValue(reader) };
    case T.K_ACCESS: return accessOption(reader);
    default: throw reader.noViable();
  }
}

function stringValue(reader: TokenReader): string {
  reader.expect(T.EQUALS);
  const text = reader.text();
  reader.expect(T.STRING);
  return text;
}

function booleanValue(reader: TokenReader): boolean {
  reader.expect(T.EQUALS);
  const text = reader.text();
  reader.expect(T.BOOLEAN);
  return text.toLowerCase() === 'true';
}

function accessOption(reader: TokenReader): RoleOptions {
  const direction = reader.peek(2);
  if (direction !== T.K_TO && direction !== T.K_FROM) throw reader.noViable(2);
  const third = reader.peek(3);
  const places = direction === T.K_TO ? T.K_DATACENTERS : T.K_CIDRS;
  if (third !== T.K_ALL && third !== places) throw reader.noViable(3);
  reader.skip();
  reader.skip();
  reader.skip();
  let list: 'all' | string[] = 'all';
  if (third === T.K_ALL) {
    reader.expect(places);
  } else {
    reader.expect(T.LEFT_BRACE);
    list = listOf(reader, () => {
      const text = reader.text();
      reader.expect(T.STRING);
      return text;
    });
    reader.expect(T.RIGHT_BRACE);
  }
  return direction === T.K_TO ? { datacenters: list } : { cidrs: list };
}

/** ADD IDENTITY or DROP IDENTITY, at IDENTITY. */
export function parseIdentity(reader: TokenReader, kind: 'addIdentity' | 'dropIdentity'): RoleStatement {
  const quoted = 'Quoted strings are are not supported for identity';
  reader.skip();
  const condition = kind === 'addIdentity' ? parseIfNotExists(reader) : parseIfExists(reader);
  const identity = userName(reader, quoted);
  if (kind === 'dropIdentity') return { kind, identity, ifExists: condition };
  reader.expectAll(T.K_TO, T.K_ROLE);
  return { kind, identity, role: userName(reader, quoted), ifNotExists: condition };
}

/** `DESCRIBE …` or `DESC …`, known to begin so. */
export function parseDescribe(reader: TokenReader): DescribeStatement {
  reader.skip();
  const target = describeTarget(reader);
  const withInternals = reader.accept(T.K_WITH);
  if (withInternals) reader.expect(T.K_INTERNALS);
  return { kind: 'describe', target, withInternals };
}

function describeTarget(reader: TokenReader): DescribeTarget {
  const word = WORDS.get(reader.peek());
  if (word !== undefined) {
    reader.decided(2);
    reader.skip();
    return { kind: word };
  }
  switch (reader.peek()) {
    case T.K_FULL:
    case T.K_SCHEMA: {
      const full = reader.accept(T.K_FULL);
      reader.expect(T.K_SCHEMA);
      return { kind: 'schema', full };
    }
    case T.K_ONLY: {
      const second = reader.peek(2);
      if (second !== T.K_KEYSPACE) {
        if (!ENDS_NAME[second]) throw reader.noViable(2);
        break;
      }
      reader.skip();
      return describeKeyspace(reader, true);
    }
    case T.K_KEYSPACE: return describeKeyspace(reader, false);
    case T.K_TABLE:
      reader.skip();
      return { kind: 'table', name: parseTableName(reader) };
    case T.K_INDEX:
      reader.skip();
      return { kind: 'index', name: parseTableName(reader) };
    case T.K_MATERIALIZED:
      reader.expectAll(T.K_MATERIALIZED, T.K_VIEW);
      return { kind: 'view', name: parseTableName(reader) };
    case T.K_TYPE:
    case T.K_FUNCTION:
    case T.K_AGGREGATE: {
      const second = reader.peek(2);
      if (ENDS_NAME[second]) break;
      const kind = reader.is(T.K_TYPE) ? 'type' : reader.is(T.K_FUNCTION) ? 'function' : 'aggregate';
      if (!isNameType(second) && !(kind !== 'type' && (second === T.K_TOKEN || second === T.QMARK))) throw reader.noViable(2);
      reader.skip();
      return { kind, name: kind === 'type' ? parseTypeName(reader) : parseFunctionName(reader) };
    }
    default: if (!reader.isName()) throw reader.noViable();
  }
  return { kind: 'any', name: anyName(reader) };
}

const WORDS: ReadonlyMap<TokenType, 'cluster' | 'keyspaces' | 'tables' | 'types' | 'functions' | 'aggregates'> = new Map([
  [T.K_CLUSTER, 'cluster'], [T.K_KEYSPACES, 'keyspaces'], [T.K_TABLES, 'tables'], [T.K_TYPES, 'types'], [T.K_FUNCTIONS, 'functions'], [T.K_AGGREGATES, 'aggregates'],
] as const);

const ENDS_NAME = typeSet(T.EOF, T.SEMICOLON, T.DOT, T.K_WITH);

function describeKeyspace(reader: TokenReader, only: boolean): DescribeTarget {
  reader.skip();
  const named = reader.isName() || reader.is(T.QMARK);
  return { kind: 'keyspace', name: named ? parseKeyspaceName(reader) : undefined, only };
}

function anyName(reader: TokenReader): QualifiedName {
  const second = reader.peek(2);
  if (!ENDS_NAME[second]) throw reader.noViable(2);
  const first = reader.takeName();
  return reader.accept(T.DOT) ? { keyspace: first, name: reader.name() } : { keyspace: undefined, name: first };
}
