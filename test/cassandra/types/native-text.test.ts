/**
 * Dates, times, durations and addresses as text (`SimpleDateSerializer`, `TimestampSerializer`, `Duration` of Apache Cassandra 5.0).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateOf, daysOf, formatTimestamp, parseTimestamp } from '../../../src/cassandra/types/calendar.ts';
import type { NativeTypeName } from '../../../src/cassandra/types/data-type.ts';
import { parseDuration } from '../../../src/cassandra/types/duration.ts';
import { bytesOfText, textOfBytes } from '../../../src/cassandra/types/native-text.ts';
import { microsOfTimeuuid, timeuuid } from '../../../src/cassandra/types/timeuuid.ts';

describe('a text', () => {
  it.each<readonly [NativeTypeName, string, string]>([
    ['timestamp', '2011-02-03', '2011-02-03 00:00:00.000Z'],
    ['timestamp', '2011-02-30', '2011-02-28 00:00:00.000Z'],
    ['timestamp', '2011-02-28T24:00:00Z', '2011-03-01 00:00:00.000Z'],
    ['timestamp', '2011-02-03T04:05:06+0130', '2011-02-03 02:35:06.000Z'],
    ['timestamp', '2011-02-03 04:05:06.7-02:00', '2011-02-03 06:05:06.700Z'],
    ['timestamp', '2011-02-03 04:05Z', '2011-02-03 04:05:00.000Z'],
    ['timestamp', '-1', '1969-12-31 23:59:59.999Z'],
    ['date', '2024-02-29', '2024-02-29'],
    ['date', '2147483648', '1970-01-01'],
    ['time', '8:1:2', '08:01:02.000000000'],
    ['duration', 'P3W', '21d'],
    ['duration', '-P1Y2M3DT4H', '-1y2mo3d4h'],
    ['duration', 'P0001-02-03T04:05:06', '1y2mo3d4h5m6s'],
    ['duration', '89h4m48s', '89h4m48s'],
    ['inet', '2001:DB8::8:800:200C:417A', '2001:db8:0:0:8:800:200c:417a'],
    ['double', '1e7', '1.0E7'],
    ['double', '123456', '123456.0'],
    ['double', '0.001', '0.001'],
    ['double', '0.00012', '1.2E-4'],
  ])('of a %s is read and written: %s', (name, text, written) => {
    expect(textOfBytes(name, bytesOfText(name, text))).toBe(written);
  });

  it.each<readonly [NativeTypeName, string, string]>([
    ['timestamp', 'yesterday', 'Unable to parse a date/time from \'yesterday\''],
    ['timestamp', '2011-02-32', 'Unable to parse a date/time from \'2011-02-32\''],
    ['timestamp', '10000-01-01', 'Unable to parse a date/time from \'10000-01-01\''],
    ['timestamp', '2011-02-03T24:00:01Z', 'Unable to parse a date/time from \'2011-02-03T24:00:01Z\''],
    ['date', '2024-02-30', 'Unable to coerce \'2024-02-30\' to a formatted date (long)'],
    ['time', '25:00:00', '(TimeType) Unable to coerce \'25:00:00\' to a formatted time (long)'],
    ['inet', 'not an address', 'Unable to make inet address from \'not an address\''],
    ['inet', '1.2.3.256', 'Unable to make inet address from \'1.2.3.256\''],
    ['inet', ':::1', 'Unable to make inet address from \':::1\''],
    ['tinyint', '128', 'Unable to make byte from \'128\''],
    ['duration', '3h2d', 'Invalid duration. The hours should be after days'],
    ['duration', 'x', 'Unable to convert \'x\' to a duration'],
  ])('that is no %s is refused: %s', (name, text, message) => {
    expect(() => bytesOfText(name, text)).toThrow(message);
  });

  it('of a duration is what was read', () => {
    fc.assert(fc.property(fc.nat(1000), fc.nat(1000), fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.boolean(), (months, days, nanoseconds, negative) => {
      const sign = negative ? -1 : 1;
      const duration = parseDuration(`${negative ? '-' : ''}${months}mo${days}d${nanoseconds}ns`);
      expect([duration.months === sign * months || months === 0, duration.days === sign * days || days === 0, duration.nanoseconds]).toEqual([true, true, BigInt(sign) * nanoseconds]);
      expect(parseDuration(duration.toString())).toEqual(duration);
    }));
  });
});

describe('the calendar', () => {
  it('agrees with the host\'s for every day from year 1 to 9999', () => {
    fc.assert(fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (days) => {
      const host = new Date(days * 86_400_000);
      expect(dateOf(days)).toEqual({ year: host.getUTCFullYear(), month: host.getUTCMonth() + 1, day: host.getUTCDate() });
      expect(daysOf(host.getUTCFullYear(), host.getUTCMonth() + 1, host.getUTCDate())).toBe(days);
    }));
  });

  it('writes instants as ISO text that reads back', () => {
    fc.assert(fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (millis) => {
      expect(formatTimestamp(millis, 'T')).toBe(new Date(millis).toISOString());
      expect(parseTimestamp(formatTimestamp(millis, ' '))).toBe(BigInt(millis));
    }));
  });
});

describe('time-UUIDs', () => {
  it('hold the microsecond they were made of', () => {
    fc.assert(fc.property(fc.integer({ min: -1_000_000_000_000_000, max: 4_000_000_000_000_000 }), fc.integer({ min: 0, max: 9 }), (micros, hundreds) => {
      expect(microsOfTimeuuid(timeuuid(micros, hundreds, '\x80'.repeat(8)))).toBe(micros);
    }));
  });
});
