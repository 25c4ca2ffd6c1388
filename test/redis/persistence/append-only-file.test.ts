import { describe, expect, it } from 'vitest';
import type { Host } from '../../../src/kernel/node.ts';
import { Simulation } from '../../../src/kernel/simulation.ts';
import { AOF_FILE, AppendOnlyFile, type AofLoad } from '../../../src/redis/persistence/append-only-file.ts';
import { encodeCommand } from '../../../src/redis/resp/encode.ts';

const SET = encodeCommand(['SET', 'k', 'v']);

/** A node with nothing on it but a disk. */
function machine(): { sim: Simulation; host: Host } {
  const sim = new Simulation({ seed: 1 });
  let host: Host | undefined;
  sim.addNode('n1', (given) => {
    host = given;
    return { onMessage: () => undefined };
  });
  return { sim, host: host as Host };
}

function load(content: string, loadTruncated = true): { result: AofLoad; applied: string[]; left: string; base: number } {
  const { host } = machine();
  host.disk.append(AOF_FILE, content);
  const applied: string[] = [];
  let base = -1;
  const result = new AppendOnlyFile(host, 'no').load(loadTruncated, (at) => { base = at; }, (args) => { applied.push(args.join(' ')); });
  return { result, applied, left: host.disk.read(AOF_FILE) ?? '', base };
}

describe('loading the append-only file', () => {
  it('cuts an incomplete tail at every byte, and keeps the whole commands before it', () => {
    for (let kept = 1; kept < SET.length; kept++) {
      const { result, applied, left } = load(SET + SET.slice(0, kept));
      expect([result, applied, left]).toEqual([{ kind: 'loaded', commands: 1, cut: kept }, ['SET k v'], SET]);
    }
  });

  it('cuts a transaction that never ends from its beginning', () => {
    const { result, left } = load(SET + encodeCommand(['MULTI']) + SET);
    expect([result.kind, left]).toEqual(['loaded', SET]);
  });

  it('refuses rot, and an incomplete tail when told to', () => {
    expect(load(SET.replace('$3', '#3') + SET).result).toMatchObject({ kind: 'refused', reason: 'Bad file format reading the append only file at offset 0' });
    expect(load(SET.slice(0, -1), false).result.kind).toBe('refused');
  });

  it('knows where in the log of changes a replaced file begins', () => {
    expect(load(`#BASE:1234\r\n${SET}`)).toMatchObject({ base: 1234, applied: ['SET k v'] });
    expect(load('')).toMatchObject({ base: 0, applied: [], result: { kind: 'loaded', commands: 0, cut: 0 } });
  });
});

describe('writing the append-only file', () => {
  it('with everysec waits for a sync under way, two seconds at most, before it writes more', async () => {
    const { sim, host } = machine();
    sim.faults.diskFault('n1', 'slow', '10s');
    const file = new AppendOnlyFile(host, 'everysec');
    await sim.advance('2s');
    file.append('a');
    file.flush();
    file.append('b');
    file.flush();
    expect(host.disk.read(AOF_FILE)).toBe('a');
    await sim.advance('1999ms');
    file.flush();
    expect(host.disk.read(AOF_FILE)).toBe('a');
    await sim.advance('1ms');
    file.flush();
    expect(host.disk.read(AOF_FILE)).toBe('ab');
  });

  it('with always holds replies until the sync is done', () => {
    const { host } = machine();
    const file = new AppendOnlyFile(host, 'always');
    expect(file.holdsReplies).toBe(false);
    file.append(SET);
    file.flush();
    expect(file.holdsReplies).toBe(true);
    file.onSynced();
    expect(file.holdsReplies).toBe(false);
  });
});
