/**
 * `npm run bench [-- NAME…]`: prints ratios and figures. Nothing here asserts: the machine decides the figures.
 *
 * @module
 */
import { benchCassandra } from './cassandra.ts';
import { benchCheckers } from './checkers.ts';
import { benchDynamo } from './dynamo.ts';
import { benchDynamoRing } from './dynamo-ring.ts';
import { benchDynamoTree } from './dynamo-tree.ts';
import { benchKernel } from './kernel.ts';
import { benchPbs } from './pbs.ts';
import { benchRedis } from './redis.ts';
import { benchRedisPeers } from './redis-peers.ts';
import { benchRedisPort } from './redis-port.ts';
import { benchShrink } from './shrink.ts';
import { benchSweep } from './sweep.ts';

const BENCHES: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = {
  'kernel': benchKernel, 'checkers': benchCheckers, 'redis': benchRedis, 'redis-peers': benchRedisPeers, 'redis-port': benchRedisPort, 'cassandra': benchCassandra, 'dynamo': benchDynamo,
  'dynamo-tree': benchDynamoTree, 'dynamo-ring': benchDynamoRing, 'pbs': benchPbs, 'sweep': benchSweep, 'shrink': benchShrink,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`bench: unknown ${unknown.join(', ')}; known are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench((line) => { console.log(line); });
}
