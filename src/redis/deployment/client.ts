/**
 * A client of a simulated Redis: a node of its own on the network, like a program with a driver. It asks the primary it knows
 * of (and learns of a promotion at once, as through a perfect service discovery), or the node it is bound to, and writes its
 * operations to the history: `GET` as `read`, an unconditional `SET` as `write`, everything else under its own name.
 *
 * The `version` of a completion is the position in the log of changes at which the key was last written on the node that
 * answered; it orders the writes of one primary, and of its replicas after it.
 *
 * Left out: reconnection, retries, and telling a client that its connection is gone; a subscription to a server that
 * restarted is silently lost.
 *
 * @module
 */
import type { Client } from '../../kernel/client.ts';
import { RequestTimeoutError, UsageError, type SplitbrainError } from '../../kernel/errors.ts';
import type { HistoryValue } from '../../kernel/history.ts';
import type { Message } from '../../kernel/node.ts';
import { duration, type DurationInput, type Micros, type NodeId } from '../../kernel/units.ts';
import { decodeUtf8, toBytes, type Bytes, type BytesInput } from '../bytes/bytes.ts';
import { keysOf } from '../command.ts';
import { COMMANDS } from '../commands/table.ts';
import { decodeReply, orThrow, type RedisValue } from '../standalone/decode.ts';
import { RedisReplyError } from '../errors.ts';
import type { CommandReply, CommandRequest, PushMessage } from './messages.ts';
import { BlockingMethods } from '../methods/blocking-methods.ts';
import type { Reply } from '../reply.ts';

/** Which node a client asks: a node or its name, `'replica'` for a random one, or `'primary'`. */
export type NodeChoice = string | { readonly id: string };

/** A client's settings. */
export interface RedisClientOptions {
  /** Its name, which is its process in the history and its node on the network. */
  readonly name: string;
  readonly region?: string;
  readonly zone?: string;
  /** Binds the client to a node. Default: the primary. */
  readonly node?: NodeChoice;
  /** Whether it asks the new primary after a promotion. Default true. */
  readonly follow?: boolean;
  /** How long it waits for an answer. Default 1 s. */
  readonly timeout?: DurationInput;
  /** False leaves its operations out of the history. */
  readonly record?: boolean;
}

/** Hears a published message. */
export type SubscriptionListener = (message: string, channel: string, pattern?: string) => void;

/** What a client knows of the deployment. */
export interface NodeDirectory {
  readonly primary: { readonly id: NodeId };
  readonly replicas: readonly { readonly id: NodeId }[];
  readonly nodes: readonly { readonly id: NodeId }[];
}

interface Settings {
  readonly kernel: Client;
  readonly directory: NodeDirectory;
  readonly timeout: Micros;
  readonly record: boolean;
}

function nameOf(choice: NodeChoice): string {
  return typeof choice === 'string' ? choice : choice.id;
}

/** The methods of a client that asks a certain node. */
export class RedisClientView extends BlockingMethods {
  protected readonly settings: Settings;
  readonly #choice: NodeChoice;
  readonly #fixed: NodeId | undefined;

  /** @internal Made by the deployment. */
  constructor(settings: Settings, choice: NodeChoice, follow: boolean) {
    super();
    this.settings = settings;
    this.#choice = choice;
    const name = nameOf(choice);
    if (name !== 'primary' && name !== 'replica' && !settings.directory.nodes.some((node) => node.id === name)) {
      throw new UsageError('UNKNOWN_NODE', `no node is called '${name}' in this Redis`);
    }
    if (name === 'primary' && !follow) this.#fixed = settings.directory.primary.id;
  }

  /** The node that the next command goes to. */
  protected target(): NodeId {
    const { directory, kernel } = this.settings;
    const name = nameOf(this.#choice);
    if (this.#fixed !== undefined) return this.#fixed;
    if (name === 'primary') return directory.primary.id;
    if (name !== 'replica') return name as NodeId;
    if (directory.replicas.length === 0) throw new UsageError('NO_REPLICA', 'this Redis has no replica');
    return kernel.random.pick(directory.replicas).id;
  }

  /** `WAIT`: how many replicas have acknowledged this client's writes within the timeout (0 = for ever). */
  wait(replicas: number, timeout: DurationInput): Promise<number> {
    const span = duration(timeout, 'the timeout of WAIT');
    // The answer may take the whole timeout, and the way back.
    const patience = (span === 0 ? Number.MAX_SAFE_INTEGER / 4 : span + this.settings.timeout) as Micros;
    return this.request(['WAIT', replicas, Math.ceil(span / 1000)], (reply) => (reply.kind === 'integer' ? Number(reply.value) : 0), patience);
  }

  /** `WATCH` */
  watch(...keys: readonly BytesInput[]): Promise<void> {
    return this.send(['WATCH', ...keys], () => undefined);
  }

  /**
   * Sends `MULTI`, the commands and `EXEC` together.
   *
   * @returns the replies, errors among them as values; null when a watched key has changed
   */
  multi(commands: readonly (readonly BytesInput[])[]): Promise<readonly RedisValue[] | null> {
    const encoded = commands.map((args) => args.map(toBytes));
    const key = encoded.map(firstKey).find((found) => found !== undefined);
    const value: HistoryValue = encoded.map((args) => args.map(decodeUtf8));
    return this.run('multi', key, value, [['MULTI'], ...encoded, ['EXEC']], (replies) => {
      const last = orThrow(replies.at(-1) as Reply);
      return last.kind === 'array' ? last.items.map(decodeReply) : null;
    });
  }

  protected override send<T>(args: readonly BytesInput[], decode: (reply: Reply) => T): Promise<T> {
    return this.request(args, decode, this.settings.timeout);
  }

  protected request<T>(args: readonly BytesInput[], decode: (reply: Reply) => T, timeout: Micros): Promise<T> {
    const encoded = args.map(toBytes);
    const name = (encoded[0] ?? '').toLowerCase();
    const key = firstKey(encoded);
    const isRead = name === 'get';
    const isWrite = name === 'set' && !encoded.slice(3).some((word) => /^(nx|xx|get)$/i.test(word));
    const f = isRead ? 'read' : isWrite ? 'write' : name;
    const value: HistoryValue = isRead ? null : isWrite ? decodeUtf8(encoded[2] ?? '') : encoded.slice(1).map(decodeUtf8);
    return this.run(f, key, value, [encoded], ([reply]) => decode(orThrow(reply as Reply)), timeout);
  }

  protected run<T>(
    f: string, key: string | undefined, value: HistoryValue, commands: readonly (readonly Bytes[])[],
    decode: (replies: readonly Reply[]) => T, timeout: Micros = this.settings.timeout,
  ): Promise<T> {
    const { kernel, record } = this.settings;
    return kernel.operation<T>({ f, ...(key === undefined ? {} : { key }), value, record }, (settle) => {
      const node = this.target();
      const request: CommandRequest = { type: 'redis-command', requestId: 0, commands };
      kernel.request<CommandReply>(node, request, timeout, (error, reply) => {
        if (error !== undefined || reply === undefined) {
          settle.fail(error ?? new RequestTimeoutError(`${node} gave no reply`));
          return;
        }
        let result: T;
        try {
          result = decode(reply.replies);
        } catch (refusal) {
          settle.fail(refusal as SplitbrainError);
          return;
        }
        const isRegister = f === 'read' || f === 'write';
        settle.ok(result, {
          node,
          ...(f === 'write' ? {} : { value: historyValue(decodeReply(reply.replies.at(-1) as Reply)) }),
          ...(isRegister ? { version: reply.version } : {}),
        });
      }, true);
    });
  }
}

/** A client. */
export class RedisClient extends RedisClientView {
  readonly id: NodeId;
  readonly #listeners = new Map<string, SubscriptionListener>();

  /** @internal Made by the deployment. */
  constructor(kernel: Client, directory: NodeDirectory, options: RedisClientOptions) {
    const timeout = duration(options.timeout ?? '1s', 'the timeout of a client');
    super({ kernel, directory, timeout, record: options.record ?? true }, options.node ?? 'primary', options.follow ?? true);
    this.id = kernel.id;
    kernel.onPush((_, message) => this.#hear(message));
  }

  /** The same client, asking another node: `client.from('replica').zrange(…)`. */
  from(node: NodeChoice): RedisClientView {
    return new RedisClientView(this.settings, node, true);
  }

  /** `GET`, from the node that `from` names if given. */
  override get(key: BytesInput, options: { readonly from?: NodeChoice } = {}): Promise<string | null> {
    return options.from === undefined ? super.get(key) : this.from(options.from).get(key);
  }

  /** `SUBSCRIBE` on the node this client asks; the listener hears what is published there. */
  async subscribe(channel: string, listener: SubscriptionListener): Promise<void> {
    this.#listeners.set(`channel:${channel}`, listener);
    await this.command('SUBSCRIBE', channel);
  }

  /** `PSUBSCRIBE` */
  async psubscribe(pattern: string, listener: SubscriptionListener): Promise<void> {
    this.#listeners.set(`pattern:${pattern}`, listener);
    await this.command('PSUBSCRIBE', pattern);
  }

  /** `UNSUBSCRIBE` */
  async unsubscribe(channel: string): Promise<void> {
    await this.command('UNSUBSCRIBE', channel);
    this.#listeners.delete(`channel:${channel}`);
  }

  /** `PUNSUBSCRIBE` */
  async punsubscribe(pattern: string): Promise<void> {
    await this.command('PUNSUBSCRIBE', pattern);
    this.#listeners.delete(`pattern:${pattern}`);
  }

  #hear(message: Message): void {
    const { reply } = message as PushMessage;
    const [kind = '', ...parts] = 'items' in reply ? reply.items.map((item) => (item.kind === 'bulk' ? decodeUtf8(item.bytes) : '')) : [];
    const [name = '', second = '', third = ''] = parts;
    if (kind === 'message') this.#listeners.get(`channel:${name}`)?.(second, name);
    else if (kind === 'pmessage') this.#listeners.get(`pattern:${name}`)?.(third, second, name);
  }
}

function firstKey(args: readonly Bytes[]): string | undefined {
  const command = COMMANDS.get((args[0] ?? '').toLowerCase());
  const key = command === undefined ? undefined : keysOf(command, args)[0];
  return key === undefined ? undefined : decodeUtf8(key);
}

function historyValue(value: RedisValue): HistoryValue {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof RedisReplyError) return { error: value.message };
  if (Array.isArray(value)) return (value as readonly RedisValue[]).map(historyValue);
  return value as string | number | null;
}
