import KeyvRedis from '@keyv/redis';
import { Keyv } from 'keyv';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveRedis } from '../../src/wire/index.ts';

const open: { close(): unknown }[] = [];
beforeEach(() => { vi.unstubAllGlobals(); vi.restoreAllMocks(); });
afterEach(async () => { for (const thing of open.splice(0).reverse()) await thing.close(); });

test('keyv keeps its values in it, each namespace apart, and for their time', async () => {
  const served = await serveRedis();
  open.push(served);
  const [users, other] = ['users', 'other'].map((namespace) => {
    const keyv = new Keyv({ store: new KeyvRedis(`redis://127.0.0.1:${served.port}`), namespace });
    open.push({ close: () => keyv.disconnect() });
    return keyv;
  }) as [Keyv, Keyv];
  await users.set('ann', { visits: [1, 2] });
  await users.set('bob', 'soon gone', 40);
  await other.set('ann', 'another');
  expect(await users.getMany(['ann', 'bob', 'nobody'])).toEqual([{ visits: [1, 2] }, 'soon gone', undefined]);
  await vi.waitFor(async () => { expect(await users.get('bob')).toBeUndefined(); });
  await users.clear();
  expect([await users.has('ann'), await other.get('ann')]).toEqual([false, 'another']);
});
