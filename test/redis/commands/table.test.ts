import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import { keysOf, type Command } from '../../../src/redis/command.ts';
import { COMMANDS } from '../../../src/redis/commands/table.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { commandOf, FORMS, LEX_FORMS } from '../../differential/redis-commands.ts';

const keys = (line: string): string[] => {
  const args = line.split(' ');
  return keysOf(COMMANDS.get((args[0] ?? '').toLowerCase()) as Command, args);
};

describe('the table of commands', () => {
  it('declares the shape of every reply that random commands get', () => {
    const seen = new Set<string>();
    const misfits: string[] = [];
    fc.assert(fc.property(fc.array(commandOf([...FORMS, ...LEX_FORMS]), { maxLength: 60, size: 'max' }), (commands) => {
      const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
      const connection = engine.connect();
      for (const args of commands) {
        engine.waiting.unblock(connection);
        const reply = engine.execute(connection, args);
        const isQueued = reply.kind === 'simple' && reply.text === 'QUEUED';
        if (reply.kind === 'error' || isQueued) continue;
        const name = (args[0] ?? '').toLowerCase();
        seen.add(name);
        if (COMMANDS.get(name)?.reply.includes(reply.kind) !== true) misfits.push(`${name}: ${reply.kind}`);
      }
    }), { numRuns: 2500, seed: 1 });
    expect(misfits).toEqual([]);
    const never = [...COMMANDS.keys()].filter((name) => !seen.has(name));
    expect(never.toSorted()).toEqual([
      'acl', 'asking', 'auth', 'bgrewriteaof', 'bgsave', 'client', 'cluster', 'command', 'config', 'debug', 'eval',
      'eval_ro', 'evalsha', 'evalsha_ro', 'failover', 'fcall', 'fcall_ro', 'function', 'hello', 'info', 'lastsave',
      'latency', 'lolwut', 'migrate', 'module', 'monitor', 'pfselftest', 'psubscribe', 'psync', 'punsubscribe', 'quit',
      'randomkey', 'readonly', 'readwrite', 'replconf', 'replicaof', 'restore-asking', 'role', 'save', 'script',
      'shutdown', 'slaveof', 'slowlog', 'spublish', 'ssubscribe', 'subscribe', 'sunsubscribe', 'sync', 'time',
      'unsubscribe', 'wait',
    ]);
  });

  it('finds the keys of a call', () => {
    expect(keys('MSET a 1 b 2')).toEqual(['a', 'b']);
    expect(keys('ZUNIONSTORE dst 2 x y WEIGHTS 1 2')).toEqual(['dst', 'x', 'y']);
    expect(keys('ZINTER 2 x y')).toEqual(['x', 'y']);
    expect(keys('GEORADIUS k 1 2 3 m STORE to')).toEqual(['k', 'to']);
    expect(keys('ZMPOP nonsense x')).toEqual([]);
    expect(keys('PING')).toEqual([]);
  });

  it('has rows that make sense: an arity, one of write and readonly at most, a version', () => {
    for (const [name, command] of COMMANDS) {
      expect([name, command.arity !== 0, command.flags.includes('write') && command.flags.includes('readonly'), /^\d+\.\d+\.\d+$/.test(command.since)])
        .toEqual([name, true, false, true]);
    }
  });
});
