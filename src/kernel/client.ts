/**
 * A client: itself a node on the network, so that it can be cut off from the servers, its clock can be wrong, and its
 * request can time out with the outcome unknown. Promises begin here and nowhere below.
 *
 * @module
 */
import { NumberedMap } from '../structures/numbered-map.ts';
import { RequestTimeoutError, UsageError, type SplitbrainError } from './errors.ts';
import type { Completion, History, HistoryValue, Invocation } from './history.ts';
import type { Host, Machine, MachineFactory, Message, Timer, TimerId } from './node.ts';
import type { Random } from './random.ts';
import type { PendingWork, Work } from './settling.ts';
import { formatDuration, type Micros, type NodeId } from './units.ts';

/** Where a client stands, and its name, which is its process in the history. */
export interface ClientOptions {
  readonly name: string;
  readonly region?: string;
  readonly zone?: string;
}

/** A message that asks for a reply. The client fills in `requestId`; the reply must carry the same. */
export interface Request extends Message {
  requestId: number;
}

/** What an operation asks, as the history records it. */
export interface OperationDescription {
  readonly f: string;
  readonly key?: string | number;
  readonly value?: HistoryValue;
  /** False leaves the operation out of the history. */
  readonly record?: boolean;
}

/** Ends an operation, once. */
export interface Settle<T> {
  /** It happened; `completion` is what the history says of it. */
  readonly ok: (result: T, completion?: Completion) => void;
  /** It failed: `fail` in the history when the error is definite, `info` when not. */
  readonly fail: (error: SplitbrainError) => void;
}

/**
 * A request under way. A class to extend where there are so many that a closure for each would cost more than the rest; all others
 * hand a function to {@link Client.request}.
 */
export abstract class PendingRequest implements Timer {
  /** What it is called in the trace when its time is over. */
  readonly type = 'request-timeout';
  /** @internal Its number; filled in as it is sent, like all below. */
  requestId = 0;
  /** @internal What cancels its time-out. */
  timer: TimerId = 0 as TimerId;
  /** @internal Who was asked. */
  to: NodeId = '' as NodeId;
  /** @internal The type of what was asked. */
  asked = '';
  /** @internal How long it waits. */
  timeout: Micros = 0 as Micros;
  /** @internal Until when. */
  deadline: Micros = 0 as Micros;

  /** Called once each time it was sent: with the reply that bears its number, or with a {@link RequestTimeoutError}. */
  abstract answered(error: SplitbrainError | undefined, reply: Message | undefined): void;
}

type Reply<R extends Message> = (error: SplitbrainError | undefined, reply: R | undefined) => void;

/** One whose answer goes to a function. */
class CallbackRequest<R extends Message> extends PendingRequest {
  readonly #done: Reply<R>;

  constructor(done: Reply<R>) {
    super();
    this.#done = done;
  }

  override answered(error: SplitbrainError | undefined, reply: Message | undefined): void {
    this.#done(error, reply as R | undefined);
  }
}

/** An operation under way; a class, since there is one for each operation, and a closure for each of its ends would cost more than the rest. */
class RunningOperation<T> implements Settle<T>, Work {
  readonly #history: History;
  readonly #invocation: Invocation | undefined;
  readonly #resolve: (result: T) => void;
  readonly #reject: (error: unknown) => void;
  readonly #pending: PendingWork;
  readonly #client: NodeId;
  readonly #operation: OperationDescription;
  /** Its number among the work that is waited for; undefined when it is over. */
  #work: number | undefined;
  #promise: Promise<T> | undefined = undefined;

  constructor(
    history: History, invocation: Invocation | undefined, resolve: (result: T) => void, reject: (error: unknown) => void, pending: PendingWork, client: NodeId,
    operation: OperationDescription,
  ) {
    this.#history = history;
    this.#invocation = invocation;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#pending = pending;
    this.#client = client;
    this.#operation = operation;
    this.#work = pending.enter(this);
  }

  /** Its promise, as soon as there is one. */
  become(promise: Promise<T>): void {
    this.#promise = promise;
    // It may have ended as it began.
    if (this.#work === undefined) promise.catch(ignore);
  }

  describe(): string {
    const { f, key } = this.#operation;
    return key === undefined || key === '' ? `${this.#client}: ${f}` : `${this.#client}: ${f} ${key}`;
  }

  // Functions of their own, so that they can be handed to whoever calls back.
  readonly ok = (result: T, completion?: Completion): void => {
    const work = this.#work;
    if (work === undefined) return;
    this.#work = undefined;
    if (this.#invocation !== undefined) this.#history.ok(this.#invocation, completion);
    this.#resolve(result);
    this.#pending.leave(work);
  };

  readonly fail = (error: unknown): void => {
    const work = this.#work;
    if (work === undefined) return;
    this.#work = undefined;
    if (this.#invocation !== undefined) this.#history.failed(this.#invocation, error);
    // The history has what became of it: a workload that does not wait for an operation is not brought down by its failure.
    this.#promise?.catch(ignore);
    this.#reject(error);
    this.#pending.leave(work);
  };
}

function ignore(): void {
  // Whoever waits for it is told.
}

/** A client of the simulated stores. Stores build their own typed clients on one of these. */
export class Client implements Machine {
  readonly id: NodeId;
  readonly random: Random;
  readonly history: History;
  readonly #pending: PendingWork;
  readonly #later: (at: Micros, callback: () => void) => void;
  /** The present incarnation's; while the client is down, the last one's, which is dead. */
  #host: Host;
  #isUp = true;
  readonly #waiting = new NumberedMap<PendingRequest>();
  #nextRequest = 1;
  #push: ((from: NodeId, message: Message) => void) | undefined;
  #program: { readonly factory: MachineFactory; readonly types: ReadonlySet<string>; machine: Machine } | undefined;

  /** @internal Made by the simulation. */
  constructor(host: Host, history: History, pending: PendingWork, later: (at: Micros, callback: () => void) => void) {
    this.#host = host;
    this.#later = later;
    this.id = host.id;
    this.random = host.random;
    this.history = history;
    this.#pending = pending;
  }

  /** @internal An incarnation begins. */
  begin(host: Host): void {
    this.#host = host;
    this.#isUp = true;
    if (this.#program !== undefined) this.#program.machine = this.#program.factory(host);
  }

  /**
   * Has a program live in the client's process, such as a library that coordinates requests itself. It is made anew when the
   * client restarts.
   *
   * @param factory - makes it
   * @param types - the messages that are for it and not for whoever waits for a reply
   * @returns the program running now
   */
  embed<M extends Machine>(factory: (host: Host) => M, types: ReadonlySet<string>): () => M {
    const program = { factory, types, machine: factory(this.#host) };
    this.#program = program;
    return () => program.machine as M;
  }

  /** @internal The incarnation ends, and with it its timers. Whoever waits for an answer learns that in the request's time. */
  end(): void {
    this.#isUp = false;
    for (const [requestId, { deadline }] of this.#waiting.entries()) this.#later(deadline, () => this.#expire(requestId));
  }

  /** The client's own wall clock: microseconds since the Unix epoch, with its skew. */
  now(): Micros {
    return this.#host.now();
  }

  /** The client's monotonic clock: microseconds since the simulation began. */
  monotonic(): Micros {
    return this.#host.monotonic();
  }

  /** Sends a message that expects no reply. */
  send(to: NodeId, message: Message): void {
    this.#host.send(to, message);
  }

  /**
   * Asks a node and calls back once: with the reply that carries the request's id, or with a {@link RequestTimeoutError},
   * which is also what becomes of a request that was under way when the client crashed or that it makes while it is down.
   *
   * @param to - the node asked
   * @param request - its `requestId` is filled in here
   * @param timeout - how long to wait
   * @param done - called with the error or the reply
   * @param ordered - whether it must not overtake earlier ordered requests to that node
   */
  request<R extends Message>(
    to: NodeId, request: Request, timeout: Micros, done: (error: SplitbrainError | undefined, reply: R | undefined) => void,
    ordered: boolean = false,
  ): void {
    this.ask(to, request, timeout, new CallbackRequest<R>(done), ordered);
  }

  /** As {@link request}, with an object that is answered in place of a function. */
  ask(to: NodeId, request: Request, timeout: Micros, pending: PendingRequest, ordered: boolean = false): void {
    const requestId = this.#nextRequest++;
    request.requestId = requestId;
    const deadline = (this.#host.monotonic() + timeout) as Micros;
    pending.requestId = requestId;
    pending.to = to;
    pending.asked = request.type;
    pending.timeout = timeout;
    pending.deadline = deadline;
    pending.timer = this.#host.setTimer(timeout, pending);
    this.#waiting.set(requestId, pending);
    this.#pending.bind(deadline);
    if (!this.#isUp) this.#later(deadline, () => this.#expire(requestId));
    if (ordered) this.#host.sendOrdered(to, request);
    else this.#host.send(to, request);
  }

  /**
   * Runs one operation of this client: it is written to the history as it is invoked and as it completes, and the promise
   * settles at the instant of the simulation at which `settle` is called.
   *
   * @param operation - what is asked
   * @param start - begins it, and calls `settle` once
   */
  operation<T>(operation: OperationDescription, start: (settle: Settle<T>) => void): Promise<T> {
    const { history } = this;
    const invocation = operation.record === false
      ? undefined
      : history.invoke(this.id, operation.f, operation.key, operation.value ?? null);
    let running: RunningOperation<T> | undefined;
    const promise = new Promise<T>((resolve, reject) => {
      running = new RunningOperation<T>(history, invocation, resolve, reject, this.#pending, this.id, operation);
      try {
        start(running);
      } catch (error) {
        // Nothing was sent: the arguments were wrong.
        running.fail(error as SplitbrainError);
      }
    });
    running?.become(promise);
    this.#pending.own.add(promise);
    return promise;
  }

  /** Receives messages that answer no request, such as pub/sub pushes. One listener. */
  onPush(listener: (from: NodeId, message: Message) => void): void {
    this.#pending.hasListener = true;
    this.#push = listener;
  }

  /** Settles a promise of the workload that is not an operation, such as a listener's. @internal */
  get pending(): PendingWork {
    return this.#pending;
  }

  onMessage(from: NodeId, message: Message): void {
    if (this.#program !== undefined && this.#program.types.has(message.type)) {
      this.#program.machine.onMessage(from, message);
      return;
    }
    const { requestId } = message as Partial<Request>;
    if (requestId === undefined) {
      this.#pending.stir();
      this.#push?.(from, message);
      return;
    }
    const waiting = this.#waiting.take(requestId);
    if (waiting === undefined) return;
    this.#host.cancelTimer(waiting.timer);
    waiting.answered(undefined, message);
  }

  onTimer(timer: Timer): void {
    const { requestId } = timer as Partial<PendingRequest>;
    if (requestId === undefined) this.#program?.machine.onTimer?.(timer);
    else this.#expire(requestId);
  }

  #expire(requestId: number): void {
    const waiting = this.#waiting.take(requestId);
    if (waiting === undefined) return;
    const { asked, to, timeout } = waiting;
    waiting.answered(new RequestTimeoutError(`${this.id}: no answer to ${asked} from ${to} within ${formatDuration(timeout)}`), undefined);
  }
}

/** @internal Refuses a client's name that is not usable. */
export function clientName(options: ClientOptions): string {
  if (typeof options?.name !== 'string') throw new UsageError('INVALID_NAME', 'a client needs a name');
  return options.name;
}
