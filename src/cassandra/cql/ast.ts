/**
 * Parsed CQL: what the grammar of Apache Cassandra 5.0 makes of a statement's text, before any table or type is known.
 *
 * Names are folded as CQL folds them (`Name` is `name`, `"Name"` stays). Literals keep their text and kind, since errors
 * quote them. Values of the statement's own decisions (which table, which type) are made when it is prepared.
 *
 * @module
 */

/** A name with or without its keyspace. */
export interface QualifiedName {
  readonly keyspace: string | undefined;
  readonly name: string;
}

/** The kinds of literals, as errors name them. */
export type LiteralType = 'STRING' | 'INTEGER' | 'FLOAT' | 'BOOLEAN' | 'UUID' | 'HEX' | 'DURATION';

/** A literal. */
export interface Literal {
  readonly kind: 'literal';
  readonly type: LiteralType;
  /** Its text; of a string what is between the quotes, with `''` read as `'`. */
  readonly text: string;
}

/** `null`. */
export interface NullLiteral {
  readonly kind: 'null';
}

/** `?` or `:name`: the value with that number among the statement's bound values. */
export interface Marker {
  readonly kind: 'marker';
  readonly index: number;
}

/** The operators between numbers. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** An expression that stands for a value. */
export type Term =
  | Literal
  | NullLiteral
  | Marker
  /** `[…]`: a list or a vector. */
  | { readonly kind: 'list'; readonly elements: readonly Term[] }
  /** `{…}`; without elements it may be a map too. */
  | { readonly kind: 'set'; readonly elements: readonly Term[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Term, Term])[] }
  /** `{field: …}` */
  | { readonly kind: 'userType'; readonly fields: readonly (readonly [string, Term])[] }
  /** `(…)` */
  | { readonly kind: 'tuple'; readonly elements: readonly Term[] }
  | { readonly kind: 'function'; readonly name: QualifiedName; readonly args: readonly Term[] }
  /** `(type) term` */
  | { readonly kind: 'typeHint'; readonly type: RawType; readonly term: Term }
  /** `CAST(term AS type)` */
  | { readonly kind: 'cast'; readonly term: Term; readonly type: RawType }
  | { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Term; readonly right: Term }
  | { readonly kind: 'negate'; readonly term: Term };

/** A type as written. */
export type RawType =
  /** By its own name: `varchar` is `text` here. */
  | { readonly kind: 'native'; readonly name: string }
  | { readonly kind: 'list' | 'set'; readonly element: RawType }
  | { readonly kind: 'map'; readonly key: RawType; readonly value: RawType }
  | { readonly kind: 'tuple'; readonly elements: readonly RawType[] }
  | { readonly kind: 'vector'; readonly element: RawType; readonly dimension: number }
  | { readonly kind: 'user'; readonly keyspace: string | undefined; readonly name: string }
  | { readonly kind: 'frozen'; readonly type: RawType };

/** What SELECT and GROUP BY name. */
export type Selectable =
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'term'; readonly term: Literal | NullLiteral | Marker }
  | { readonly kind: 'function'; readonly name: QualifiedName; readonly args: readonly Selectable[] }
  /** `count(*)` */
  | { readonly kind: 'countRows' }
  /** Of a column, or of an element, slice or field of it; `column` is that column's name. */
  | { readonly kind: 'writetime' | 'maxwritetime' | 'ttl'; readonly column: string; readonly of: Selectable }
  | { readonly kind: 'cast'; readonly selectable: Selectable; readonly type: RawType }
  | { readonly kind: 'arithmetic'; readonly operator: ArithmeticOperator; readonly left: Selectable; readonly right: Selectable }
  | { readonly kind: 'negate'; readonly selectable: Selectable }
  | { readonly kind: 'field'; readonly selectable: Selectable; readonly field: string }
  | { readonly kind: 'element'; readonly selectable: Selectable; readonly key: Term }
  | { readonly kind: 'slice'; readonly selectable: Selectable; readonly from: Term | undefined; readonly to: Term | undefined }
  | { readonly kind: 'typeHint'; readonly type: RawType; readonly selectable: Selectable }
  | { readonly kind: 'list' | 'set'; readonly elements: readonly Selectable[] }
  /** A map, or a user type's value. */
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Selectable, Selectable])[] }
  /** `(…)`: a tuple, or merely parentheses around one. */
  | { readonly kind: 'tuple'; readonly elements: readonly Selectable[] };

/** One of the things selected. */
export interface Selector {
  readonly selectable: Selectable;
  readonly alias: string | undefined;
}

/** The operators that compare with one value. */
export type ComparisonOperator = '=' | '<' | '<=' | '>' | '>=' | '!=';

/** What stands behind IN: a list in parentheses, or a marker for the whole list. */
export type InValues = { readonly kind: 'terms'; readonly terms: readonly Term[] } | Marker;

/** A part of WHERE. */
export type Relation =
  | { readonly kind: 'column'; readonly column: string; readonly operator: ComparisonOperator | 'LIKE' | 'CONTAINS' | 'CONTAINS KEY'; readonly value: Term }
  | { readonly kind: 'in'; readonly column: string; readonly values: InValues }
  | { readonly kind: 'isNotNull'; readonly column: string }
  | { readonly kind: 'token'; readonly columns: readonly string[]; readonly operator: ComparisonOperator; readonly value: Term }
  /** `map[key] = value` */
  | { readonly kind: 'element'; readonly column: string; readonly key: Term; readonly operator: ComparisonOperator; readonly value: Term }
  /** `(a, b) > (1, 2)`; the value is a tuple or a marker. */
  | { readonly kind: 'tuple'; readonly columns: readonly string[]; readonly operator: ComparisonOperator; readonly value: Term }
  /** The terms are tuples, or markers for one each. */
  | { readonly kind: 'tupleIn'; readonly columns: readonly string[]; readonly values: InValues }
  /** `expr(index, value)` */
  | { readonly kind: 'expression'; readonly index: QualifiedName; readonly value: Term };

/** `ORDER BY column`, or `ORDER BY column ANN OF vector`. */
export interface Ordering {
  readonly column: string;
  readonly annOf: Term | undefined;
  readonly descending: boolean;
}

/** SELECT. */
export interface SelectStatement {
  readonly kind: 'select';
  readonly table: QualifiedName;
  readonly distinct: boolean;
  readonly json: boolean;
  /** Empty for `*`. */
  readonly selectors: readonly Selector[];
  readonly where: readonly Relation[];
  readonly groupBy: readonly Selectable[];
  readonly orderBy: readonly Ordering[];
  readonly perPartitionLimit: Term | undefined;
  readonly limit: Term | undefined;
  readonly allowFiltering: boolean;
}

/** `USING TIMESTAMP … AND TTL …` */
export interface Attributes {
  readonly timestamp: Term | undefined;
  readonly ttl: Term | undefined;
}

/** INSERT … VALUES. */
export interface InsertStatement {
  readonly kind: 'insert';
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly values: readonly Term[];
  readonly ifNotExists: boolean;
  readonly attributes: Attributes;
}

/** INSERT … JSON. */
export interface InsertJsonStatement {
  readonly kind: 'insertJson';
  readonly table: QualifiedName;
  /** The text of a JSON object, or a marker for one. */
  readonly json: string | Marker;
  /** What is not named is left alone instead of deleted. */
  readonly defaultUnset: boolean;
  readonly ifNotExists: boolean;
  readonly attributes: Attributes;
}

/** What is done to a column. */
export type Assignment =
  /** `column = value` */
  | { readonly kind: 'set'; readonly column: string; readonly value: Term }
  /** `column = column + value`, `column += value` */
  | { readonly kind: 'add'; readonly column: string; readonly value: Term }
  /** `column = column - value`, `column -= value` */
  | { readonly kind: 'subtract'; readonly column: string; readonly value: Term }
  /** `column = value + column` */
  | { readonly kind: 'prepend'; readonly column: string; readonly value: Term }
  /** `column[key] = value` */
  | { readonly kind: 'setElement'; readonly column: string; readonly key: Term; readonly value: Term }
  /** `column.field = value` */
  | { readonly kind: 'setField'; readonly column: string; readonly field: string; readonly value: Term };

/** What a condition looks at. */
export interface ConditionTarget {
  readonly column: string;
  /** `column[element]` */
  readonly element: Term | undefined;
  /** `column.field` */
  readonly field: string | undefined;
}

/** A part of IF. */
export type Condition =
  | (ConditionTarget & { readonly kind: 'compare'; readonly operator: ComparisonOperator | 'CONTAINS' | 'CONTAINS KEY'; readonly value: Term })
  | (ConditionTarget & { readonly kind: 'in'; readonly values: InValues });

/** UPDATE. */
export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: QualifiedName;
  readonly attributes: Attributes;
  readonly assignments: readonly Assignment[];
  readonly where: readonly Relation[];
  readonly ifExists: boolean;
  readonly conditions: readonly Condition[];
}

/** What of a row is deleted. */
export type Deletion =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'element'; readonly column: string; readonly key: Term }
  | { readonly kind: 'field'; readonly column: string; readonly field: string };

/** DELETE. */
export interface DeleteStatement {
  readonly kind: 'delete';
  readonly table: QualifiedName;
  /** Empty for whole rows. */
  readonly deletions: readonly Deletion[];
  readonly attributes: Attributes;
  readonly where: readonly Relation[];
  readonly ifExists: boolean;
  readonly conditions: readonly Condition[];
}

/** A statement that a batch may hold. */
export type ModificationStatement = InsertStatement | InsertJsonStatement | UpdateStatement | DeleteStatement;

/** BEGIN BATCH … APPLY BATCH. */
export interface BatchStatement {
  readonly kind: 'batch';
  readonly type: 'LOGGED' | 'UNLOGGED' | 'COUNTER';
  readonly attributes: Attributes;
  readonly statements: readonly ModificationStatement[];
}

/** A property behind WITH: a text or a map. */
export type PropertyValue = string | ReadonlyMap<string, string>;

/** Properties by name, in the order written. */
export type Properties = ReadonlyMap<string, PropertyValue>;

/** `MASKED WITH …` */
export interface ColumnMask {
  readonly function: QualifiedName;
  readonly args: readonly Term[];
}

/** A column as CREATE TABLE and ALTER TABLE ADD declare it. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: RawType;
  readonly isStatic: boolean;
  readonly mask: ColumnMask | undefined;
}

/** A column of CLUSTERING ORDER BY. */
export interface ClusteringOrdering {
  readonly column: string;
  readonly ascending: boolean;
}

/** A primary key as declared. */
export interface PrimaryKeyDefinition {
  readonly partitionKey: readonly string[];
  readonly clustering: readonly string[];
}

/** CREATE TABLE. */
export interface CreateTableStatement {
  readonly kind: 'createTable';
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnDefinition[];
  /** Each PRIMARY KEY that was declared, also those behind a column: there should be one. */
  readonly primaryKeys: readonly PrimaryKeyDefinition[];
  readonly clusteringOrder: readonly ClusteringOrdering[];
  readonly compactStorage: boolean;
  readonly properties: Properties;
}

/** What ALTER TABLE does. */
export type TableAlteration =
  /** `ALTER column TYPE type` */
  | { readonly kind: 'type'; readonly column: string; readonly type: RawType }
  /** `ALTER column MASKED WITH …` or, without a mask, `DROP MASKED`. */
  | { readonly kind: 'mask'; readonly column: string; readonly ifExists: boolean; readonly mask: ColumnMask | undefined }
  | { readonly kind: 'add'; readonly ifNotExists: boolean; readonly columns: readonly ColumnDefinition[] }
  /** `timestamp` in microseconds as written behind USING TIMESTAMP. */
  | { readonly kind: 'drop'; readonly ifExists: boolean; readonly columns: readonly string[]; readonly timestamp: bigint | undefined }
  | { readonly kind: 'rename'; readonly ifExists: boolean; readonly columns: readonly (readonly [string, string])[] }
  | { readonly kind: 'dropCompactStorage' }
  | { readonly kind: 'options'; readonly properties: Properties };

/** What ALTER TYPE does. */
export type TypeAlteration =
  | { readonly kind: 'type'; readonly field: string; readonly type: RawType }
  | { readonly kind: 'add'; readonly ifNotExists: boolean; readonly field: string; readonly type: RawType }
  | { readonly kind: 'rename'; readonly ifExists: boolean; readonly fields: readonly (readonly [string, string])[] };

/** CREATE MATERIALIZED VIEW. */
export interface CreateViewStatement {
  readonly kind: 'createView';
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly base: QualifiedName;
  readonly selectors: readonly Selector[];
  readonly where: readonly Relation[];
  readonly primaryKey: PrimaryKeyDefinition;
  readonly clusteringOrder: readonly ClusteringOrdering[];
  readonly properties: Properties;
}

/** What an index is declared on. */
export interface IndexTargetDefinition {
  readonly column: string;
  readonly target: 'simple' | 'values' | 'keys' | 'entries' | 'full';
}

/** A statement that changes the schema. */
export type SchemaStatement =
  | { readonly kind: 'createKeyspace'; readonly name: string; readonly ifNotExists: boolean; readonly properties: Properties }
  | { readonly kind: 'alterKeyspace'; readonly name: string; readonly ifExists: boolean; readonly properties: Properties }
  | { readonly kind: 'dropKeyspace'; readonly name: string; readonly ifExists: boolean }
  | CreateTableStatement
  | { readonly kind: 'alterTable'; readonly name: QualifiedName; readonly ifExists: boolean; readonly alteration: TableAlteration }
  | { readonly kind: 'dropTable'; readonly name: QualifiedName; readonly ifExists: boolean }
  | { readonly kind: 'createType'; readonly name: QualifiedName; readonly ifNotExists: boolean; readonly fields: readonly (readonly [string, RawType])[] }
  | { readonly kind: 'alterType'; readonly name: QualifiedName; readonly ifExists: boolean; readonly alteration: TypeAlteration }
  | { readonly kind: 'dropType'; readonly name: QualifiedName; readonly ifExists: boolean }
  | {
    readonly kind: 'createIndex'; readonly name: string | undefined; readonly table: QualifiedName; readonly ifNotExists: boolean; readonly custom: boolean;
    readonly targets: readonly IndexTargetDefinition[]; readonly using: string | undefined; readonly properties: Properties;
  }
  | { readonly kind: 'dropIndex'; readonly name: QualifiedName; readonly ifExists: boolean }
  | CreateViewStatement
  | { readonly kind: 'alterView'; readonly name: QualifiedName; readonly ifExists: boolean; readonly properties: Properties }
  | { readonly kind: 'dropView'; readonly name: QualifiedName; readonly ifExists: boolean }
  | {
    readonly kind: 'createFunction'; readonly name: QualifiedName; readonly orReplace: boolean; readonly ifNotExists: boolean;
    readonly args: readonly (readonly [string, RawType])[]; readonly calledOnNull: boolean; readonly returns: RawType; readonly language: string; readonly body: string;
  }
  | { readonly kind: 'dropFunction'; readonly name: QualifiedName; readonly args: readonly RawType[] | undefined; readonly ifExists: boolean }
  | {
    readonly kind: 'createAggregate'; readonly name: QualifiedName; readonly orReplace: boolean; readonly ifNotExists: boolean; readonly args: readonly RawType[];
    readonly stateFunction: string; readonly stateType: RawType; readonly finalFunction: string | undefined; readonly initialCondition: Term | undefined;
  }
  | { readonly kind: 'dropAggregate'; readonly name: QualifiedName; readonly args: readonly RawType[] | undefined; readonly ifExists: boolean }
  | { readonly kind: 'createTrigger'; readonly name: string; readonly table: QualifiedName; readonly ifNotExists: boolean; readonly className: string }
  | { readonly kind: 'dropTrigger'; readonly name: string; readonly table: QualifiedName; readonly ifExists: boolean };

/** What a permission is granted on. */
export type Resource =
  | { readonly kind: 'allKeyspaces' | 'allRoles' | 'allFunctions' | 'allMbeans' }
  | { readonly kind: 'keyspace' | 'allTables' | 'keyspaceFunctions'; readonly keyspace: string }
  | { readonly kind: 'table'; readonly name: QualifiedName }
  | { readonly kind: 'role' | 'mbean' | 'mbeans'; readonly name: string }
  | { readonly kind: 'function'; readonly name: QualifiedName; readonly args: readonly RawType[] };

/** The options of a role that were given. */
export interface RoleOptions {
  readonly password?: string;
  readonly hashedPassword?: string;
  readonly generatedPassword?: boolean;
  readonly superuser?: boolean;
  readonly login?: boolean;
  readonly options?: ReadonlyMap<string, string>;
  /** Undefined when not named, `all`, or a list. */
  readonly datacenters?: 'all' | readonly string[];
  readonly cidrs?: 'all' | readonly string[];
}

/** A statement about roles and permissions. USER statements are the same with a login. */
export type RoleStatement =
  | { readonly kind: 'grantPermissions' | 'revokePermissions'; readonly permissions: readonly string[]; readonly resource: Resource; readonly role: string }
  | { readonly kind: 'listPermissions'; readonly permissions: readonly string[]; readonly resource: Resource | undefined; readonly role: string | undefined; readonly recursive: boolean }
  | { readonly kind: 'grantRole' | 'revokeRole'; readonly role: string; readonly grantee: string }
  | { readonly kind: 'createRole'; readonly name: string; readonly ifNotExists: boolean; readonly options: RoleOptions }
  | { readonly kind: 'alterRole'; readonly name: string; readonly ifExists: boolean; readonly options: RoleOptions }
  | { readonly kind: 'dropRole'; readonly name: string; readonly ifExists: boolean }
  | { readonly kind: 'listRoles'; readonly role: string | undefined; readonly recursive: boolean }
  | { readonly kind: 'listUsers' | 'listSuperusers' }
  | { readonly kind: 'addIdentity'; readonly identity: string; readonly role: string; readonly ifNotExists: boolean }
  | { readonly kind: 'dropIdentity'; readonly identity: string; readonly ifExists: boolean };

/** What DESCRIBE is asked for. */
export type DescribeTarget =
  | { readonly kind: 'cluster' | 'keyspaces' | 'tables' | 'types' | 'functions' | 'aggregates' }
  | { readonly kind: 'schema'; readonly full: boolean }
  /** Without a name: the one in use. */
  | { readonly kind: 'keyspace'; readonly name: string | undefined; readonly only: boolean }
  | { readonly kind: 'table' | 'index' | 'view' | 'type' | 'function' | 'aggregate'; readonly name: QualifiedName }
  /** `DESCRIBE name`: a keyspace, a table, an index or a view. */
  | { readonly kind: 'any'; readonly name: QualifiedName };

/** DESCRIBE. */
export interface DescribeStatement {
  readonly kind: 'describe';
  readonly target: DescribeTarget;
  readonly withInternals: boolean;
}

/** A statement. */
export type Statement =
  | SelectStatement
  | ModificationStatement
  | BatchStatement
  | { readonly kind: 'truncate'; readonly table: QualifiedName }
  | { readonly kind: 'use'; readonly keyspace: string }
  | SchemaStatement
  | RoleStatement
  | DescribeStatement;

/** A statement's text, read. */
export interface ParsedStatement {
  readonly statement: Statement;
  /** A name for each bound value, undefined for a `?`. */
  readonly markers: readonly (string | undefined)[];
}
