/** The native protocol, frame by frame, where drivers do not go. */
import { expect, test } from 'vitest';
import { createSession } from '../../../src/cassandra/index.ts';
import { ProtocolConnection, type ServedNode } from '../../../src/cassandra/protocol/connection.ts';
import { OPCODE } from '../../../src/cassandra/protocol/frame.ts';
import { string } from '../../../src/cassandra/protocol/notation.ts';
import { int16, int32, readInt32, readUint16 } from '../../../src/cassandra/types/bytes.ts';

interface Response { readonly version: number; readonly flags: number; readonly stream: number; readonly opcode: number; readonly body: string }

function connected(isStarted = true) {
  const session = createSession();
  const node = session.cluster.node('n1');
  let output = '';
  const state = { isEnded: false };
  const served: ServedNode = { catalog: node.catalog, prepared: new Map(), proxy: () => node.machine.coordinator, announce: () => undefined };
  const connection = new ProtocolConnection(served, (bytes) => { output += bytes; }, () => { state.isEnded = true; });
  const frame = (opcode: number, body: string, { version = 4, stream = 1, flags = 0 } = {}): string =>
    String.fromCharCode(version, flags) + int16(stream) + String.fromCharCode(opcode) + int32(body.length) + body;
  const responses = (): Response[] => {
    const all: Response[] = [];
    while (output.length >= 9) {
      const end = 9 + readInt32(output, 5);
      all.push({ version: output.charCodeAt(0), flags: output.charCodeAt(1), stream: readUint16(output, 2), opcode: output.charCodeAt(4), body: output.slice(9, end) });
      output = output.slice(end);
    }
    return all;
  };
  const startup = frame(OPCODE.STARTUP, int16(1) + string('CQL_VERSION') + string('3.0.0'));
  if (isStarted) {
    connection.receive(startup);
    if (responses()[0]?.opcode !== OPCODE.READY) throw new Error('STARTUP was refused');
  }
  return { connection, frame, responses, state, startup, session };
}

const query = (text: string, parameters = `${int16(1)}\x00`): string => int32(text.length) + text + parameters;
const errorOf = ({ opcode, body }: Response): unknown => [opcode, readInt32(body), body.slice(6, 6 + readUint16(body, 4))];

test('frames may come in any pieces, and several at once; answers bear their numbers', () => {
  const { connection, frame, responses } = connected();
  const text = 'SELECT key FROM system.local';
  const bytes = frame(OPCODE.QUERY, query(text), { stream: 7 }) + frame(OPCODE.OPTIONS, '', { stream: 300 });
  for (const byte of bytes) connection.receive(byte);
  expect(responses().map(({ version, stream, opcode }) => [version, stream, opcode])).toEqual([[0x84, 7, OPCODE.RESULT], [0x84, 300, OPCODE.SUPPORTED]]);
});

test('a version that is not spoken is answered in the newest that is, and ends the connection', () => {
  for (const version of [1, 2, 5, 6, 0x42]) {
    const { connection, frame, responses, state } = connected(false);
    connection.receive(frame(OPCODE.OPTIONS, '', { version, stream: 3 }));
    const [response] = responses() as [Response];
    // Under the number 0, as the server does, whatever the request's was.
    expect([response.version, response.stream, errorOf(response)]).toEqual([0x84, 0, [OPCODE.ERROR, 0x0a, `Invalid or unsupported protocol version (${version}); supported versions are (3/v3, 4/v4)`]]);
    expect(state.isEnded).toBe(true);
  }
});

test('what is no request is refused, and the connection goes on', () => {
  const { connection, frame, responses, state } = connected();
  const refused = (opcode: number, body: string, flags = 0): unknown => {
    connection.receive(frame(opcode, body, { flags }));
    return errorOf((responses() as [Response])[0]);
  };
  expect(refused(0x55, '')).toEqual([OPCODE.ERROR, 0x0a, 'Unknown opcode 85']);
  expect(refused(OPCODE.QUERY, 'abc')).toEqual([OPCODE.ERROR, 0x0a, 'Not enough bytes to read an UTF8 serialized string preceded by its 4 bytes length']);
  expect(refused(OPCODE.QUERY, query('SELECT key FROM system.local', `${int16(99)}\x00`))).toEqual([OPCODE.ERROR, 0x0a, 'Unknown code 99 for a consistency level']);
  expect(refused(OPCODE.RESULT, '')).toEqual([OPCODE.ERROR, 0x0a, 'Wrong protocol direction (expected RESPONSE, got REQUEST) for opcode 8 (RESULT)']);
  expect(refused(OPCODE.REGISTER, int16(1) + string('NOISE'))).toEqual([OPCODE.ERROR, 0x0a, "Invalid value 'NOISE' for Type"]);
  expect(refused(OPCODE.EXECUTE, `${int16(2)}ab${int16(1)}\x00`)).toEqual([OPCODE.ERROR, 0x2500, expect.stringContaining('Prepared query with ID 6162 not found')]);
  expect(refused(OPCODE.BATCH, `\x09${int16(0)}`)).toEqual([OPCODE.ERROR, 0x0a, 'Invalid BATCH message type 9']);
  expect(refused(OPCODE.QUERY, query('SELECT key FROM system.local', `${int16(1)}\x04${int32(0)}`))).toEqual([OPCODE.ERROR, 0x0a, 'The page size cannot be 0']);
  expect(state.isEnded).toBe(false);
  connection.receive(frame(OPCODE.QUERY, query('SELECT key FROM system.local')));
  expect(responses()).toMatchObject([{ opcode: OPCODE.RESULT }]);
});

test('a frame that is too long ends the connection before it has come', () => {
  const { connection, frame, responses, state } = connected();
  connection.receive(frame(OPCODE.QUERY, '').slice(0, 5) + int32(17 * 1024 * 1024));
  expect(errorOf((responses() as [Response])[0])).toEqual([OPCODE.ERROR, 0x0a, expect.stringContaining('exceeds maximum allowed length')]);
  expect(state.isEnded).toBe(true);
});

test('nothing is answered before STARTUP, which must name a version of CQL and no compression', () => {
  const { connection, frame, responses, startup } = connected(false);
  connection.receive(frame(OPCODE.QUERY, query('SELECT key FROM system.local')));
  connection.receive(frame(OPCODE.STARTUP, int16(0)));
  connection.receive(frame(OPCODE.STARTUP, int16(2) + string('CQL_VERSION') + string('3.0.0') + string('COMPRESSION') + string('lz4')));
  expect(responses().map(errorOf)).toEqual([
    [OPCODE.ERROR, 0x0a, 'Unexpected message QUERY, expecting STARTUP or OPTIONS'],
    [OPCODE.ERROR, 0x0a, 'Missing value CQL_VERSION in STARTUP message'],
    [OPCODE.ERROR, 0x0a, 'Unknown compression algorithm: lz4'],
  ]);
  connection.receive(startup);
  expect(responses()).toMatchObject([{ opcode: OPCODE.READY }]);
  connection.receive(startup);
  expect(responses().map(errorOf)).toEqual([[OPCODE.ERROR, 0x0a, 'Unexpected message STARTUP, the connection is already initialized']]);
});

test('a client that is told of its columns may leave them out, and warnings stand before a result', () => {
  const { connection, frame, responses, session } = connected();
  session.run("CREATE KEYSPACE app WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; CREATE TABLE app.t (k int PRIMARY KEY, v text)");
  session.execute("INSERT INTO app.t (k, v) VALUES (1, 'x')");
  const text = 'SELECT k, v FROM app.t WHERE k = 1';
  connection.receive(frame(OPCODE.PREPARE, int32(text.length) + text));
  const [prepared] = responses() as [Response];
  const id = prepared.body.slice(6, 22);
  connection.receive(frame(OPCODE.EXECUTE, `${int16(16)}${id}${int16(1)}\x02`));
  const [rows] = responses() as [Response];
  // Rows, no metadata but their number, one row of an int and a text.
  expect(rows.body).toBe(int32(2) + int32(5) + int32(2) + int32(1) + int32(4) + int32(1) + int32(1) + 'x');
  connection.receive(frame(OPCODE.QUERY, query('SELECT count(*) FROM app.t')));
  expect(responses()).toMatchObject([{ opcode: OPCODE.RESULT, flags: 0x08, body: expect.stringContaining('Aggregation query used without partition key') as string }]);
});

test('a prepared statement keeps the keyspace that was in use, and its identity holds it', () => {
  const { connection, frame, responses } = connected();
  const ask = (opcode: number, body: string): Response => {
    connection.receive(frame(opcode, body));
    return (responses() as [Response])[0];
  };
  for (const keyspace of ['one', 'two']) {
    const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";
    for (const text of [`CREATE KEYSPACE ${keyspace} WITH replication = ${replication}`, `CREATE TABLE ${keyspace}.t (k int PRIMARY KEY, v text)`, `INSERT INTO ${keyspace}.t (k, v) VALUES (1, 'of ${keyspace}')`]) {
      expect(ask(OPCODE.QUERY, query(text))).toMatchObject({ opcode: OPCODE.RESULT });
    }
  }
  const text = 'SELECT v FROM t';
  const ids = ['one', 'two'].map((keyspace) => {
    ask(OPCODE.QUERY, query(`USE ${keyspace}`));
    const { opcode, flags, body } = ask(OPCODE.PREPARE, int32(text.length) + text);
    expect(opcode).toBe(OPCODE.RESULT);
    // A warning of one text may stand before the result.
    const start = (flags & 8) === 0 ? 0 : 4 + readUint16(body, 2);
    return body.slice(start + 6, start + 6 + readUint16(body, start + 4));
  }) as [string, string];
  expect(ids[0]).not.toBe(ids[1]);
  const rows = ids.map((id) => ask(OPCODE.EXECUTE, `${int16(id.length)}${id}${int16(1)}\x00`).body);
  expect(rows).toEqual([expect.stringContaining('of one'), expect.stringContaining('of two')]);
});
