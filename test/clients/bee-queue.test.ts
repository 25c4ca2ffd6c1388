import Queue from 'bee-queue';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis } from '../../src/wire/index.ts';

const open: { close(): unknown }[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

test('bee-queue (node_redis 3): jobs, retries, delays, progress', async () => {
  const served = await serveRedis();
  open.push(served);
  const queue = new Queue<{ readonly n: number }>('sums', { redis: { port: served.port, host: '127.0.0.1' }, activateDelayedJobs: true });
  open.push({ close: () => queue.close(1000) });
  await queue.ready();
  let tries = 0;
  queue.process(2, (job: Queue.Job<{ readonly n: number }>) => {
    job.reportProgress(job.data.n);
    return job.data.n === 2 && tries++ === 0 ? Promise.reject(new Error('once')) : Promise.resolve(job.data.n * 2);
  });
  const progress = new Set<unknown>();
  const results = await Promise.all([1, 2, 3].map(async (n) => {
    const job = queue.createJob({ n }).retries(1);
    if (n === 3) job.delayUntil(Date.now() + 50);
    const done = new Promise((resolve) => { job.on('succeeded', resolve); });
    job.on('progress', (value) => { progress.add(value); });
    await job.save();
    return done;
  }));
  expect(results).toEqual([2, 4, 6]);
  expect(progress).toEqual(new Set([1, 2, 3]));
  expect(await queue.checkHealth()).toMatchObject({ waiting: 0, active: 0, succeeded: 3, failed: 0, delayed: 0 });
});
