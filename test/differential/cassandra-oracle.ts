/**
 * A connection to a real Apache Cassandra by the native protocol, version 4, which keeps the bytes of each value as they came:
 * what the npm driver makes of a value would hide differences. `cassandra-oracle/start.ts` starts one; `CASSANDRA_ORACLE`
 * (`host:port`, 127.0.0.1:9042 unless given) says where it is. Left out: authentication, compression, events.
 *
 * @module
 */
import { connect, type Socket } from 'node:net';
import { readInt32, readUint16, fromUtf8, int16, int32, utf8 } from '../../src/cassandra/types/bytes.ts';
import type { Bytes } from '../../src/cassandra/types/data-type.ts';

/** What a statement was answered. Types are as the protocol tells them: without `frozen`. */
export interface Answer {
  readonly error?: { readonly code: number; readonly message: string };
  readonly warnings?: readonly string[];
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
  readonly rows?: readonly (readonly (Bytes | null)[])[];
  /** `CREATED TABLE ks t`. */
  readonly change?: string;
  /** What `USE` chose. */
  readonly keyspace?: string;
}

/** What preparing a statement tells. */
export interface Prepared extends Answer {
  readonly id?: Bytes;
  readonly variables?: readonly { readonly name: string; readonly type: string }[];
  /** The variables that make up the partition key. */
  readonly routing?: readonly number[];
}

const NATIVE: Readonly<Record<number, string>> = {
  1: 'ascii', 2: 'bigint', 3: 'blob', 4: 'boolean', 5: 'counter', 6: 'decimal', 7: 'double', 8: 'float', 9: 'int', 11: 'timestamp', 12: 'uuid', 13: 'text',
  14: 'varint', 15: 'timeuuid', 16: 'inet', 17: 'date', 18: 'time', 19: 'smallint', 20: 'tinyint',
};

const OPCODES = { error: 0, startup: 1, query: 7, result: 8, prepare: 9, execute: 10 } as const;

class Frame {
  readonly body: Bytes;
  at = 0;

  constructor(body: Bytes) {
    this.body = body;
  }

  int(): number {
    this.at += 4;
    return readInt32(this.body, this.at - 4);
  }

  short(): number {
    this.at += 2;
    return readUint16(this.body, this.at - 2);
  }

  /** @throws RangeError beyond the end, where a name that is not ASCII was sent with a wrong length */
  take(length: number): Bytes {
    this.at += length;
    if (this.at > this.body.length) throw new RangeError('an answer ends too early');
    return this.body.slice(this.at - length, this.at);
  }

  string(): string {
    return fromUtf8(this.take(this.short())) ?? '';
  }

  /** The keyspace and table of columns: not compared. */
  table(): void {
    this.string();
    this.string();
  }

  bytes(): Bytes | null {
    const length = this.int();
    return length < 0 ? null : this.take(length);
  }

  type(): string {
    const code = this.short();
    switch (code) {
      case 0: return customType(this.string());
      case 0x20: return `list<${this.type()}>`;
      case 0x21: return `map<${this.type()}, ${this.type()}>`;
      case 0x22: return `set<${this.type()}>`;
      case 0x30: {
        const [keyspace, name, count] = [this.string(), this.string(), this.short()];
        return `${keyspace}.${name}{${Array.from({ length: count }, () => `${this.string()} ${this.type()}`).join(', ')}}`;
      }
      case 0x31: {
        const count = this.short();
        return `tuple<${Array.from({ length: count }, () => this.type()).join(', ')}>`;
      }
      default: return NATIVE[code] ?? `type ${code}`;
    }
  }
}

/** What version 4 has no code for is told by its class. */
function customType(name: string): string {
  const short = name.replaceAll('org.apache.cassandra.db.marshal.', '');
  return short === 'DurationType' ? 'duration' : short.startsWith('VectorType(') ? 'vector' : short;
}

/** One connection; statements one after the other. */
export class CassandraOracle {
  readonly #socket: Socket;
  #text = '';
  #answered: ((frame: { readonly opcode: number; readonly flags: number; readonly body: Bytes }) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1');
      this.#cut();
    });
    socket.on('error', (error) => this.#failed?.(error));
    socket.on('close', () => this.#failed?.(new Error('the oracle closed the connection')));
  }

  /** The address to look at. */
  static get address(): string {
    return process.env['CASSANDRA_ORACLE'] ?? '127.0.0.1:9042';
  }

  /** A connection, or undefined where no Cassandra answers. */
  static async connect(): Promise<CassandraOracle | undefined> {
    const [host = '127.0.0.1', port = '9042'] = CassandraOracle.address.split(':');
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(Number(port), host, () => resolve(attempt));
      attempt.on('error', () => resolve(undefined));
    });
    if (socket === undefined) return undefined;
    const oracle = new CassandraOracle(socket);
    await oracle.#ask(OPCODES.startup, `${int16(1)}${string('CQL_VERSION')}${string('3.0.0')}`);
    return oracle;
  }

  /**
   * Executes a text, all its pages.
   *
   * @param pageSize - rows of a page
   * @param values - for the bind markers
   */
  query(cql: string, pageSize = 5000, values: readonly Bytes[] = []): Promise<Answer> {
    const text = utf8(cql);
    return this.#pages((state) => this.#ask(OPCODES.query, `${int32(text.length)}${text}${options(pageSize, values, state)}`));
  }

  async prepare(cql: string): Promise<Prepared> {
    const text = utf8(cql);
    return answerOf(await this.#ask(OPCODES.prepare, `${int32(text.length)}${text}`));
  }

  /** Executes what was prepared. */
  execute(id: Bytes, values: readonly (Bytes | null | undefined)[], pageSize = 5000): Promise<Answer> {
    return this.#pages((state) => this.#ask(OPCODES.execute, `${int16(id.length)}${id}${options(pageSize, values, state)}`));
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  async #pages(ask: (state: Bytes | undefined) => Promise<Reply>): Promise<Answer> {
    const first = answerOf(await ask(undefined));
    const { state, ...rest } = first;
    let [rows, next] = [rest.rows ?? [], state];
    while (next !== undefined) {
      const page = answerOf(await ask(next));
      if (page.error !== undefined) return { error: page.error };
      rows = [...rows, ...page.rows ?? []];
      next = page.state;
    }
    return rest.rows === undefined ? rest : { ...rest, rows };
  }

  #ask(opcode: number, body: Bytes): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(Buffer.from(`\x04\x00\x00\x00${String.fromCharCode(opcode)}${int32(body.length)}${body}`, 'latin1'));
    });
  }

  #cut(): void {
    if (this.#text.length < 9) return;
    const end = 9 + readInt32(this.#text, 5);
    if (this.#text.length < end) return;
    const frame = { flags: this.#text.charCodeAt(1), opcode: this.#text.charCodeAt(4), body: this.#text.slice(9, end) };
    this.#text = this.#text.slice(end);
    this.#answered?.(frame);
  }
}

interface Reply {
  readonly opcode: number;
  readonly flags: number;
  readonly body: Bytes;
}

function string(text: string): Bytes {
  return `${int16(utf8(text).length)}${utf8(text)}`;
}

function options(pageSize: number, values: readonly (Bytes | null | undefined)[], state: Bytes | undefined): Bytes {
  const flags = (values.length > 0 ? 1 : 0) | 4 | (state === undefined ? 0 : 8);
  const given = values.map((value) => (value === undefined ? int32(-2) : value === null ? int32(-1) : `${int32(value.length)}${value}`)).join('');
  return `${int16(1)}${String.fromCharCode(flags)}${values.length > 0 ? `${int16(values.length)}${given}` : ''}${int32(pageSize)}${state === undefined ? '' : `${int32(state.length)}${state}`}`;
}

function answerOf({ opcode, flags, body }: Reply): Prepared & { readonly state?: Bytes } {
  const frame = new Frame(body);
  const warnings = (flags & 8) === 0 ? {} : { warnings: Array.from({ length: frame.short() }, () => frame.string()) };
  if (opcode === OPCODES.error) return { error: { code: frame.int(), message: frame.string() } };
  switch (frame.int()) {
    case 2: {
      try {
        const { columns, state } = metadata(frame);
        const count = frame.int();
        if (count > body.length) return { ...warnings, columns, rows: [] };
        const rows = Array.from({ length: count }, () => columns.map(() => frame.bytes()));
        return { ...warnings, columns, rows, ...(state === undefined ? {} : { state }) };
      } catch (error) {
        if (error instanceof RangeError) return { ...warnings, columns: [], rows: [] };
        throw error;
      }
    }
    case 3: return { ...warnings, keyspace: frame.string() };
    case 4: {
      const id = frame.take(frame.short());
      const { columns: variables, routing } = metadata(frame, true);
      return { ...warnings, id, variables, routing, columns: metadata(frame).columns };
    }
    case 5: {
      const [change, target, keyspace] = [frame.string(), frame.string(), frame.string()];
      return { ...warnings, change: [change, target, keyspace, ...(target === 'KEYSPACE' ? [] : [frame.string()])].join(' ') };
    }
    default: return warnings;
  }
}

function metadata(frame: Frame, ofVariables = false): { readonly columns: readonly { name: string; type: string }[]; readonly routing: readonly number[]; readonly state: Bytes | undefined } {
  const [flags, count] = [frame.int(), frame.int()];
  const routing = ofVariables ? Array.from({ length: frame.int() }, () => frame.short()) : [];
  const state = (flags & 2) === 0 ? undefined : frame.bytes() ?? undefined;
  if ((flags & 4) !== 0) return { columns: [], routing, state };
  const isOfOneTable = (flags & 1) !== 0;
  if (isOfOneTable) frame.table();
  const columns = Array.from({ length: count }, () => {
    if (!isOfOneTable) frame.table();
    return { name: frame.string(), type: frame.type() };
  });
  return { columns, routing, state };
}
