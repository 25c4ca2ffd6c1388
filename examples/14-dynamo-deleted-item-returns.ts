/**
 * D2: the deleted item that comes back.
 *
 * A cut parts the replicas of a cart. On one side alice takes the beer out, on the other bob puts eggs in. The store keeps both
 * carts and hands both to whoever reads next, who merges them. A merge by union has no way to know that the beer was taken out
 * and not just never put in; an OR-set remembers which adds each cart has seen, so the beer stays out and the eggs stay in.
 */
import { checkLinearizability } from 'splitbrain/checkers';
import { createDynamo, MERGERS, type DynamoClient } from 'splitbrain/dynamo';
import { scenario } from 'splitbrain/scenarios';

/** A cart as the client keeps it: how siblings become one, and what is done to that. */
interface Cart {
  readonly merge: (siblings: readonly string[]) => string;
  readonly add: (cart: string, client: string, item: string) => string;
  readonly remove: (cart: string, item: string) => string;
  readonly items: (cart: string) => readonly string[];
}

const { 'cart-union': union, 'or-set': orSet } = MERGERS;

const CARTS: Readonly<Record<'cart-union' | 'or-set', Cart>> = {
  'cart-union': {
    merge: (siblings) => union.merge([union.encode(union.empty), ...siblings]),
    add: (cart, _, item) => union.encode(union.add(union.decode(cart), item)),
    remove: (cart, item) => union.encode(union.remove(union.decode(cart), item)),
    items: (cart) => [...union.value(union.decode(cart)).keys()],
  },
  'or-set': {
    merge: (siblings) => orSet.merge([orSet.encode(orSet.empty), ...siblings]),
    add: (cart, client, item) => orSet.encode(orSet.add(orSet.decode(cart), client, item)),
    remove: (cart, item) => orSet.encode(orSet.remove(orSet.decode(cart), item)),
    items: (cart) => orSet.value(orSet.decode(cart)),
  },
};

/** Reads the cart, merges the siblings, changes the merged cart and writes it back with the context of the read. */
function shopper(client: DynamoClient, { merge, add, remove, items }: Cart): { change: (f: 'add' | 'remove', item: string) => Promise<void>; read: () => Promise<void> } {
  const write = async (f: 'add' | 'remove', item: string): Promise<void> => {
    const edit = (cart: string): string => (f === 'add' ? add(cart, client.id, item) : remove(cart, item));
    await client.update('cart', (siblings) => edit(merge(siblings)), { record: false });
  };
  return {
    change: (f, item) => client.client.operation<void>({ f, key: 'cart', value: item }, (settle) => { write(f, item).then(settle.ok, settle.fail); }),
    read: () => client.client.operation<void>({ f: 'read', key: 'cart' }, (settle) => {
      client.get('cart', { record: false }).then(({ values }) => { settle.ok(undefined, { value: items(merge(values)) }); }, settle.fail);
    }),
  };
}

export const deletedItemReturns = scenario({
  name: 'deleted-item-returns',
  title: 'Dynamo: an item taken out of the cart comes back (D2)',
  source: 'DeCandia et al., SOSP 2007, section 4.4: "deleted items can resurface"; Bieniusa et al., INRIA RR-8083, 2012 (OR-set)',
  watch: [
    'Five nodes, N=3, R=W=2, sloppy. While the replicas are parted, alice takes the beer out and bob puts eggs in: two siblings.',
    'Watch carol, who reads when all is whole again, and merges: is there beer?',
  ],
  seeds: 200,
  configurations: {
    'cart-union': { expect: 'violation', perThousand: [1000, 1000], title: 'merged by union, as the paper\'s cart', settings: 'cart-union' },
    'or-set': { expect: 'ok', title: 'merged as an OR-set', settings: 'or-set' },
  },
  setup(sim, kind) {
    const dynamo = createDynamo(sim, { nodes: 5, n: 3, r: 2, w: 2 });
    const [here, ...there] = dynamo.homeNodes('cart').map(({ id }) => id);
    if (here === undefined) throw new Error('a home node');
    const withHere = dynamo.nodes.map(({ id }) => id).filter((id) => !there.includes(id));
    const through = (name: string, coordinator: string = here): ReturnType<typeof shopper> => shopper(dynamo.client({ name, coordinator }), CARTS[kind]);
    return { sides: [withHere, there] as const, alice: through('alice'), bob: through('bob', there[0]), carol: through('carol', there[1]) };
  },
  plan: (_, { sides: [here, there] }) => [{ at: '1s', for: '10s', fault: { kind: 'partition', groups: [here, there] } }],
  async workload(sim, { alice, bob, carol }) {
    await alice.change('add', 'milk');
    await alice.change('add', 'beer');
    await sim.sleep('2s');
    await Promise.all([alice.change('remove', 'beer'), bob.change('add', 'eggs')]);
    await sim.sleep('40s');
    await carol.read();
  },
  check: (sim) => checkLinearizability(sim.history, { model: 'set' }),
});
