/**
 * A client's connection to a node, as the native protocol has it: versions 3 and 4. Requests of one connection are answered as they are
 * done, in whatever order. Statements are executed by the node itself: between it and its client is no simulated network.
 *
 * Left out: authentication (the server's default, `AllowAllAuthenticator`, asks for none), tracing, compression.
 *
 * @module
 */
import { md5 } from '@noble/hashes/legacy.js';
import { executeQueries, isFullyQualified, type Catalog } from '../cql/prepare.ts';
import type { BoundValue, ExecuteOptions, PreparedStatement, StatementResult } from '../cql/statement.ts';
import type { StorageProxy } from '../cql/storage-proxy.ts';
import { CassandraError, InvalidRequestError, ServerError } from '../errors.ts';
import { assertNever, messageOf } from '../../kernel/errors.ts';
import { toHex, utf8 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { FLAG, FrameReader, NEWEST_VERSION, OPCODE, responseFrame, type Frame } from './frame.ts';
import { bytes, inet, protocolError, string, stringList, stringMultimap } from './notation.ts';
import { readRequest, type ProtocolRequest, type QueryParameters } from './requests.ts';
import { errorBody, preparedBody, resultBody, schemaChange, unpreparedBody } from './responses.ts';

type SchemaChange = Extract<StatementResult, { readonly kind: 'schema-change' }>;

/** What a client may register for (specification v4, section 4.2.6). */
export type ServerEvent =
  | { readonly type: 'SCHEMA_CHANGE'; readonly change: SchemaChange }
  | { readonly type: 'STATUS_CHANGE'; readonly change: 'UP' | 'DOWN'; readonly address: string; readonly port: number }
  | { readonly type: 'TOPOLOGY_CHANGE'; readonly change: 'NEW_NODE' | 'REMOVED_NODE'; readonly address: string; readonly port: number };

/** A statement that was prepared: it is prepared again for each version of the schema. */
export interface PreparedText {
  readonly text: string;
  /** The one in use, where the text does not name its own. */
  readonly keyspace: string | undefined;
  /** Those that it reads or writes, as `keyspace.table`: when one of them is altered or dropped it is forgotten, as the server does. */
  readonly tables: readonly string[];
}

/** The node at the other end. */
export interface ServedNode {
  readonly catalog: Catalog;
  /** What executes statements; undefined while the node takes no clients. */
  proxy(): StorageProxy | undefined;
  /** The statements that were prepared here, by id: all connections of a node share them. */
  readonly prepared: Map<Bytes, PreparedText>;
  /** A statement changed the schema: whoever registered for it, at whatever node, is to be told. */
  announce(event: ServerEvent): void;
}

type Answer = (opcode: number, body: Bytes, warnings?: readonly string[]) => void;

/** One connection. */
export class ProtocolConnection {
  readonly #node: ServedNode;
  readonly #send: (bytes: Bytes) => void;
  readonly #end: () => void;
  readonly #reader = new FrameReader();
  readonly #events = new Set<string>();
  #version = NEWEST_VERSION;
  #keyspace: string | undefined;
  #isStarted = false;
  /** Warned of prepared statements under `USE`: once is enough. */
  #isWarned = false;
  #isOver = false;

  /**
   * @param node - the node
   * @param send - takes bytes for the client
   * @param end - closes the connection after what was sent
   */
  constructor(node: ServedNode, send: (bytes: Bytes) => void, end: () => void) {
    this.#node = node;
    this.#send = send;
    this.#end = end;
  }

  /** Takes bytes from the client. */
  receive(bytes: Bytes): void {
    this.#reader.push(bytes);
    while (!this.#isOver) {
      const read = this.#reader.next();
      if (read.kind === 'incomplete') return;
      if (read.kind === 'error') {
        // Whatever number the bytes may have had: the server answers such as these under 0.
        this.#send(responseFrame(this.#version, 0, 0, OPCODE.ERROR, errorBody(protocolError(read.message).toReply(), read.message)));
        this.close();
        this.#end();
        return;
      }
      this.#handle(read.frame);
    }
  }

  /** The socket is gone: answers have nowhere to go. */
  close(): void {
    this.#isOver = true;
  }

  /** Something happened: the client is told if it registered for it. */
  tell(event: ServerEvent): void {
    if (this.#isOver || !this.#events.has(event.type)) return;
    const body = event.type === 'SCHEMA_CHANGE' ? schemaChange(event.change) : string(event.change) + inet(event.address, event.port);
    this.#send(responseFrame(this.#version, 0, -1, OPCODE.EVENT, string(event.type) + body));
  }

  #handle(frame: Frame): void {
    const { version } = frame;
    // Before STARTUP the server has not learnt to tell requests apart.
    const stream = this.#isStarted || frame.opcode === OPCODE.STARTUP || frame.opcode === OPCODE.OPTIONS ? frame.stream : 0;
    const answer: Answer = (opcode, body, warnings = []) => {
      if (this.#isOver) return;
      const isWarned = warnings.length > 0 && version >= 4;
      this.#send(responseFrame(version, isWarned ? FLAG.warning : 0, stream, opcode, isWarned ? stringList(warnings) + body : body));
    };
    this.#version = version;
    try {
      this.#serve(readRequest(frame), version, answer);
    } catch (error) {
      fail(error, answer);
    }
  }

  #serve(request: ProtocolRequest, version: number, answer: Answer): void {
    if (!this.#isStarted && request.kind !== 'startup' && request.kind !== 'options') {
      throw protocolError(`Unexpected message ${request.kind.toUpperCase()}, expecting STARTUP or OPTIONS`);
    }
    switch (request.kind) {
      case 'startup': {
        if (this.#isStarted) throw protocolError('Unexpected message STARTUP, the connection is already initialized');
        if (!request.options.has('CQL_VERSION')) throw protocolError('Missing value CQL_VERSION in STARTUP message');
        const compression = request.options.get('COMPRESSION');
        if (compression !== undefined && compression !== '') throw protocolError(`Unknown compression algorithm: ${compression}`);
        this.#isStarted = true;
        answer(OPCODE.READY, '');
        break;
      }
      case 'options':
        answer(OPCODE.SUPPORTED, stringMultimap({ CQL_VERSION: ['3.4.7'], COMPRESSION: [], PROTOCOL_VERSIONS: ['3/v3', '4/v4'] }));
        break;
      case 'auth-response':
        // Nobody asked for it; the server is content with anything.
        answer(OPCODE.AUTH_SUCCESS, bytes(null));
        break;
      case 'register':
        for (const event of request.events) {
          if (event !== 'SCHEMA_CHANGE' && event !== 'TOPOLOGY_CHANGE' && event !== 'STATUS_CHANGE') throw protocolError(`Invalid value '${event}' for Type`);
          this.#events.add(event);
        }
        answer(OPCODE.READY, '');
        break;
      case 'prepare':
        this.#prepare(request.text, version, answer);
        break;
      case 'query':
        this.#execute(this.#node.catalog.prepare(request.text, this.#keyspace), request.parameters, version, false, answer);
        break;
      case 'execute': {
        const known = this.#node.prepared.get(request.id);
        if (known === undefined) answer(OPCODE.ERROR, unpreparedBody(request.id, toHex(request.id)));
        else this.#execute(this.#node.catalog.prepare(known.text, known.keyspace), request.parameters, version, true, answer);
        break;
      }
      case 'batch':
        this.#batch(request, version, answer);
        break;
      default: assertNever(request);
    }
  }

  #prepare(text: string, version: number, answer: Answer): void {
    const prepared = this.#node.catalog.prepare(text, this.#keyspace);
    const qualified = isFullyQualified(text);
    const keyspace = qualified === true ? undefined : this.#keyspace;
    const id = idOf(text, keyspace);
    const tables = [prepared.table, ...prepared.variables.map((variable) => variable.table)].flatMap((table) => (table === undefined ? [] : [`${table.keyspace}.${table.name}`]));
    this.#node.prepared.set(id, { text, keyspace, tables });
    const warnings: string[] = [];
    if (qualified === false && keyspace !== undefined && !this.#isWarned) {
      this.#isWarned = true;
      warnings.push(useWarning(keyspace, toHex(id)));
    }
    answer(OPCODE.RESULT, preparedBody(id, prepared, version), warnings);
  }

  #execute(prepared: PreparedStatement, parameters: QueryParameters, version: number, isPrepared: boolean, answer: Answer): void {
    const proxy = this.#proxy();
    const values = valuesOf(prepared, parameters, isPrepared);
    prepared.execute(optionsOf(parameters, values), proxy, this.#answering(version, parameters.skipMetadata && prepared.columns !== undefined, answer));
  }

  #batch(request: Extract<ProtocolRequest, { readonly kind: 'batch' }>, version: number, answer: Answer): void {
    const proxy = this.#proxy();
    const { catalog, prepared: known } = this.#node;
    const statements: { text: string; values: readonly BoundValue[] }[] = [];
    // Statements prepared in another keyspace bear it in their own text or not at all: one keyspace holds for the whole batch.
    let keyspace = this.#keyspace;
    for (const { id, text, values } of request.parts) {
      const statement = id === undefined ? { text: text ?? '', keyspace: this.#keyspace } : known.get(id);
      if (statement === undefined) {
        answer(OPCODE.ERROR, unpreparedBody(id ?? '', toHex(id ?? '')));
        return;
      }
      keyspace ??= statement.keyspace;
      const prepared = catalog.prepare(statement.text, statement.keyspace);
      if (values.length !== prepared.variables.length) throw new InvalidRequestError(`There were ${prepared.variables.length} markers(?) in CQL but ${values.length} bound variables`);
      statements.push({ text: statement.text, values });
    }
    const { type, consistency, serialConsistency, timestamp } = request;
    const options: ExecuteOptions = { values: [], consistency, serialConsistency, timestamp, pageSize: undefined, pagingState: undefined };
    executeQueries(catalog, { text: '', keyspace, options, batch: { kind: type, statements } }, proxy, this.#answering(version, false, answer));
  }

  #proxy(): StorageProxy {
    const proxy = this.#node.proxy();
    if (proxy === undefined) throw new ServerError('Cannot read from a bootstrapping node', 'IS_BOOTSTRAPPING');
    return proxy;
  }

  #answering(version: number, skipMetadata: boolean, answer: Answer): (error: CassandraError | undefined, result?: StatementResult) => void {
    return (error, result) => {
      if (error !== undefined) {
        fail(error, answer);
        return;
      }
      if (result === undefined) return;
      if (result.kind === 'set-keyspace') this.#keyspace = result.keyspace;
      answer(OPCODE.RESULT, resultBody(result, version, skipMetadata), result.warnings);
      if (result.kind === 'schema-change') this.#node.announce({ type: 'SCHEMA_CHANGE', change: result });
    };
  }
}

function fail(error: unknown, answer: Answer): void {
  if (error instanceof CassandraError) answer(OPCODE.ERROR, errorBody(error.toReply(), error.message));
  else answer(OPCODE.ERROR, errorBody(new ServerError(messageOf(error)).toReply(), messageOf(error)));
}

/** Forgets the prepared statements that a change of the schema concerns. */
export function forgetPrepared(prepared: Map<Bytes, PreparedText>, { target, change, keyspace, name }: SchemaChange): void {
  if (change === 'CREATED') return;
  const isMeant = (table: string): boolean => (target === 'TABLE' ? table === `${keyspace}.${name ?? ''}` : table.startsWith(`${keyspace}.`));
  for (const [id, { tables }] of prepared) if (tables.some(isMeant)) prepared.delete(id);
}

/** As the server makes it: of the keyspace and the text. */
function idOf(text: string, keyspace: string | undefined): Bytes {
  const input = Uint8Array.from(utf8((keyspace ?? '') + text), (unit) => unit.charCodeAt(0));
  let id = '';
  for (const byte of md5(input)) id += String.fromCharCode(byte);
  return id;
}

/** In the order of the markers. That each is a value of its type is seen when it is bound. */
function valuesOf({ variables }: PreparedStatement, { values, names }: QueryParameters, isPrepared: boolean): readonly BoundValue[] {
  const ordered = names === undefined ? values : variables.flatMap(({ name }) => (names.includes(name) ? [values[names.indexOf(name)]] : []));
  if (ordered.length === variables.length) return ordered;
  throw new InvalidRequestError(isPrepared ? `there were ${variables.length} markers(?) in CQL but ${ordered.length} bound variables` : 'Invalid amount of bind variables');
}

function useWarning(keyspace: string, id: string): string {
  return '`USE <keyspace>` with prepared statements is considered to be an anti-pattern due to ambiguity in non-qualified table names. Please consider removing instances of '
    + '`Session#setKeyspace(<keyspace>)`, `Session#execute("USE <keyspace>")` and `cluster.newSession(<keyspace>)` from your code, and always use fully qualified table names '
    + `(e.g. <keyspace>.<table>). Keyspace used: ${keyspace}, statement keyspace: ${keyspace}, statement id: ${id}`;
}

function optionsOf({ consistency, serialConsistency, pageSize, pagingState, timestamp }: QueryParameters, values: readonly BoundValue[]): ExecuteOptions {
  return { values, consistency, serialConsistency, pageSize, pagingState, timestamp };
}
