import { expect, test } from 'vitest';
import { rerunLine, seedOf } from '../../src/testing/index.ts';

test('a test has the seed of its name, or the one that the environment sets', () => {
  expect(seedOf('one', {})).toBe(seedOf('one', {}));
  expect(seedOf('one', {})).not.toBe(seedOf('two', {}));
  expect(seedOf('one', { SPLITBRAIN_SEED: '17' })).toBe(17);
  expect(seedOf('one', { SPLITBRAIN_SEED: '' })).toBe(seedOf('one', {}));
});

test.each(['x', '-1', '1.5', '99999999999999999999'])('refuses the seed %s in one line', (seed) => {
  expect(() => seedOf('one', { SPLITBRAIN_SEED: seed })).toThrow(`SPLITBRAIN_SEED must be a whole number from 0, got '${seed}'`);
});

test('the line that runs a test again can be pasted into a shell, whatever its name', () => {
  expect(rerunLine('npx vitest run', 'a.test.ts', "it's $HOME", 7)).toBe("SPLITBRAIN_SEED=7 npx vitest run a.test.ts -t 'it'\\''s \\$HOME'");
});

test('a name that is no pattern is made one that matches it', () => {
  for (const name of ['R + W > N (strict)', 'k[1] = {a|b}', 'c:\\d? 5.0 $^*']) {
    const [, pattern = ''] = /-t '(.*)'$/.exec(rerunLine('npx vitest run', 'a.test.ts', name, 7)) ?? [];
    expect(new RegExp(`^${pattern}$`).test(name)).toBe(true);
  }
});

test('Node\'s own runner has its own flag', () => {
  expect(rerunLine('node --test', 'a.test.mjs', 'a (b)', 7)).toBe("SPLITBRAIN_SEED=7 node --test --test-name-pattern='a \\(b\\)' a.test.mjs");
});
