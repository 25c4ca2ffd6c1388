/**
 * Delivering entries to the consumers of a group, and telling replicas: each delivery as the `XCLAIM` that brings it about,
 * the group's progress as `XGROUP SETID`.
 *
 * @module
 */
import type { Bytes } from '../bytes/bytes.ts';
import type { Call } from '../call.ts';
import { array, NIL_ARRAY, type Reply } from '../reply.ts';
import { ById, formatId, ID_MAX, type Consumer, type ConsumerGroup, type PendingEntry, type StreamId, type StreamValue } from '../values/stream-value.ts';
import { entryReply, idReply } from './stream-arguments.ts';

/** Adds an effect to those of a command that is never replicated itself. */
export function addEffect(call: Call, ...args: readonly Bytes[]): void {
  call.propagateAs(...(call.rewritten ?? []), args);
}

/** Replicates the state of a pending entry. */
export function propagateClaim(call: Call, key: Bytes, name: Bytes, group: ConsumerGroup, id: StreamId, pending: PendingEntry): void {
  addEffect(
    call, 'XCLAIM', key, name, pending.consumer?.name ?? '', '0', formatId(id), 'TIME', String(pending.deliveredAt),
    'RETRYCOUNT', String(pending.deliveries), 'FORCE', 'JUSTID', 'LASTID', formatId(group.lastId),
  );
}

/** Replicates how far a group has come. */
export function propagateGroup(call: Call, key: Bytes, name: Bytes, group: ConsumerGroup): void {
  addEffect(call, 'XGROUP', 'SETID', key, name, formatId(group.lastId), 'ENTRIESREAD', String(group.entriesRead));
}

/** The consumer of a name, made when there is none. */
export function openConsumer(call: Call, key: Bytes, groupName: Bytes, group: ConsumerGroup, name: Bytes, propagates: boolean): Consumer {
  let consumer = group.consumers.get(name);
  if (consumer === undefined) {
    consumer = { name, seenAt: call.now, pending: new ById<PendingEntry>() };
    group.consumers.set(name, consumer);
    call.event('stream', 'xgroup-createconsumer', key);
    if (propagates) addEffect(call, 'XGROUP', 'CREATECONSUMER', key, groupName, name);
  }
  consumer.seenAt = call.now;
  return consumer;
}

/** Gives a pending entry to a consumer. */
export function assign(consumer: Consumer, id: StreamId, pending: PendingEntry): void {
  if (pending.consumer === consumer) return;
  pending.consumer?.pending.delete(id);
  pending.consumer = consumer;
  consumer.pending.set(id, pending);
}

/** To whom entries are delivered. */
export interface Delivery {
  readonly key: Bytes;
  readonly stream: StreamValue;
  readonly name: Bytes;
  readonly group: ConsumerGroup;
  readonly consumer: Consumer;
}

/** Delivers the entries that the group has not seen; the reply lists them. */
export function deliver(call: Call, { key, stream, name, group, consumer }: Delivery, count: number, noAck: boolean): Reply {
  const replies: Reply[] = [];
  const start = group.lastId;
  stream.walk(start + 1n, ID_MAX, (entry) => {
    group.entriesRead = group.entriesRead !== -1n && !stream.hasTombstonesFrom(entry.id) ? group.entriesRead + 1n
      : stream.entriesAdded > 0n ? stream.distanceTo(entry.id) : group.entriesRead;
    group.lastId = entry.id;
    if (!noAck) {
      let pending = group.pending.get(entry.id);
      if (pending === undefined) {
        pending = { consumer: undefined, deliveredAt: call.now, deliveries: 1 };
        group.pending.set(entry.id, pending);
      }
      assign(consumer, entry.id, pending);
      pending.deliveredAt = call.now;
      pending.deliveries = 1;
      propagateClaim(call, key, name, group, entry.id, pending);
    }
    return replies.push(entryReply(entry)) !== count;
  });
  // A claim tells replicas the group's last id; without one they are told it by itself.
  if (noAck && group.lastId !== start) propagateGroup(call, key, name, group);
  return array(replies);
}

/** Delivers again what a consumer has got and not acknowledged. An entry that is gone shows its id and nil. */
export function deliverHistory(call: Call, stream: StreamValue, consumer: Consumer, after: StreamId, count: number): Reply {
  const replies: Reply[] = [];
  for (let place = consumer.pending.placeOf(after + 1n); place < consumer.pending.size; place++) {
    const found = consumer.pending.at(place);
    if (found === undefined || after === ID_MAX) break;
    const entry = stream.get(found.id);
    if (entry === undefined) {
      replies.push(array([idReply(found.id), NIL_ARRAY]));
    } else {
      replies.push(entryReply(entry));
      found.value.deliveredAt = call.now;
      found.value.deliveries++;
    }
    if (replies.length === count) break;
  }
  return array(replies);
}
