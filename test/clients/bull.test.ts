import Bull from 'bull';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRedis } from '../../src/redis/index.ts';
import { redisConnector, serveRedis } from '../../src/wire/index.ts';

const open: { close(): unknown }[] = [];
// Bull counts on timers of its own, so its tests live in real time.
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

test('bull in process: concurrency, retries with a backoff, progress', async () => {
  const redis = createRedis({ now: Date.now() });
  // The type that bull wants is that of the older ioredis it brings.
  const createClient = (): never => new Redis({ Connector: redisConnector(redis), maxRetriesPerRequest: null, enableReadyCheck: false }) as never;
  const queue = new Bull<{ readonly n: number }>('thumbnails', { createClient });
  open.push(queue);
  const progress: number[] = [];
  queue.on('global:progress', (_, value: number) => { progress.push(value); });
  await queue.isReady();
  void queue.process(3, async (job) => {
    await job.progress(50);
    if (job.data.n === 2 && job.attemptsMade === 0) throw new Error('once');
    return job.data.n * 10;
  });
  const jobs = await Promise.all([1, 2, 3].map((n) => queue.add({ n }, { attempts: 2 })));
  expect(await Promise.all(jobs.map((job) => job.finished()))).toEqual([10, 20, 30]);
  await vi.waitFor(() => { expect(progress).toEqual([50, 50, 50, 50]); });
  expect(await queue.getJobCounts()).toEqual({ waiting: 0, active: 0, completed: 3, failed: 0, delayed: 0, paused: 0 });
});

test('bull over a port: delayed jobs, priorities, pausing', async () => {
  const served = await serveRedis();
  open.push(served);
  const queue = new Bull('mail', { redis: { port: served.port, host: '127.0.0.1' } });
  open.push(queue);
  const ran: string[] = [];
  await queue.pause();
  await queue.add({ name: 'low' }, { priority: 9 });
  await queue.add({ name: 'high' }, { priority: 1 });
  await queue.add({ name: 'later' }, { delay: 60 });
  expect(await queue.getPausedCount()).toBe(2);
  void queue.process((job) => Promise.resolve(ran.push(job.data.name)));
  await queue.resume();
  await vi.waitFor(() => { expect(ran).toEqual(['high', 'low', 'later']); });
});
