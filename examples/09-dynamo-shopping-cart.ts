/**
 * D3: last-write-wins drops acknowledged writes; siblings keep them.
 *
 * Two people put things into one cart at the same time. With last-write-wins one of the two puts is acknowledged and gone.
 * With siblings the store keeps both versions, and the next reader merges them: an "add to cart" is never lost.
 */
import { checkLinearizability } from 'splitbrain/checkers';
import { createDynamo, type DynamoClient } from 'splitbrain/dynamo';
import { scenario } from 'splitbrain/scenarios';

/** Puts an item into the cart: read, merge what was read, write. The set operation is what goes into the history. */
async function add(client: DynamoClient, item: string): Promise<void> {
  await client.client.operation<void>({ f: 'add', key: 'cart', value: item }, (settle) => {
    const done = async (): Promise<void> => {
      const { values, context } = await client.get('cart', { record: false });
      await client.put('cart', [...new Set([...values.flatMap(itemsOf), item])].join(' '), { context, record: false });
    };
    done().then(() => { settle.ok(undefined); }, settle.fail);
  });
}

async function read(client: DynamoClient): Promise<void> {
  await client.client.operation<void>({ f: 'read', key: 'cart' }, (settle) => {
    client.get('cart', { record: false }).then(({ values }) => {
      settle.ok(undefined, { value: [...new Set(values.flatMap(itemsOf))].sort() });
    }, settle.fail);
  });
}

const itemsOf = (value: string): string[] => value.split(' ').filter((item) => item !== '');

export const shoppingCart = scenario({
  name: 'shopping-cart',
  title: 'Dynamo: last-write-wins loses what was put into the cart (D3)',
  source: 'DeCandia et al., SOSP 2007, sections 4.4 and 6; Jepsen: Riak, 2013',
  watch: [
    'alice and bob put two things each into one cart, at the same time. Every put is acknowledged by a quorum.',
    'Watch the last read: is everything in the cart?',
  ],
  seeds: 200,
  configurations: {
    'last-write-wins': { expect: 'violation', title: 'last write wins', settings: 'lww' },
    'siblings': { expect: 'ok', title: 'siblings, merged by the reader', settings: 'siblings' },
  },
  setup(sim, conflict) {
    const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2, conflict });
    const [first, second, third] = dynamo.homeNodes('cart');
    const through = (name: string, node: typeof first): DynamoClient => dynamo.client({ name, coordinator: node ?? 'd1' });
    return { alice: through('alice', first), bob: through('bob', second), carol: through('carol', third) };
  },
  async workload(sim, { alice, bob, carol }) {
    await Promise.all([
      (async () => { await add(alice, 'milk'); await add(alice, 'bread'); })(),
      (async () => { await add(bob, 'eggs'); await add(bob, 'soap'); })(),
    ]);
    await sim.sleep('1s');
    await read(carol);
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'set' }),
});
