/**
 * What both kinds of clients do to ask the store: check the arguments, choose whom to ask, remember what was seen of each key.
 *
 * @module
 */
import { clockToRecord } from '../distributed/vector-clock.ts';
import { PendingRequest, type Client, type Settle } from '../kernel/client.ts';
import { UsageError, type SplitbrainError } from '../kernel/errors.ts';
import type { Completion, HistoryValue, HistoryVersion } from '../kernel/history.ts';
import type { Message } from '../kernel/node.ts';
import { duration, type DurationInput, type Micros, type NodeId } from '../kernel/units.ts';
import { blobBytes, keyText, valueText, type Blob } from './bytes.ts';
import { ClientLibrary, LIBRARY_MESSAGES } from './client-library.ts';
import { Context, contextFrom } from './context.ts';
import { QuorumError } from './errors.ts';
import { RingView } from './membership/ring-view.ts';
import type { ClientReply, GetRequest, Gossip, PutRequest } from './messages.ts';
import { oneOf, whole, type CoordinatorChoice, type DynamoConfig, type ReadRepair } from './options.ts';
import type { Ring } from './ring.ts';
import { contextOf, type Versions } from './version.ts';

/** A node by name or as an object that has one. */
export type NodeName = string | { readonly id: string };

/** What a get found. */
export interface GetResult {
  /** The values of all versions that nobody has superseded, oldest first; several after concurrent writes. Deleted ones are left out. */
  readonly values: readonly string[];
  /** The only value, or the latest of several by timestamp; undefined when there is none. */
  readonly value: string | undefined;
  /** Hand it to the next `put` of the key: it says what that put has seen. */
  readonly context: Context;
  /** Everything that is known of each version, tombstones included. */
  readonly versions: Versions;
  /** The values as bytes. */
  bytes(): Uint8Array[];
}

/** What a get can be told. */
export interface GetOptions {
  /** Replicas to wait for, in place of the deployment's R. */
  readonly r?: number;
  /** How many replicas are asked, in place of the deployment's N. */
  readonly n?: number;
  /** What becomes of stale replicas, in place of the deployment's. */
  readonly readRepair?: ReadRepair;
  /** Home nodes among them, in place of the deployment's PR. */
  readonly pr?: number;
  /** In place of the deployment's. */
  readonly sloppy?: boolean;
  /** How long the coordinator may try, in place of the deployment's `requestTimeout`. */
  readonly timeout?: DurationInput;
  /** The node to ask, in place of the one that the client would choose. */
  readonly coordinator?: NodeName;
  /** False leaves it out of the history. */
  readonly record?: boolean;
}

/** What a put or delete can be told. */
export interface PutOptions {
  /** Replicas to wait for, in place of the deployment's W. */
  readonly w?: number;
  /** How many replicas are written, in place of the deployment's N. */
  readonly n?: number;
  /** Home nodes among them, in place of the deployment's PW. */
  readonly pw?: number;
  /** Replicas that must have it on their disk, in place of the deployment's DW. */
  readonly dw?: number;
  /** In place of the deployment's. */
  readonly sloppy?: boolean;
  /** How long the coordinator may try, in place of the deployment's `requestTimeout`. */
  readonly timeout?: DurationInput;
  /** The node to ask, in place of the one that the client would choose. */
  readonly coordinator?: NodeName;
  /** What the put has seen, or that as text. Left out: what this client saw last of the key. `null`: nothing, a blind write. */
  readonly context?: Context | string | null;
  /** False leaves it out of the history. */
  readonly record?: boolean;
}

/** How a client asks. */
export interface RequestSettings {
  readonly client: Client;
  /** As it is now: it may change while the deployment runs. */
  readonly config: DynamoConfig;
  /** The ring at first. */
  readonly ring: Ring;
  readonly timeout: Micros;
  /** How often a request that failed is made again. */
  readonly retries: number;
  /** Always this node. */
  readonly coordinator: NodeId | undefined;
  readonly choice: CoordinatorChoice;
  /** Whether a library in the client's process coordinates. */
  readonly isDriving: boolean;
  /** All nodes there are. */
  readonly nodes: () => readonly NodeId[];
}

/** How old a client's view of the ring may be before it asks again (section 6.4: 10 s). */
const POLL_INTERVAL = 10_000_000;

const NO_VALUES: readonly string[] = [];

function valuesOf(versions: Versions): readonly string[] {
  if (versions.length > 1) return versions.flatMap(({ value }) => (value === null ? [] : [value]));
  const only = versions[0]?.value;
  return typeof only === 'string' ? [only] : NO_VALUES;
}

class Found implements GetResult {
  readonly values: readonly string[];
  readonly value: string | undefined;
  readonly context: Context;
  readonly versions: Versions;

  constructor(key: string, versions: Versions) {
    const values = valuesOf(versions);
    this.values = values;
    this.value = values[values.length - 1];
    this.context = new Context(key, contextOf(versions));
    this.versions = versions;
  }

  bytes(): Uint8Array[] {
    return this.values.map(blobBytes);
  }
}

/** One request under way, which is made again when it fails, as often as the client was told to. */
class Asking extends PendingRequest {
  request: GetRequest | PutRequest;
  readonly coordinator: NodeName | undefined;
  readonly isDriving: boolean;
  readonly #requests: Requests;
  readonly #settle: Settle<GetResult> | Settle<void>;
  readonly #isRecorded: boolean;
  #retries: number;

  /** @param settle - takes what its kind of request gives */
  constructor(
    requests: Requests, request: GetRequest | PutRequest, { coordinator, record }: GetOptions | PutOptions, isDriving: boolean, retries: number,
    settle: Settle<GetResult> | Settle<void>,
  ) {
    super();
    this.request = request;
    this.coordinator = coordinator;
    this.isDriving = isDriving;
    this.#requests = requests;
    this.#settle = settle;
    this.#isRecorded = record !== false;
    this.#retries = retries;
  }

  override answered(error: SplitbrainError | undefined, message: Message | undefined): void {
    const reply = message as ClientReply | undefined;
    if (error === undefined && reply !== undefined && reply.missing === undefined) {
      if (this.request.type === 'get') this.#got(this.request, reply, this.#settle as Settle<GetResult>);
      else this.#put(this.request, reply, this.#settle as Settle<void>);
    } else if (this.#retries > 0) {
      this.#retries--;
      this.request = { ...this.request };
      this.#requests.ask(this);
    } else if (error !== undefined) {
      this.#settle.fail(error);
    } else if (reply?.missing !== undefined) {
      this.#settle.fail(new QuorumError(this.request.type, this.request.key, reply.replicas, reply.missing));
    }
  }

  #got({ key }: GetRequest, reply: ClientReply, settle: Settle<GetResult>): void {
    const found = new Found(key, reply.versions);
    this.#requests.saw(key, found.context, reply.replicas);
    settle.ok(found, this.#isRecorded ? this.#requests.completion(reply, found.values.length > 1 ? found.values : found.value ?? null) : undefined);
  }

  #put({ key, context, value }: PutRequest, reply: ClientReply, settle: Settle<void>): void {
    // With siblings that this client has not read, it has still seen no more than before.
    this.#requests.saw(key, new Context(key, reply.versions.length > 1 ? context : contextOf(reply.versions)), undefined);
    settle.ok(undefined, this.#isRecorded ? this.#requests.completion(reply, value) : undefined);
  }
}

/** The way of one client to the store. */
export class Requests {
  readonly #settings: RequestSettings;
  readonly #view: RingView;
  readonly #contexts = new Map<string, Context>();
  /** Who answered the last read of a key first. */
  readonly #fastest = new Map<string, NodeId>();
  #polledAt = 0;

  /** @param settings - how it asks */
  constructor(settings: RequestSettings) {
    const { client, config, ring, isDriving } = settings;
    this.#settings = settings;
    this.#view = new RingView(ring, config);
    if (isDriving) client.embed((host) => new ClientLibrary(host, config, this.#view), LIBRARY_MESSAGES);
    else client.embed(() => ({ onMessage: (_, message) => { this.#view.learn((message as Gossip).changes ?? []); } }), new Set(['gossip-ack']));
  }

  /** Checks a read. @throws UsageError naming the field */
  checkGet(key: Blob, { n, r, pr, sloppy, readRepair, timeout }: GetOptions): GetRequest {
    const text = keyText(key, this.#settings.config.maxKeyBytes);
    return {
      type: 'get', requestId: 0, key: text, n: this.#n(n), r: this.#count('r', r, 1, n), pr: this.#count('pr', pr, 0, n), sloppy,
      readRepair: readRepair === undefined ? undefined : oneOf<ReadRepair>('readRepair', readRepair, ['none', 'after-reply', 'before-reply']), timeout: spanOf(timeout),
    };
  }

  /** Makes a read that has been checked. */
  get(request: GetRequest, options: GetOptions, settle: Settle<GetResult>): void {
    const { isDriving, retries } = this.#settings;
    this.ask(new Asking(this, request, options, isDriving, retries, settle));
  }

  /** Checks a write; null deletes. @throws UsageError naming the field */
  checkPut(key: Blob, value: Blob | null, { n, w, pw, dw, sloppy, timeout, context }: PutOptions): PutRequest {
    const { config } = this.#settings;
    const text = keyText(key, config.maxKeyBytes);
    return {
      type: 'put', requestId: 0, key: text, value: value === null ? null : valueText(value, config.maxValueBytes), context: this.#contextOf(text, context).clock,
      n: this.#n(n), w: this.#count('w', w, 1, n), pw: this.#count('pw', pw, 0, n), dw: this.#count('dw', dw, 0, n), sloppy, timeout: spanOf(timeout),
    };
  }

  /** Makes a write that has been checked. */
  put(request: PutRequest, options: PutOptions, settle: Settle<void>): void {
    const { isDriving, config, retries } = this.#settings;
    this.ask(new Asking(this, request, options, isDriving && config.conflict === 'lww', retries, settle));
  }

  /** @internal What this client has seen of a key; of a read, with who answered. */
  saw(key: string, context: Context, replicas: readonly NodeId[] | undefined): void {
    this.#contexts.set(key, context);
    if (this.#settings.choice !== 'fastest' || replicas === undefined) return;
    const [fastest] = replicas;
    if (fastest !== undefined) this.#fastest.set(key, fastest);
  }

  #contextOf(key: string, given: PutOptions['context']): Context {
    if (given === undefined) return this.#contexts.get(key) ?? new Context(key, []);
    return given === null ? new Context(key, []) : contextFrom(given, key);
  }

  #count(name: 'r' | 'w' | 'pr' | 'pw' | 'dw', value: number | undefined, least: number, n: number | undefined): number | undefined {
    // With another N the deployment's own counts may be too many.
    if (value === undefined) return n === undefined ? undefined : Math.min(this.#settings.config[name], n);
    return whole(name, value, least, n ?? this.#settings.config.n, ' (n)');
  }

  #n(n: number | undefined): number | undefined {
    return n === undefined ? undefined : whole('n', n, 1, this.#view.membership.current.members.length, ' (the number of nodes)');
  }

  /** @internal Sends a request, for the first time or again. */
  ask(asking: Asking): void {
    const { client, timeout } = this.#settings;
    const { request, coordinator } = asking;
    const patience = request.timeout === undefined || request.timeout <= timeout ? timeout : request.timeout;
    this.#poll();
    const to = asking.isDriving && coordinator === undefined ? client.id : this.#choose(request.key, coordinator, request.type === 'put');
    client.ask(to, request, patience, asking);
  }

  /** A partition-aware client asks a home node of the key; another kind any node at all. */
  #choose(key: string, named: NodeName | undefined, isPut: boolean): NodeId {
    const { client, config, coordinator, choice, nodes } = this.#settings;
    const asked = named ?? coordinator;
    if (asked !== undefined) return (typeof asked === 'string' ? asked : asked.id) as NodeId;
    if (choice === 'random-node') return client.random.pick(nodes());
    const fastest = choice === 'fastest' && isPut ? this.#fastest.get(key) : undefined;
    const list = this.#view.preferenceListOf(key);
    if (fastest !== undefined && list.includes(fastest)) return fastest;
    return list[client.random.below(Math.min(config.n, list.length))] as NodeId;
  }

  /** Asks a node about joins and leaves, when the view is old. */
  #poll(): void {
    const { client, choice, isDriving, nodes } = this.#settings;
    if (client.monotonic() - this.#polledAt < POLL_INTERVAL || (choice === 'random-node' && !isDriving)) return;
    this.#polledAt = client.monotonic();
    const message: Gossip = { type: 'gossip', digest: this.#view.digest, changes: undefined };
    client.send(client.random.pick(nodes()), message);
  }

  /** @internal What the history says of a reply. */
  completion({ versions, replicas }: ClientReply, value: HistoryValue): Completion {
    const last = versions[versions.length - 1];
    const version: HistoryVersion = last === undefined
      ? null
      : this.#settings.config.conflict === 'lww' ? last.timestamp : clockToRecord(contextOf(versions));
    const node = replicas[0];
    return node === undefined ? { value, version } : { value, version, node };
  }
}

function spanOf(timeout: DurationInput | undefined): Micros | undefined {
  if (timeout === undefined) return undefined;
  const span = duration(timeout, 'timeout');
  if (span <= 0) throw new UsageError('INVALID_OPTION', 'timeout must be longer than nothing');
  return span;
}
