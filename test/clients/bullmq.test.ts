import { FlowProducer, Queue, QueueEvents, Worker, type ConnectionOptions } from 'bullmq';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRedis, type RedisStandalone } from '../../src/redis/index.ts';
import { redisConnector } from '../../src/wire/index.ts';

let redis: RedisStandalone;
let connection: ConnectionOptions;
const open: { close(): Promise<void> }[] = [];

beforeEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  redis = createRedis();
  // BullMQ reads the time of day; it and the Redis shall agree on it.
  vi.spyOn(Date, 'now').mockImplementation(() => redis.now);
  connection = { Connector: redisConnector(redis), maxRetriesPerRequest: null };
});
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

function opened<T extends { close(): Promise<void> }>(thing: T): T {
  open.push(thing);
  return thing;
}

test('jobs run with no Redis installed: in order of priority, and as often as they may be tried', async () => {
  const ran: string[] = [];
  const queue = opened(new Queue('mail', { connection }));
  const events = opened(new QueueEvents('mail', { connection }));
  await events.waitUntilReady();
  await queue.add('low', {}, { priority: 10 });
  await queue.add('high', {}, { priority: 1 });
  const flaky = await queue.add('flaky', { to: 'ann' }, { attempts: 3, priority: 20 });
  const hopeless = await queue.add('hopeless', {}, { attempts: 2, priority: 30 });
  opened(new Worker('mail', (job) => {
    ran.push(job.name);
    if (job.name === 'hopeless' || (job.name === 'flaky' && job.attemptsMade < 2)) return Promise.reject(new Error('not now'));
    return Promise.resolve(`sent ${job.name}`);
  }, { connection }));
  expect(await flaky.waitUntilFinished(events)).toBe('sent flaky');
  await expect(hopeless.waitUntilFinished(events)).rejects.toThrow('not now');
  expect(ran).toEqual(['high', 'low', 'flaky', 'flaky', 'flaky', 'hopeless', 'hopeless']);
  expect(await queue.getJobCounts('completed', 'failed', 'waiting')).toEqual({ completed: 3, failed: 1, waiting: 0 });
});

test('a job that is delayed by a day runs when the clock is moved by a day', async () => {
  const ran: string[] = [];
  const queue = opened(new Queue('reminders', { connection }));
  opened(new Worker('reminders', (job) => Promise.resolve(ran.push(job.name)), { connection }));
  await queue.add('tomorrow', {}, { delay: 86_400_000 });
  await queue.add('today', {});
  await vi.waitFor(() => { expect(ran).toEqual(['today']); });
  redis.advance('23h');
  expect(await queue.getDelayedCount()).toBe(1);
  redis.advance('1h');
  await vi.waitFor(() => { expect(ran).toEqual(['today', 'tomorrow']); });
});

test('what is scheduled for every hour runs each time an hour has passed', async () => {
  let ticks = 0;
  const queue = opened(new Queue('cron', { connection }));
  const worker = opened(new Worker('cron', () => Promise.resolve(ticks++), { connection }));
  await worker.waitUntilReady();
  await queue.upsertJobScheduler('hourly', { every: 3_600_000 }, { name: 'tick' });
  for (let hour = 1; hour <= 3; hour++) {
    await vi.waitFor(async () => { expect([ticks, await queue.getDelayedCount()]).toEqual([hour, 1]); });
    redis.advance('1h');
  }
});

test('a parent waits for its children and sees what they returned', async () => {
  const flow = opened(new FlowProducer({ connection }));
  const events = opened(new QueueEvents('film', { connection }));
  await events.waitUntilReady();
  opened(new Worker('film', async (job) => (job.name === 'cut' ? Object.values(await job.getChildrenValues<number>()).reduce((sum, n) => sum + n, 0) : 20), { connection, concurrency: 2 }));
  const { job } = await flow.add({ name: 'cut', queueName: 'film', children: [{ name: 'scene', queueName: 'film' }, { name: 'scene', queueName: 'film' }] });
  expect(await job.waitUntilFinished(events)).toBe(40);
});

test('a limiter holds jobs back until its window has passed', async () => {
  let ran = 0;
  const queue = opened(new Queue('calls', { connection }));
  await queue.addBulk(Array.from({ length: 5 }, () => ({ name: 'call', data: {} })));
  opened(new Worker('calls', () => Promise.resolve(ran++), { connection, limiter: { max: 2, duration: 60 } }));
  await vi.waitFor(() => { expect(ran).toBe(2); });
  // The worker sleeps on a timer of its own, for as long as Redis says: both clocks must pass.
  for (const total of [4, 5]) {
    redis.advance('60ms');
    await vi.waitFor(() => { expect(ran).toBe(total); });
  }
});
