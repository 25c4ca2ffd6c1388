import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameRecord, jsonBytes, readRecords } from '../../src/distributed/record-log.ts';

const payloads = fc.array(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 }).map((bytes) => String.fromCharCode(...bytes)), { maxLength: 6 });

describe('records', () => {
  it('come back as they were written', () => {
    fc.assert(fc.property(payloads, (records) => {
      const bytes = records.map(frameRecord).join('');
      expect(readRecords(bytes)).toEqual({ records, intact: bytes.length });
    }));
  });

  it('are read up to the first that is torn, wherever the file was cut', () => {
    fc.assert(fc.property(payloads, fc.nat(), (records, cut) => {
      const framed = records.map(frameRecord);
      const bytes = framed.join('');
      const kept = bytes.slice(0, cut % (bytes.length + 1));
      const read = readRecords(kept);
      expect(read.records).toEqual(records.slice(0, read.records.length));
      expect(read.intact).toBe(framed.slice(0, read.records.length).join('').length);
      expect(kept.length - read.intact).toBeLessThan(framed[read.records.length]?.length ?? 1);
    }));
  });

  it('are not read when a bit has flipped', () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), fc.nat(), fc.integer({ min: 0, max: 7 }), (text, place, bit) => {
      const bytes = frameRecord(jsonBytes(text));
      const at = place % bytes.length;
      const rotten = bytes.slice(0, at) + String.fromCharCode(bytes.charCodeAt(at) ^ (1 << bit)) + bytes.slice(at + 1);
      expect(readRecords(rotten).records).toEqual([]);
    }));
  });

  it('hold any JSON in bytes', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const bytes = jsonBytes(value);
      expect(bytes).not.toMatch(/[\u0100-\uffff]/);
      expect(JSON.parse(bytes)).toEqual(JSON.parse(JSON.stringify(value)));
    }));
  });
});
