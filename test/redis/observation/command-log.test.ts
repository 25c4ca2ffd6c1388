import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import type { Connection } from '../../../src/redis/connections/connection.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { encodeReply } from '../../../src/redis/resp/encode.ts';

const start = (micros = 0): { engine: Engine; admin: Connection; ask: (connection: Connection, line: string) => string } => {
  const engine = new Engine({ clock: () => 1_500_000_000_123, random: Random.fromSeed(1) });
  let reading = 0;
  engine.stopwatch = () => { reading += micros; return reading; };
  return {
    engine, admin: engine.connect(),
    ask: (connection, line) => {
      const reply = encodeReply(engine.execute(connection, line.split(' ')), 2).trim();
      engine.settle();
      return reply;
    },
  };
};

describe('MONITOR', () => {
  it('sees commands, those of scripts behind the script, without passwords and without administration', () => {
    const { engine, admin, ask } = start();
    const lines: string[] = [];
    const monitor = engine.connect((reply) => { lines.push(encodeReply(reply, 2)); });
    ask(monitor, 'MONITOR');
    ask(admin, 'SET k \x00"\n');
    ask(admin, 'AUTH default pw');
    ask(admin, 'CONFIG GET port');
    engine.execute(admin, ['EVAL', "return redis.call('GET', 'k')", '0']);
    const at = '+1500000000.123000 [0';
    expect(lines).toEqual([
      `${at} 127.0.0.1:0] "SET" "k" "\\x00\\"\\n"\r\n`, `${at} 127.0.0.1:0] "AUTH" "(redacted)" "(redacted)"\r\n`,
      `${at} 127.0.0.1:0] "EVAL" "return redis.call('GET', 'k')" "0"\r\n`, `${at} lua] "GET" "k"\r\n`,
    ]);
    ask(monitor, 'RESET');
    ask(admin, 'PING');
    expect(lines).toHaveLength(4);
  });
});

describe('the slow log', () => {
  it('keeps what took long, shortened, the newest first', () => {
    const { ask, admin } = start(20_000);
    ask(admin, 'SLOWLOG RESET');
    ask(admin, `SET k ${'x'.repeat(200)}`);
    const log = ask(admin, 'SLOWLOG GET 1');
    expect(log).toContain(`${'x'.repeat(128)}... (72 more bytes)`);
    expect(log).toContain(':20000');
    ask(admin, 'CONFIG SET slowlog-log-slower-than -1');
    ask(admin, 'SLOWLOG RESET');
    ask(admin, 'PING');
    expect(ask(admin, 'SLOWLOG LEN')).toBe(':0');
  });
});

describe('statistics', () => {
  it('count calls, refusals and failures of each command, and errors by their code', () => {
    const { ask, admin } = start(7);
    ask(admin, 'SET a x');
    ask(admin, 'GET a');
    ask(admin, 'LPUSH a 1');
    ask(admin, 'GET');
    ask(admin, 'CONFIG GET port');
    const info = ask(admin, 'INFO commandstats errorstats');
    expect(info).toContain('cmdstat_get:calls=1,usec=7,usec_per_call=7.00,rejected_calls=1,failed_calls=0\r\n');
    expect(info).toContain('cmdstat_lpush:calls=1,usec=7,usec_per_call=7.00,rejected_calls=0,failed_calls=1\r\n');
    expect(info).toContain('cmdstat_config|get:calls=1,');
    expect(info).toContain('errorstat_ERR:count=1\r\nerrorstat_WRONGTYPE:count=1');
    expect(ask(admin, 'LATENCY HISTOGRAM get')).toBe('*2\r\n$3\r\nget\r\n*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:8\r\n:1');
    ask(admin, 'CONFIG RESETSTAT');
    expect(ask(admin, 'INFO errorstats')).toBe('$14\r\n# Errorstats');
  });
});

describe('the latency monitor', () => {
  it('keeps the worst of each second', () => {
    const { ask, admin } = start(250_000);
    ask(admin, 'CONFIG SET latency-monitor-threshold 100');
    ask(admin, 'KEYS *');
    ask(admin, 'KEYS *');
    expect(ask(admin, 'LATENCY HISTORY command')).toBe('*1\r\n*2\r\n:1500000000\r\n:250');
    expect(ask(admin, 'LATENCY DOCTOR')).toContain('command: 1 latency spikes');
    expect(ask(admin, 'LATENCY RESET command')).toBe(':1');
  });
});

describe('INFO', () => {
  it('shows the sections that are asked for, in its own order', () => {
    const { ask, admin } = start();
    const titles = (line: string): string[] => ask(admin, line).match(/# \w+/g) ?? [];
    expect(titles('INFO')).toEqual(['# Server', '# Clients', '# Memory', '# Persistence', '# Stats', '# Replication', '# CPU', '# Modules', '# Errorstats', '# Cluster', '# Keyspace']);
    expect(titles('INFO keyspace server nosuch')).toEqual(['# Server', '# Keyspace']);
    expect(titles('INFO everything')).toContain('# Latencystats');
  });
});
