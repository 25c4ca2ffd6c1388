/**
 * One connection's bytes: from a socket to an engine and back. All that a chunk of input asks for is answered by one write, so
 * that pipelines do not meet delayed acknowledgements.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { isTooLong, type Bytes } from '../redis/bytes/bytes.ts';
import type { Connection } from '../redis/connections/connection.ts';
import type { Engine } from '../redis/engine.ts';
import type { Reply } from '../redis/reply.ts';
import { encodePieces, encodeReply } from '../redis/resp/encode.ts';
import { RequestReader } from '../redis/resp/request-reader.ts';

/** Output below this is not held against the limits before it is written. */
const OUTPUT_CHECKED = 16_384;

/** Output beyond this is handed on at once. */
const OUTPUT_PIECE = 64 * 1024 * 1024;
/** With so much untaken output nothing more is asked of the engine until some of it is taken, where no limit ends the connection. */
const OUTPUT_STALLS = 32 * 1024 * 1024;

/** What a socket is connected to: an engine, and the turns of the event loop that it runs in. */
export interface Seat {
  readonly engine: Engine;
  execute(connection: Connection, args: readonly Bytes[]): Reply;
  /** Before a chunk of input is dealt with. */
  beginTurn?(): void;
  /** Lets output go at the end of a turn, so that it leaves together with that of the other sockets; at once unless given. */
  atEndOfTurn?(flush: () => void): void;
  /** Lets output out, now or when what it reports is safe. */
  release?(send: () => void): void;
  /** Whether the machine stands still. */
  isPaused?(): boolean;
}

/** A socket that has been connected. */
export interface Attachment {
  readonly socket: Socket;
  /** Deals with what came while the machine stood still. */
  resume(): void;
}

/** Whether a reply is sent though `CLIENT REPLY` says that none is: confirmations of subscriptions are. */
function isPushed(reply: Reply): boolean {
  return reply.kind === 'push' || (reply.kind === 'replies' && reply.items.length > 0 && reply.items.every(isPushed));
}

/** Connects a socket, or anything like one, to an engine. */
export function attach(socket: Socket, seat: Seat): Attachment {
  const { engine } = seat;
  if (!engine.limits.admitsOneMore()) {
    socket.on('error', () => socket.destroy());
    socket.end('-ERR max number of clients reached\r\n');
    return { socket, resume: () => undefined };
  }
  const reader = new RequestReader();
  let output = '';
  let handling = false;
  /** A command waits for its reply; what follows it waits too. */
  let blocked = false;
  let flushing = false;
  /** The peer takes nothing; what it has asked for besides must wait. */
  let stalled = false;
  const add = (bytes: Bytes): void => {
    if (output.length + bytes.length > OUTPUT_PIECE) send();
    if (output === '' && socket.destroyed) return;
    output += bytes;
    if (output.length > OUTPUT_CHECKED) endIfTooMuch();
  };
  const addReply = (reply: Reply): void => {
    let bytes: Bytes;
    try {
      bytes = encodeReply(reply, connection.protocol);
    } catch (error) {
      if (!isTooLong(error)) throw error;
      for (const piece of encodePieces(reply, connection.protocol)) add(piece);
      return;
    }
    add(bytes);
  };
  const flushLater = (): void => {
    if (flushing) return;
    if (seat.atEndOfTurn === undefined) {
      flush();
      return;
    }
    flushing = true;
    seat.atEndOfTurn(flush);
  };
  const flush = (): void => {
    flushing = false;
    send();
    // What it may still send is of no interest.
    if (!connection.closing) return;
    engine.disconnect(connection);
    socket.end(() => { socket.destroy(); });
  };
  const send = (): void => {
    if (output === '' || socket.destroyed) return;
    if (connection.isMute) {
      output = '';
      return;
    }
    const bytes = output;
    output = '';
    if (seat.release === undefined) write(bytes);
    else seat.release(() => { write(bytes); });
  };
  const write = (bytes: Bytes): void => {
    if (socket.destroyed) return;
    engine.stats.outputBytes += bytes.length;
    engine.stats.writes++;
    connection.room.replied(bytes.length);
    if (!socket.write(bytes, 'latin1')) socket.pause();
    if (socket.writableLength > 0) endIfTooMuch();
  };
  /** Who does not take what was sent is disconnected in the end. */
  const endIfTooMuch = (): void => {
    if (engine.limits.exceedsOutput(connection, output.length + socket.writableLength, engine.now)) socket.destroy();
  };
  const connection: Connection = engine.connect((reply: Reply) => {
    if (reply.kind === 'push' || connection.replies === 'on') addReply(reply);
    if (blocked && reply.kind !== 'push') {
      blocked = false;
      // What it has sent meanwhile is dealt with when the command that woke it, somebody else's, is done.
      process.nextTick(handle);
    }
    if (!handling) flushLater();
  });
  connection.address = `${socket.remoteAddress ?? '127.0.0.1'}:${socket.remotePort ?? 0}`;
  connection.localAddress = `${socket.localAddress ?? '127.0.0.1'}:${socket.localPort ?? 0}`;
  connection.buffers = () => ({ input: reader.buffered, pending: reader.pending, output: output.length + socket.writableLength });
  connection.close = () => { socket.destroy(); };
  connection.defer = (task) => {
    setImmediate(() => {
      seat.beginTurn?.();
      task();
    });
  };
  const handle = (): void => {
    if (seat.isPaused?.() === true || socket.destroyed) return;
    handling = true;
    seat.beginTurn?.();
    engine.endLap();
    while (!blocked && !stalled && !connection.closing) {
      const next = reader.next(connection.authenticated);
      if (next.kind === 'incomplete') break;
      if (next.kind === 'error') {
        engine.log.statistics.failed(undefined, undefined, next.text);
        output += `-${next.text}\r\n`;
        connection.closing = true;
        break;
      }
      if (connection.replies === 'skip-next') connection.replies = 'skip';
      const reply = seat.execute(connection, next.args);
      if (reply.kind === 'waiting') blocked = !connection.isMute;
      else if (connection.replies === 'on' || isPushed(reply)) addReply(reply);
      if (connection.replies === 'skip') connection.replies = 'on';
      engine.settle();
      if (output.length > OUTPUT_CHECKED && output.length + socket.writableLength > OUTPUT_STALLS && engine.limits.isPatient(connection)) stalled = true;
    }
    handling = false;
    reader.compact();
    flushLater();
  };
  socket.on('data', (chunk: Buffer) => {
    engine.stats.inputBytes += chunk.length;
    engine.stats.reads++;
    reader.maxBulk = engine.limits.bulk;
    reader.push(chunk.toString('latin1'));
    connection.room.received(reader.buffered);
    handle();
    if (reader.wanted > 0) connection.room.received(reader.wanted);
    if (reader.buffered > engine.limits.input) socket.destroy();
    else if (engine.limits.hasMemoryLimit) engine.limits.evict();
  });
  socket.on('drain', () => {
    socket.resume();
    if (!stalled) return;
    stalled = false;
    handle();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => { engine.disconnect(connection); });
  return { socket, resume: handle };
}
