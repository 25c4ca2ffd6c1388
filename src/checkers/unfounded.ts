/**
 * A look before the search, in linear time: does an operation report something that no operation could have brought about
 * before it returned? A read of 7 where nobody wrote 7 decides a history at once, however small the budget. What may have
 * been produced is taken generously (an operation of unknown outcome counts, however late it was), so a finding is a proof.
 *
 * @module
 */
import type { Operation } from '../history/operation.ts';
import type { Model } from './model.ts';

/** An operation that cannot have answered as it did. */
export interface Unfounded {
  readonly observer: Operation;
  /** What it reports, as the model words it. */
  readonly seen: string;
  /** Of the operations that could produce it, the one called first: after the observer had returned. Undefined = there is none. */
  readonly producer: Operation | undefined;
}

/**
 * Looks for an operation that reports what nobody produced, else for one that reports it too early.
 *
 * @param model - the object; it must tell what operations produce and need
 * @param operations - all operations of that object
 */
export function findUnfounded<State>(model: Model<State>, operations: readonly Operation[]): Unfounded | undefined {
  if (model.produces === undefined || model.needs === undefined) return undefined;
  const first = new Map<string, Operation>();
  for (const operation of operations) {
    for (const text of model.produces(operation)) {
      const known = first.get(text);
      if (known === undefined || operation.call < known.call) first.set(text, operation);
    }
  }
  let early: Unfounded | undefined;
  for (const observer of operations) {
    if (observer.return === null) continue;
    for (const seen of model.needs(observer)) {
      const producer = first.get(seen);
      if (producer === undefined) return { observer, seen, producer };
      if (producer.call > observer.return) early ??= { observer, seen, producer };
    }
  }
  return early;
}
