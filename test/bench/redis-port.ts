/**
 * The port against the real server: `redis-benchmark` with 50 clients, unpipelined and 16 deep, ours and `redis-server` in turn.
 * Says so when they are not installed.
 *
 * @module
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const PORT = 17_379;

/** Requests a second of one test, as `redis-benchmark` tells them; the best of three. */
function rate(port: number, test: string, pipeline: number): number {
  const runs = [1, 2, 3].map(() => {
    const { stdout } = spawnSync('redis-benchmark', ['-p', String(port), '-t', test, '-n', pipeline === 1 ? '200000' : '1000000', '-c', '50', '-P', String(pipeline), '--csv'], { encoding: 'utf8' });
    return Number(/^"[A-Z]+","([0-9.]+)"/m.exec(stdout)?.[1] ?? NaN);
  });
  return Math.max(...runs);
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill();
  await once(child, 'exit');
}

/** Prints the port's figures. */
export async function benchRedisPort(print: (line: string) => void): Promise<void> {
  if (spawnSync('redis-benchmark', ['--version']).status !== 0 || spawnSync('redis-server', ['--version']).status !== 0) {
    print('redis port: redis-server and redis-benchmark are not installed: nothing was compared');
    return;
  }
  const real = spawn('redis-server', ['--port', String(PORT), '--save', '', '--appendonly', 'no', '--dir', '/tmp'], { stdio: 'ignore' });
  const ours = spawn('node', ['--import', 'tsx', 'src/cli/main.ts', 'serve', 'redis', '--port', String(PORT + 1)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(ours.stdout, 'data');
  for (const pipeline of [1, 16]) {
    for (const test of ['set', 'get']) {
      const [theirs, mine] = [rate(PORT, test, pipeline), rate(PORT + 1, test, pipeline)];
      print(`redis port: ${test.toUpperCase()} -P ${pipeline}: ${Math.round(mine).toLocaleString('en')} requests a second, ${(mine / theirs).toFixed(2)} x redis-server`);
    }
  }
  await Promise.all([stop(real), stop(ours)]);
}
