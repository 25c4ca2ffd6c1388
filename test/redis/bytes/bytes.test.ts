import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, decodeUtf8, encodeUtf8, rawBytes, toBytes } from '../../../src/redis/bytes/bytes.ts';

describe('the UTF-8 codec', () => {
  it('encodes any text as TextEncoder does', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(encodeUtf8(text)).toBe(bytesOf(new TextEncoder().encode(text)));
    }));
  });

  it('decodes any bytes as TextDecoder does, malformed ones too', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (raw) => {
      expect(decodeUtf8(bytesOf(raw))).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw));
    }), { numRuns: 2000 });
  });

  it('takes text, numbers and raw bytes, and nothing else', () => {
    expect([toBytes('é'), toBytes(1.5), toBytes(-Infinity), toBytes(12345678901234567890n), toBytes(new Uint8Array([0, 255]))])
      .toEqual(['\xc3\xa9', '1.5', '-inf', '12345678901234567890', '\0\xff']);
    expect(() => toBytes(null as unknown as string)).toThrow('a Redis argument is text, a number or bytes, got null');
    expect(rawBytes('\0\xff')).toEqual(new Uint8Array([0, 255]));
  });
});
