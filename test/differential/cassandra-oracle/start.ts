/**
 * Starts a real Apache Cassandra 5.0.2 with an empty store on 127.0.0.1 and prints `ready 127.0.0.1:PORT` once it answers; it runs until
 * this process is told to end. Needs JDK 17 and Maven, which fetches what `pom.xml` names into `--libraries` (kept for the
 * next start); everything else lies in a temporary folder that is removed at the end.
 *
 *     node --import tsx test/differential/cassandra-oracle/start.ts [--port 9042] [--libraries FOLDER]
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const { values } = parseArgs({ options: { port: { type: 'string' }, libraries: { type: 'string' } } });
const libraries = values.libraries ?? join(tmpdir(), 'splitbrain-cassandra-5.0.2');

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(text: string): never {
  process.stderr.write(`cassandra-oracle: ${text}\n`);
  process.exit(1);
}

/** A port that nobody listens on: the one wanted, if it is free. */
function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => { resolve(freePort()); });
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => { resolve(port); });
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => { resolve(false); });
  });
}

if (!existsSync(join(libraries, 'jamm-0.4.0.jar'))) {
  mkdirSync(libraries, { recursive: true });
  const fetched = spawnSync('mvn', ['-q', '-B', '-Dstyle.color=never', '-f', join(here, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`], { stdio: ['ignore', 2, 2] });
  if (fetched.status !== 0) fail('Maven did not fetch the libraries');
}

const folder = mkdtempSync(join(tmpdir(), 'cassandra-oracle-'));
const port = await freePort(Number(values.port ?? 9042));
const settings: Readonly<Record<string, string | number>> = { FOLDER: folder, PORT: port, STORAGE_PORT: await freePort(), JMX_PORT: await freePort() };
const yaml = readFileSync(join(here, 'cassandra.yaml'), 'utf8').replace(/\$\{(\w+)\}/g, (_, name: string) => String(settings[name]));
writeFileSync(join(folder, 'cassandra.yaml'), yaml);

/** What the JDK hides from libraries and Cassandra reaches into: Cassandra's own `jvm17-server.options` names them. */
const exported = [
  'java.base/jdk.internal.misc', 'java.base/jdk.internal.ref', 'java.base/sun.nio.ch', 'java.base/java.lang.ref', 'java.base/jdk.internal.util',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi', 'java.rmi/sun.rmi.registry', 'java.rmi/sun.rmi.server', 'java.sql/java.sql', 'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach', 'jdk.compiler/com.sun.tools.javac.file',
];
const opened = [
  'java.base/java.lang.module', 'java.base/jdk.internal.loader', 'java.base/jdk.internal.ref', 'java.base/jdk.internal.reflect', 'java.base/jdk.internal.math',
  'java.base/jdk.internal.module', 'java.base/jdk.internal.util.jar', 'java.base/sun.nio.ch', 'java.base/java.io', 'java.base/java.lang', 'java.base/java.lang.reflect',
  'java.base/java.util', 'java.base/java.util.concurrent', 'java.base/java.util.concurrent.atomic', 'java.base/java.nio', 'jdk.management/com.sun.management.internal',
];
const cassandra = spawn('java', [
  '-Xmx1g', '-Xms512m', '-XX:+UseSerialGC', `-javaagent:${join(libraries, 'jamm-0.4.0.jar')}`, '-cp', join(libraries, '*'),
  `-Dcassandra.config=file://${join(folder, 'cassandra.yaml')}`, `-Dcassandra.storagedir=${folder}`, `-Dcassandra.logdir=${folder}`, `-Dcassandra.jmx.local.port=${settings['JMX_PORT']}`,
  // One node has nobody to wait for.
  '-Dcassandra.skip_wait_for_gossip_to_settle=0', '-Dcassandra.ring_delay_ms=100', '-Dcassandra-foreground=yes',
  '-Djava.security.manager=allow', '-Djdk.attach.allowAttachSelf=true', '-Dio.netty.tryReflectionSetAccessible=true',
  ...exported.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]), ...opened.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
  'org.apache.cassandra.service.CassandraDaemon',
], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

let last = '';
for (const stream of [cassandra.stdout, cassandra.stderr]) stream.on('data', (chunk: Buffer) => { last = `${last}${chunk.toString()}`.slice(-4000); });
let isEnding = false;
cassandra.once('exit', (code) => {
  rmSync(folder, { recursive: true, force: true });
  if (isEnding) process.exit(0);
  fail(`Cassandra ended by itself (${code}):\n${last}`);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    isEnding = true;
    cassandra.kill('SIGKILL');
  });
}

while (!(await answers(port))) await new Promise((resolve) => { setTimeout(resolve, 250); });
say(`ready 127.0.0.1:${port}`);
