/**
 * The simulated clients of a server: each has a connection, and asks one request after the other over it. A request whose
 * command waits keeps those behind it waiting.
 *
 * @module
 */
import type { Message } from '../../kernel/node.ts';
import type { NodeId } from '../../kernel/units.ts';
import type { Bytes } from '../bytes/bytes.ts';
import { keysOf } from '../command.ts';
import { COMMANDS } from '../commands/table.ts';
import type { Connection } from '../connections/connection.ts';
import type { Engine } from '../engine.ts';
import type { CommandReply, CommandRequest, PushMessage } from './messages.ts';
import type { ChangeLog } from '../replication/change-log.ts';
import type { Reply } from '../reply.ts';

/** What the sessions need of their server. */
export interface ClientSessionsHost {
  readonly engine: Engine;
  readonly changes: ChangeLog;
  execute(connection: Connection, args: readonly Bytes[]): Reply;
  /** Answers when what is answered is as safe as it has to be. */
  answer(client: NodeId, reply: CommandReply): void;
  /** Sends in order. */
  send(client: NodeId, message: Message): void;
}

/** One client's connection, and the request that it waits for. */
interface Session {
  readonly client: NodeId;
  readonly connection: Connection;
  readonly queue: CommandRequest[];
  replies: Reply[];
  isWaiting: boolean;
}

/** The sessions of one server. */
export class ClientSessions {
  readonly #host: ClientSessionsHost;
  readonly #sessions = new Map<NodeId, Session>();

  /** None. */
  constructor(host: ClientSessionsHost) {
    this.#host = host;
  }

  /** A client asks. */
  onCommand(client: NodeId, request: CommandRequest): void {
    const session = this.#sessions.get(client) ?? this.#open(client);
    session.queue.push(request);
    if (!session.isWaiting) this.#serve(session);
  }

  #open(client: NodeId): Session {
    const { engine } = this.#host;
    const connection = engine.connect((reply) => { this.#deliver(client, reply); });
    // A simulated client may go on commanding while it is subscribed, as one with RESP3 may.
    connection.protocol = 3;
    const close = (): void => {
      this.#sessions.delete(client);
      engine.disconnect(connection);
      connection.closing = true;
    };
    connection.close = close;
    const session: Session = { client, connection, queue: [], replies: [], isWaiting: false };
    this.#sessions.set(client, session);
    return session;
  }

  #deliver(client: NodeId, reply: Reply): void {
    const session = this.#sessions.get(client);
    if (reply.kind === 'push' || session === undefined) {
      const push: PushMessage = { type: 'redis-push', reply };
      this.#host.send(client, push);
    } else if (session.isWaiting) {
      session.isWaiting = false;
      session.replies.push(reply);
      this.#serve(session);
    }
  }

  #serve(session: Session): void {
    const { client, connection } = session;
    for (let request = session.queue[0]; request !== undefined; request = session.queue[0]) {
      while (session.replies.length < request.commands.length) {
        const reply = this.#host.execute(connection, request.commands[session.replies.length] as readonly Bytes[]);
        this.#host.engine.settle();
        // A broken connection: what else was sent over it is lost.
        if (connection.closing) return;
        if (connection.isMute) {
          // Its client hears nothing of this request, and connects anew for the next.
          connection.isMute = false;
          session.queue.shift();
          session.replies = [];
          this.#serve(session);
          return;
        }
        if (reply.kind === 'waiting') {
          session.isWaiting = true;
          return;
        }
        session.replies.push(reply);
      }
      const version = request.commands.length === 1 ? this.#versionFor(connection, request.commands[0] as readonly Bytes[]) : null;
      this.#host.answer(client, { type: 'redis-reply', requestId: request.requestId, replies: session.replies, version });
      session.queue.shift();
      session.replies = [];
    }
  }

  #versionFor({ database }: Connection, args: readonly Bytes[]): number | null {
    const command = COMMANDS.get((args[0] ?? '').toLowerCase());
    const key = command === undefined ? undefined : keysOf(command, args)[0];
    if (key === undefined || !this.#host.engine.database(database).isStored(key)) return null;
    return this.#host.changes.versionOf(database, key) ?? null;
  }
}
