/**
 * A client's connection to a node, as the native protocol has it: versions 3 and 4. Requests of one connection are answered as they are
 * done, in whatever order. Statements are executed by the node itself: between it and its client is no simulated network.
 *
 * Left out: authentication (the server's default, `AllowAllAuthenticator`, asks for none), tracing, compression.
 *
 * @module
 */
import { md5 } from '@noble/hashes/legacy.js';
import { executeQueries, type Catalog } from '../cql/prepare.ts';
import type { BoundValue, ExecuteOptions, PreparedStatement, StatementResult } from '../cql/statement.ts';
import type { StorageProxy } from '../cql/storage-proxy.ts';
import { CassandraError, InvalidRequestError, ServerError } from '../errors.ts';
import { assertNever, messageOf } from '../../kernel/errors.ts';
import { toHex, utf8 } from '../types/bytes.ts';
import type { Bytes } from '../types/data-type.ts';
import { validate } from '../types/validate.ts';
import { FLAG, FrameReader, NEWEST_VERSION, OPCODE, responseFrame, type Frame } from './frame.ts';
import { inet, protocolError, string, stringList, stringMultimap } from './notation.ts';
import { readRequest, type ProtocolRequest, type QueryParameters } from './requests.ts';
import { errorBody, preparedBody, resultBody, schemaChange, unpreparedBody } from './responses.ts';

/** What a client may register for (specification v4, section 4.2.6). */
export type ServerEvent =
  | { readonly type: 'SCHEMA_CHANGE'; readonly change: Extract<StatementResult, { readonly kind: 'schema-change' }> }
  | { readonly type: 'STATUS_CHANGE'; readonly change: 'UP' | 'DOWN'; readonly address: string; readonly port: number }
  | { readonly type: 'TOPOLOGY_CHANGE'; readonly change: 'NEW_NODE' | 'REMOVED_NODE'; readonly address: string; readonly port: number };

/** The node at the other end. */
export interface ServedNode {
  readonly catalog: Catalog;
  /** What executes statements; undefined while the node takes no clients. */
  proxy(): StorageProxy | undefined;
  /** The statements that were prepared here, by id: all connections of a node share them. */
  readonly prepared: Map<Bytes, { readonly text: string; readonly keyspace: string | undefined }>;
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
        this.#send(responseFrame(this.#version, 0, read.stream, OPCODE.ERROR, errorBody(protocolError(read.message).toReply(), read.message)));
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
    const { stream, version } = frame;
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
      case 'auth-response': throw protocolError('Unexpected message AUTH_RESPONSE: no authentication is asked for');
      case 'register':
        for (const event of request.events) {
          if (event !== 'SCHEMA_CHANGE' && event !== 'TOPOLOGY_CHANGE' && event !== 'STATUS_CHANGE') throw protocolError(`Invalid value '${event}' for Type`);
          this.#events.add(event);
        }
        answer(OPCODE.READY, '');
        break;
      case 'prepare': {
        const prepared = this.#node.catalog.prepare(request.text, this.#keyspace);
        const id = idOf(request.text, this.#keyspace);
        this.#node.prepared.set(id, { text: request.text, keyspace: this.#keyspace });
        answer(OPCODE.RESULT, preparedBody(id, prepared, version));
        break;
      }
      case 'query':
        this.#execute(this.#node.catalog.prepare(request.text, this.#keyspace), request.parameters, version, false, answer);
        break;
      case 'execute': {
        const known = this.#node.prepared.get(request.id);
        if (known === undefined) answer(OPCODE.ERROR, unpreparedBody(request.id, toHex(request.id)));
        else this.#execute(this.#node.catalog.prepare(known.text, known.keyspace), request.parameters, version, request.parameters.skipMetadata, answer);
        break;
      }
      case 'batch':
        this.#batch(request, version, answer);
        break;
      default: assertNever(request);
    }
  }

  #execute(prepared: PreparedStatement, parameters: QueryParameters, version: number, skipMetadata: boolean, answer: Answer): void {
    const proxy = this.#proxy();
    const values = valuesOf(prepared, parameters);
    const done = this.#answering(version, skipMetadata && prepared.columns !== undefined && prepared.columns.length > 0, answer);
    prepared.execute(optionsOf(parameters, values), proxy, done);
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
      check(prepared, values);
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

/** As the server makes it: of the keyspace and the text. */
function idOf(text: string, keyspace: string | undefined): Bytes {
  const input = Uint8Array.from(utf8((keyspace ?? '') + text), (unit) => unit.charCodeAt(0));
  let id = '';
  for (const byte of md5(input)) id += String.fromCharCode(byte);
  return id;
}

function valuesOf(prepared: PreparedStatement, { values, names }: QueryParameters): readonly BoundValue[] {
  const { variables } = prepared;
  if (names === undefined && values.length !== variables.length) {
    throw new InvalidRequestError(`Invalid amount of bind variables: there were ${variables.length} markers(?) in CQL but ${values.length} bound variables`);
  }
  const ordered = names === undefined ? values : variables.map(({ name }) => {
    const at = names.indexOf(name);
    if (at < 0) throw new InvalidRequestError(`Invalid unset value for bind variable ${name}`);
    return values[at];
  });
  check(prepared, ordered);
  return ordered;
}

/** What a client sends as a value need not be one. */
function check({ variables }: PreparedStatement, values: readonly BoundValue[]): void {
  for (const [i, { type }] of variables.entries()) {
    const value = values[i];
    if (typeof value === 'string') validate(type, value);
  }
}

function optionsOf({ consistency, serialConsistency, pageSize, pagingState, timestamp }: QueryParameters, values: readonly BoundValue[]): ExecuteOptions {
  return { values, consistency, serialConsistency, pageSize, pagingState, timestamp };
}
