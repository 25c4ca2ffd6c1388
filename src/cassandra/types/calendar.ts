/**
 * Dates, times and instants as text (`SimpleDateSerializer`, `TimeSerializer`, `TimestampSerializer` of Apache Cassandra 5.0), in
 * the proleptic Gregorian calendar and UTC, with whole-number arithmetic only: the host's `Date` and its time zone have no say.
 *
 * Left out: names of time zones other than UTC, GMT and Z; the text `now` as an instant.
 *
 * @module
 */

/** Milliseconds of a day. */
export const DAY_MILLIS = 86_400_000;

/** Days since 1970-01-01 of a date; undefined when there is no such day. Months and days count from 1. */
export function daysOf(year: number, month: number, day: number): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return undefined;
  // Years that begin in March put the leap day last (Howard Hinnant, "chrono-compatible low-level date algorithms").
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

function monthLength(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The date of a number of days since 1970-01-01. */
export function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day: dayOfYear - Math.floor((153 * m + 2) / 5) + 1 };
}

/** `YYYY-MM-DD`, with a sign before years that have not four digits. */
export function formatDate(days: number): string {
  const { year, month, day } = dateOf(days);
  const digits = pad(Math.abs(year), 4);
  const sign = year < 0 ? '-' : digits.length > 4 ? '+' : '';
  return `${sign}${digits}-${pad(month, 2)}-${pad(day, 2)}`;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`; undefined when it is none. */
export function parseDate(text: string): number | undefined {
  const match = /^(-?\d{4}|[+-]\d{5,9})-(\d{2})-(\d{2})$/.exec(text);
  return match === null ? undefined : daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
}

/** Nanoseconds of a day as `HH:MM:SS.nnnnnnnnn`. */
export function formatTime(nanos: number): string {
  const seconds = Math.floor(nanos / 1e9);
  return `${clock(seconds)}.${pad(nanos - seconds * 1e9, 9)}`;
}

/** Nanoseconds of the day that `HH:MM:SS[.nnnnnnnnn]` names; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return (hours * 3600 + minutes * 60 + seconds) * 1e9 + Number((match[4] ?? '').padEnd(9, '0'));
}

/** Milliseconds since the Unix epoch as `YYYY-MM-DD HH:MM:SS.mmmZ`, `between` standing between date and time. */
export function formatTimestamp(millis: number, between: ' ' | 'T'): string {
  const days = Math.floor(millis / DAY_MILLIS);
  const rest = millis - days * DAY_MILLIS;
  const seconds = Math.floor(rest / 1000);
  return `${formatDate(days)}${between}${clock(seconds)}.${pad(rest - seconds * 1000, 3)}Z`;
}

const TIMESTAMP = /^(-?\d{4}|[+-]\d{5,9})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.(\d{1,9}))?)?\s?(?:(Z|UTC|GMT)|([+-])(\d{2}):?(\d{2})?)?$/;

/** Milliseconds since the Unix epoch of a date with or without a time and an offset, or of a whole number of them; undefined when it is none. */
export function parseTimestamp(text: string): bigint | undefined {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // As Java resolves "smartly": a month's last day for one up to 31 that it has not, and 24:00 for the midnight that ends a day.
  const days = day > 31 ? undefined : daysOf(year, month, Math.min(day, monthLength(year, month)));
  const [hours, minutes, seconds] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)];
  const isMidnight = hours === 24 && minutes === 0 && seconds === 0 && Number(match[7] ?? 0) === 0;
  if (days === undefined || (hours > 23 && !isMidnight) || minutes > 59 || seconds > 59) return undefined;
  const millis = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offset = (Number(match[10] ?? 0) * 60 + Number(match[11] ?? 0)) * (match[9] === '-' ? -1 : 1);
  return BigInt(days * DAY_MILLIS + ((hours * 60 + minutes - offset) * 60 + seconds) * 1000 + millis);
}

function clock(seconds: number): string {
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}`;
}

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
