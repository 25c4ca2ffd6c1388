/**
 * A served Redis's way to other instances over real sockets, for `MIGRATE`: real servers and ports of ours alike. A connection is
 * opened for each exchange and closed after it, where the real server keeps it for ten seconds.
 *
 * @module
 */
import { createConnection } from 'node:net';
import type { PeerOutcome, PeerRequest, Peers } from '../redis/peers.ts';
import { encodeCommand } from '../redis/resp/encode.ts';

/** Goes the way of the simulation to its nodes, and over sockets to everybody else. */
export class SocketPeers implements Peers {
  readonly #simulated: Peers;
  readonly #isSimulated: (name: string) => boolean;
  readonly #inTurn: (task: () => void) => void;

  /**
   * @param simulated - the way to nodes of the simulation
   * @param isSimulated - whether a host is one of them
   * @param inTurn - does something in a turn of the server's
   */
  constructor(simulated: Peers, isSimulated: (name: string) => boolean, inTurn: (task: () => void) => void) {
    this.#simulated = simulated;
    this.#isSimulated = isSimulated;
    this.#inTurn = inTurn;
  }

  exchange(request: PeerRequest, done: (outcome: PeerOutcome) => void): void {
    if (this.#isSimulated(request.host)) {
      this.#simulated.exchange(request, done);
      return;
    }
    const { host, port, commands, timeout } = request;
    const replies: string[] = [];
    let unread = '';
    let isConnected = false;
    let isOver = false;
    const socket = createConnection({ host, port: portOf(port) });
    const end = (failure: PeerOutcome['failure']): void => {
      if (isOver) return;
      isOver = true;
      socket.destroy();
      this.#inTurn(() => { done({ replies, failure }); });
    };
    socket.setNoDelay(true);
    socket.setTimeout(timeout, () => { end(isConnected ? 'reading' : 'connecting'); });
    socket.on('connect', () => {
      isConnected = true;
      socket.write(commands.map(encodeCommand).join(''), 'latin1');
    });
    socket.on('data', (chunk: Buffer) => {
      unread += chunk.toString('latin1');
      const lines = unread.split('\r\n');
      unread = lines.pop() ?? '';
      replies.push(...lines);
      if (replies.length >= commands.length) end(undefined);
    });
    // A name that nobody has is told at once; an address where nobody listens only when something is written, as in Redis.
    socket.on('error', (error: NodeJS.ErrnoException) => { end(isConnected ? 'reading' : error.code === 'ECONNREFUSED' ? 'writing' : 'connecting'); });
    socket.on('close', () => { end('reading'); });
  }
}

/** As `atoi` reads it; out of range is a port where nobody listens. */
function portOf(text: string): number {
  const port = parseInt(text, 10);
  return port > 0 && port < 65_536 ? port : 1;
}
