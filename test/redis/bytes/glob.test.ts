import { describe, expect, it } from 'vitest';
import { globMatches } from '../../../src/redis/bytes/glob.ts';

describe('globMatches', () => {
  it.each([
    ['h?llo', 'hello', true], ['h?llo', 'hllo', false], ['h*llo', 'heeeello', true], ['h[ae]llo', 'hallo', true], ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true], ['h[^e]llo', 'hello', false], ['h[a-b]llo', 'hbllo', true], ['h[b-a]llo', 'hallo', true],
    ['\\*', '*', true], ['\\*', 'a', false], ['*', 'x', true], ['a*b*c', 'aXbYbZc', true], ['a*b*c', 'aXbYbZ', false], ['[abc', 'b', true], ['a\\', 'a\\', true],
  ])('%s against %s: %s', (pattern, text, matches) => {
    expect(globMatches(pattern, text)).toBe(matches);
  });

  it('fits an empty text to the empty pattern only, as Redis does', () => {
    expect([globMatches('', ''), globMatches('*', '')]).toEqual([true, false]);
  });

  it('does not take exponential time on many stars', () => {
    expect(globMatches(`${'a*'.repeat(200)}b`, 'a'.repeat(5000))).toBe(false);
  });
});
