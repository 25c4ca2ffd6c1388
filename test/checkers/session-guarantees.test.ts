import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkSessionGuarantees, SESSION_GUARANTEES } from '../../src/checkers/session-guarantees.ts';
import type { Operation } from '../../src/history/operation.ts';
import type { HistoryVersion } from '../../src/kernel/history.ts';
import { histories } from './exhaustive.ts';
import { history } from './notation.ts';
import { uniqueRegister } from './plays.ts';

/** Puts versions on operations, in order; undefined leaves one without. */
function versioned(text: string, ...versions: readonly (HistoryVersion | undefined)[]): Operation[] {
  return history(text).map((operation, i) => ({ ...operation, version: versions[i] }));
}

function broken(operations: readonly Operation[]): string[] {
  const { guarantees } = checkSessionGuarantees(operations);
  return SESSION_GUARANTEES.filter((guarantee) => guarantees[guarantee]?.verdict === 'violation');
}

describe('checkSessionGuarantees with versions', () => {
  it('finds a read that misses an own write', () => {
    const operations = versioned('a write x 1\na write x 2\na read x 1', 10, 20, 10);
    expect(broken(operations)).toEqual(['read your writes']);
    const verdict = checkSessionGuarantees(operations);
    expect(verdict).toMatchObject({ verdict: 'violation', model: 'session guarantees', key: 'x', witness: [{ id: 1 }, { id: 2 }] });
    expect(verdict.explanation).toBe('read your writes is broken: a read x=1 after a had already written x=2 (version 10 against 20)');
  });

  it('finds a read that goes back behind an earlier read', () => {
    expect(broken(versioned('b write x 1\nc write x 2\na read x 2\na read x 1', 10, 20, 20, 10))).toEqual(['monotonic reads']);
  });

  it('finds writes of one client that the store ordered the other way', () => {
    expect(broken(versioned('a write x 1\na write x 2', 20, 10))).toEqual(['monotonic writes']);
  });

  it('finds a write that the store ordered before what its client had read', () => {
    expect(broken(versioned('b write x 1\na read x 1\na write x 2', 20, 20, 10))).toEqual(['writes follow reads']);
  });

  it('takes something newer for fine', () => {
    expect(broken(versioned('a write x 1\nb write x 2\na read x 2\na write x 3\na read x 3', 10, 20, 20, 30, 30))).toEqual([]);
  });

  it('orders vector clocks only where they are ordered: a concurrent version does not contain the own write', () => {
    expect(broken(versioned('a write x 1\na read x 1', { n1: 1 }, { n1: 1, n2: 4 }))).toEqual([]);
    expect(broken(versioned('a write x 1\na read x 2', { n1: 1 }, { n2: 4 }))).toEqual(['read your writes']);
    expect(broken(versioned('a read x 1\na read x 2\na read x 3', { n1: 1 }, { n2: 4 }, { n1: 1 }))).toEqual(['monotonic reads']);
  });

  it('takes an absent value for old, unless somebody may have deleted it', () => {
    expect(broken(versioned('a write x 1\na read x null', 10, null))).toEqual(['read your writes']);
    expect(broken(versioned('a write x 1\nb delete x\na read x null', 10, 20, null))).toEqual([]);
    expect(broken(versioned('a write x 1\na read x null\nb delete x', 10, null, 20))).toEqual(['read your writes']);
  });

  it('keeps clients and keys apart', () => {
    expect(broken(versioned('a write x 1\nb read x null\na read y null', 10, null, null))).toEqual([]);
  });
});

describe('checkSessionGuarantees without versions', () => {
  it('finds a read of a value that was certainly overwritten', () => {
    expect(broken(history('b write x 1\na write x 2\na read x 1'))).toEqual(['read your writes']);
    expect(broken(history('a write x 2\na read x null'))).toEqual(['read your writes']);
    expect(broken(history('b write x 1\nb write x 2\na read x 2\na read x 1'))).toEqual(['monotonic reads']);
    expect(broken(history('b write x 1\na read x 1\na read x null'))).toEqual(['monotonic reads']);
  });

  it('says nothing where the order of two writes cannot be known', () => {
    expect(broken(history('(b write x 1\na write x 2\na read x 1\nb)'))).toEqual([]);
    expect(broken(history('?b write x 1\na write x 2\na read x 1'))).toEqual([]);
    expect(broken(history('(b write x 1\n(c write x 2\na read x 1\na read x 2\na read x 1\nb)\nc)'))).toEqual([]);
    expect(broken(history('b write x 1\na write x 2\n?c write x 1\na read x 1'))).toEqual([]);
  });

  it('looks into siblings: one of them that is new enough will do', () => {
    expect(broken(history('b write x 1\na write x 2\na read x [1,2]'))).toEqual([]);
    expect(broken(history('b write x 1\na write x 2\na read x [1]'))).toEqual(['read your writes']);
    expect(broken(history('a write x 2\na read x []'))).toEqual(['read your writes']);
  });

  it('says unknown of the order of writes when there was one to check', () => {
    expect(checkSessionGuarantees(history('a write x 1\na write x 2')).guarantees).toMatchObject({
      'read your writes': { verdict: 'ok' }, 'monotonic writes': { verdict: 'unknown' }, 'writes follow reads': { verdict: 'ok' },
    });
    expect(checkSessionGuarantees(history('a write x 1\nb read x 1'))).toMatchObject({ verdict: 'ok' });
  });

  it('never cries wolf on a register that answered truly', () => {
    // Whoever would lie answers nothing at all.
    const truthful = { ...uniqueRegister, lie: () => 'nothing' };
    fc.assert(fc.property(histories(truthful, 12), (made) => {
      expect(broken(made.filter(({ output }) => output !== 'nothing'))).toEqual([]);
    }), { seed: 11, numRuns: 1500 });
  });
});

describe('a session verdict', () => {
  it('holds only what was asked for', () => {
    const { guarantees, verdict } = checkSessionGuarantees(history('a write x 1\na write x 2'), { guarantees: ['read your writes'] });
    expect(Object.keys(guarantees)).toEqual(['read your writes']);
    expect(verdict).toBe('ok');
  });

  it('prints as a few lines and is plain JSON', () => {
    const verdict = checkSessionGuarantees(history('alice write cart "milk"\nalice read cart null'));
    expect(inspect(verdict)).toBe([
      'violation (session guarantees): read your writes is broken: alice read cart=null after alice had already written cart="milk"',
      '  read your writes: violation',
      '  monotonic reads: ok',
      '  monotonic writes: ok',
      '  writes follow reads: ok',
      '  1. alice wrote cart="milk" (history 0–1)',
      '  2. alice read cart=null (history 2–3)',
    ].join('\n'));
    expect(JSON.parse(JSON.stringify(verdict))).toMatchObject({ verdict: 'violation', key: 'cart', witness: [{ id: 0 }, { id: 1 }] });
  });
});

describe('across keys', () => {
  // Bob sees alice's second write and then not her first, which is of another key.
  const across = history('alice write x 1\nalice write y 2\nbob read y 2\nbob read x null');
  // Carol sees what bob wrote after he had read alice's write, and then not that.
  const followed = history('alice write x 1\nbob read x 1\nbob write y 2\ncarol read y 2\ncarol read x null');

  it('are told from each key by itself', () => {
    const pram = ['read your writes', 'monotonic reads', 'monotonic writes'] as const;
    for (const [operations, guarantees, broken] of [
      [across, SESSION_GUARANTEES, true], [across, pram, true], [across, ['monotonic reads'], false], [followed, SESSION_GUARANTEES, true], [followed, pram, false],
    ] as const) {
      expect(checkSessionGuarantees(operations, { guarantees }).verdict).not.toBe('violation');
      expect(checkSessionGuarantees(operations, { guarantees, acrossKeys: true }).verdict === 'violation').toBe(broken);
    }
    expect(checkSessionGuarantees(across, { acrossKeys: true }).explanation).toMatch(/^across keys, pram: bob read x=null, the initial value, although alice wrote x=1 before it/);
  });
});
