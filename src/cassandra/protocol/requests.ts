/**
 * What clients ask (specification v4, section 4.1), from the body of a frame.
 *
 * @module
 */
import type { ConsistencyLevel } from '../consistency.ts';
import type { BoundValue } from '../cql/statement.ts';
import type { Bytes } from '../types/data-type.ts';
import { FLAG, OPCODE, type Frame } from './frame.ts';
import { BodyReader, protocolError } from './notation.ts';

/** How a statement is to be executed. */
export interface QueryParameters {
  readonly consistency: ConsistencyLevel;
  readonly serialConsistency: ConsistencyLevel | undefined;
  /** In the order of the markers; or by name, where `names` says which is which. */
  readonly values: readonly BoundValue[];
  readonly names: readonly string[] | undefined;
  /** The client knows the result's columns. */
  readonly skipMetadata: boolean;
  readonly pageSize: number | undefined;
  readonly pagingState: Bytes | undefined;
  /** Microseconds since the Unix epoch. */
  readonly timestamp: number | undefined;
}

/** A statement of a batch: a text, or the id of a prepared one. */
export interface BatchPart {
  readonly text: string | undefined;
  readonly id: Bytes | undefined;
  readonly values: readonly BoundValue[];
}

/** A request. */
export type ProtocolRequest =
  | { readonly kind: 'startup'; readonly options: ReadonlyMap<string, string> }
  | { readonly kind: 'options' | 'auth-response' }
  | { readonly kind: 'query'; readonly text: string; readonly parameters: QueryParameters }
  | { readonly kind: 'prepare'; readonly text: string }
  | { readonly kind: 'execute'; readonly id: Bytes; readonly parameters: QueryParameters }
  | {
    readonly kind: 'batch'; readonly type: 'LOGGED' | 'UNLOGGED' | 'COUNTER'; readonly parts: readonly BatchPart[];
    readonly consistency: ConsistencyLevel; readonly serialConsistency: ConsistencyLevel | undefined; readonly timestamp: number | undefined;
  }
  | { readonly kind: 'register'; readonly events: readonly string[] };

const QUERY_FLAG = { values: 0x01, skipMetadata: 0x02, pageSize: 0x04, pagingState: 0x08, serialConsistency: 0x10, timestamp: 0x20, names: 0x40 } as const;
const BATCH_TYPES = ['LOGGED', 'UNLOGGED', 'COUNTER'] as const;

const RESPONSES: ReadonlyMap<number, string> = new Map(
  (['ERROR', 'READY', 'AUTHENTICATE', 'SUPPORTED', 'RESULT', 'EVENT', 'AUTH_CHALLENGE', 'AUTH_SUCCESS'] as const).map((name) => [OPCODE[name], name]),
);

/** Reads a request. @throws {@link ServerError} of the protocol */
export function readRequest({ version, opcode, flags, body }: Frame): ProtocolRequest {
  const reader = new BodyReader(body, version);
  if ((flags & FLAG.customPayload) !== 0) reader.skipBytesMap();
  switch (opcode) {
    case OPCODE.STARTUP: return { kind: 'startup', options: reader.stringMap() };
    case OPCODE.OPTIONS: return { kind: 'options' };
    case OPCODE.AUTH_RESPONSE: return { kind: 'auth-response' };
    case OPCODE.QUERY: return { kind: 'query', text: reader.longString(), parameters: readParameters(reader) };
    case OPCODE.PREPARE: return { kind: 'prepare', text: reader.longString() };
    case OPCODE.EXECUTE: return { kind: 'execute', id: reader.shortBytes(), parameters: readParameters(reader) };
    case OPCODE.BATCH: return readBatch(reader);
    case OPCODE.REGISTER: return { kind: 'register', events: reader.stringList() };
    default: {
      const name = RESPONSES.get(opcode);
      throw protocolError(name === undefined ? `Unknown opcode ${opcode}` : `Wrong protocol direction (expected RESPONSE, got REQUEST) for opcode ${opcode} (${name})`);
    }
  }
}

function readParameters(reader: BodyReader): QueryParameters {
  const consistency = reader.consistency();
  const flags = reader.byte();
  const has = (flag: keyof typeof QUERY_FLAG): boolean => (flags & QUERY_FLAG[flag]) !== 0;
  const values: BoundValue[] = [];
  const names: string[] = [];
  if (has('values')) {
    for (let left = reader.short(); left > 0; left--) {
      if (has('names')) names.push(reader.string());
      values.push(reader.value());
    }
  }
  const pageSize = has('pageSize') ? reader.int() : undefined;
  if (pageSize === 0) throw protocolError('The page size cannot be 0');
  const pagingState = has('pagingState') ? reader.bytes() ?? undefined : undefined;
  return {
    consistency, values,
    names: has('values') && has('names') ? names : undefined,
    skipMetadata: has('skipMetadata'),
    // Below nought is as good as none.
    pageSize: pageSize !== undefined && pageSize > 0 ? pageSize : undefined,
    pagingState,
    serialConsistency: has('serialConsistency') ? reader.consistency() : undefined,
    timestamp: has('timestamp') ? reader.long() : undefined,
  };
}

function readBatch(reader: BodyReader): ProtocolRequest {
  const code = reader.byte();
  const type = BATCH_TYPES[code];
  if (type === undefined) throw protocolError(`Invalid BATCH message type ${code}`);
  const parts: BatchPart[] = [];
  for (let left = reader.short(); left > 0; left--) {
    const kind = reader.byte();
    if (kind > 1) throw protocolError('Invalid query kind in BATCH messages. Must be 0 or 1 but got ' + kind);
    const text = kind === 0 ? reader.longString() : undefined;
    const id = kind === 1 ? reader.shortBytes() : undefined;
    const values = Array.from({ length: reader.short() }, () => reader.value());
    parts.push({ text, id, values });
  }
  const consistency = reader.consistency();
  const flags = reader.byte();
  return {
    kind: 'batch', type, parts, consistency,
    serialConsistency: (flags & QUERY_FLAG.serialConsistency) === 0 ? undefined : reader.consistency(),
    timestamp: (flags & QUERY_FLAG.timestamp) === 0 ? undefined : reader.long(),
  };
}
