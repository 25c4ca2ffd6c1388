import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import { decodeReply, type RedisValue } from '../../../src/redis/standalone/decode.ts';
import type { Effect } from '../../../src/redis/effects.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { datasetCommands } from '../../../src/redis/persistence/dataset.ts';

const library = (name: string, called: string, answer: string): string => `#!lua name=${name}\nredis.register_function('${called}', function(keys, args) return ${answer} end)`;

function start(): { readonly engine: Engine; readonly ask: (...args: string[]) => RedisValue; readonly effects: string[] } {
  const effects: string[] = [];
  const engine = new Engine({
    clock: () => 1e12, random: Random.fromSeed(1),
    onEffects: (given: readonly Effect[]) => { effects.push(...given.map(({ args, fileOnly, replicasOnly }) => `${args.slice(0, 2).join(' ')}${fileOnly ? ' (file)' : ''}${replicasOnly ? ' (replicas)' : ''}`)); },
  });
  const connection = engine.connect();
  return { engine, effects, ask: (...args) => decodeReply(engine.execute(connection, args)) };
}

/** `FUNCTION DUMP` is no text. */
function dumpOf(engine: Engine): string {
  const reply = engine.execute(engine.connect(), ['FUNCTION', 'DUMP']);
  return reply.kind === 'bulk' ? reply.bytes : '';
}

describe('libraries of functions', () => {
  it('replicate as they were loaded, and functions by what they do', () => {
    const { ask, effects } = start();
    ask('FUNCTION', 'LOAD', library('l', 'f', "redis.call('set', keys[1], args[1])"));
    ask('FCALL', 'f', '1', 'k', 'v');
    ask('FUNCTION', 'DELETE', 'l');
    ask('FUNCTION', 'LIST');
    ask('FUNCTION', 'FLUSH');
    expect(effects).toEqual(['FUNCTION LOAD', 'set k', 'FUNCTION DELETE', 'FUNCTION FLUSH']);
  });

  it('are part of the dataset that a replica receives', () => {
    const { engine, ask } = start();
    ask('FUNCTION', 'LOAD', library('l', 'f', '1'));
    ask('FLUSHALL');
    expect(datasetCommands(engine)).toContain('FUNCTION\r\n$4\r\nLOAD\r\n');
  });

  it('are restored with or without those that are there', () => {
    const { engine, ask } = start();
    ask('FUNCTION', 'LOAD', library('l', 'f', "'old'"));
    const old = dumpOf(engine);
    ask('FUNCTION', 'LOAD', 'REPLACE', library('l', 'f', "'new'"));
    ask('FUNCTION', 'LOAD', library('m', 'g', "'g'"));
    expect(String(ask('FUNCTION', 'RESTORE', old))).toContain('Library l already exists');
    expect(ask('FCALL', 'f', '0')).toBe('new');
    const restore = (policy: string): string => {
      const reply = engine.execute(engine.connect(), ['FUNCTION', 'RESTORE', old, policy]);
      return reply.kind === 'simple' ? reply.text : 'refused';
    };
    expect(restore('REPLACE')).toBe('OK');
    expect([ask('FCALL', 'f', '0'), ask('FCALL', 'g', '0')]).toEqual(['old', 'g']);
    expect(restore('FLUSH')).toBe('OK');
    expect(String(ask('FCALL', 'g', '0'))).toContain('Function not found');
  });

  it('stay as they were when a load fails half-way', () => {
    const { ask } = start();
    ask('FUNCTION', 'LOAD', library('l', 'f', '1'));
    expect(String(ask('FUNCTION', 'LOAD', 'REPLACE', `${library('l', 'f', '2')} error('x')`))).toContain('Error registering functions');
    expect(String(ask('FUNCTION', 'LOAD', library('m', 'F', '3')))).toContain('Function F already exists');
    expect(ask('FCALL', 'f', '0')).toBe(1);
    expect(String(ask('FUNCTION', 'LOAD', 'REPLACE', '#!lua name=l\nwhile true do end'))).toContain('FUNCTION LOAD timeout');
    expect(ask('FCALL', 'f', '0')).toBe(1);
  });

  it('choose where their effects go', () => {
    const { ask, effects } = start();
    ask('EVAL', "redis.call('set', 'a', 1) redis.set_repl(redis.REPL_NONE) redis.call('set', 'b', 1) redis.set_repl(redis.REPL_AOF) redis.call('set', 'c', 1) redis.set_repl(redis.REPL_REPLICA) redis.call('set', 'd', 1)", '0');
    ask('SET', 'e', '1');
    expect(effects).toEqual(['set a', 'set c (file)', 'set d (replicas)', 'SET e']);
  });
});
