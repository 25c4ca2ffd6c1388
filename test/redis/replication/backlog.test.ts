import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog } from '../../../src/redis/replication/backlog.ts';

describe('Backlog', () => {
  it('gives back the stream from any offset that it still holds, and nothing wrong from others', () => {
    fc.assert(fc.property(fc.array(fc.string({ minLength: 1, maxLength: 6 })), fc.integer({ min: 0, max: 30 }), fc.nat(40), (chunks, size, start) => {
      const backlog = new Backlog(size, start);
      for (const chunk of chunks) backlog.append(chunk);
      const stream = chunks.join('');
      expect(backlog.end).toBe(start + stream.length);
      for (let offset = 0; offset <= backlog.end + 2; offset++) {
        const missing = backlog.since(offset);
        expect([undefined, stream.slice(Math.max(0, offset - start))]).toContain(missing);
      }
      expect(backlog.since(backlog.end)).toBe('');
      expect(backlog.since(backlog.end + 1)).toBeUndefined();
    }));
  });
});
