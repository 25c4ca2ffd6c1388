/**
 * `npm run bench [-- NAME…]`: prints ratios and figures. Nothing here asserts: the machine decides the figures.
 *
 * @module
 */
import { benchKernel } from './kernel.ts';

const benches: Readonly<Record<string, (print: (line: string) => void) => Promise<void>>> = { kernel: benchKernel };

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(benches)) {
  if (wanted.length === 0 || wanted.includes(name)) await bench((line) => { console.log(line); });
}
