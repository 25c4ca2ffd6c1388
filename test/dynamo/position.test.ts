import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPosition, leadingBitsOf, positionOf, POSITIONS } from '../../src/dynamo/position.ts';

// RFC 1321, A.5.
test.each([['', 'd41d8cd98f00b204e9800998ecf8427e'], ['abc', '900150983cd24fb0d6963f7d28e17f72'], ['message digest', 'f96b697d7cb7938d525a2f31aaf161d0']])(
  'the position of %j is its MD5', (text, digest) => { expect(positionOf(text)).toBe(digest); });

test('texts beyond ASCII are hashed as UTF-8', () => {
  expect(positionOf('é😀')).toBe('62b3afe3b01f6f80152b567d9b216cde');
});

test('the leading 52 bits are the first 13 hexadecimal digits', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
    expect(formatPosition(leadingBitsOf(text))).toBe(positionOf(text).slice(0, 13).padEnd(32, '0'));
  }));
});

test('the end of the ring is its beginning', () => {
  expect(formatPosition(POSITIONS)).toBe(formatPosition(0));
});
