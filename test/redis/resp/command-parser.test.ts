import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../src/redis/resp/command-parser.ts';
import { encodeCommand } from '../../../src/redis/resp/encode.ts';

const bytes = fc.uint8Array({ maxLength: 8 }).map((raw) => String.fromCharCode(...raw));

describe('parseCommand', () => {
  it('reads back what was encoded, any bytes, and sees every shorter prefix as incomplete', () => {
    fc.assert(fc.property(fc.array(bytes, { minLength: 1 }), bytes, (args, before) => {
      const encoded = encodeCommand(args);
      expect(parseCommand(before + encoded, before.length)).toEqual({ kind: 'command', args, end: before.length + encoded.length });
      for (let length = 0; length < encoded.length; length++) expect(parseCommand(encoded.slice(0, length), 0)).toEqual({ kind: 'incomplete' });
    }));
  });

  it.each(['x', '*x\r\n', '*1\r\n+OK\r\n', '*1\r\n$-1\r\n', '*1\r\n$1\r\nabc\r\n', '*99999999999\r\n'])('calls %j malformed', (text) => {
    expect(parseCommand(text, 0)).toEqual({ kind: 'malformed' });
  });
});
