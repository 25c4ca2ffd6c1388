/**
 * Months and durations added to instants, and instants rounded down to a multiple of a duration (`Duration.addTo`,
 * `Duration.floorTimestamp` of Apache Cassandra 5.0).
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import { DAY_MILLIS, dateOf, daysOf } from '../../types/calendar.ts';
import type { Duration } from '../../types/duration.ts';

/** An instant some months later, in milliseconds: on the same day of the month, or its last. */
export function addMonths(millis: number, months: number): number {
  if (months === 0) return millis;
  const days = Math.floor(millis / DAY_MILLIS);
  const { year, month, day } = dateOf(days);
  const count = year * 12 + month - 1 + months;
  const toYear = Math.floor(count / 12);
  const toMonth = count - toYear * 12 + 1;
  for (let last = day; ; last--) {
    const to = daysOf(toYear, toMonth, last);
    if (to !== undefined) return to * DAY_MILLIS + (millis - days * DAY_MILLIS);
  }
}

/**
 * The last instant not after another that is a whole number of durations after a start; all in milliseconds.
 *
 * @throws {@link InvalidRequestError} for a negative duration, or a start after the instant
 */
export function floorToDuration(millis: number, duration: Duration, start: number): number {
  if (start > millis) throw new InvalidRequestError('The floor function starting time is greater than the provided time');
  if (duration.months < 0 || duration.days < 0 || duration.nanoseconds < 0n) throw new InvalidRequestError('Negative durations are not supported by the floor function');
  const fixed = duration.days * DAY_MILLIS + Number(duration.nanoseconds / 1_000_000n);
  if (duration.months === 0) return fixed === 0 ? millis : millis - ((millis - start) % fixed);
  // No month is shorter than 28 days, so this many are as many as there can be.
  let count = Math.floor((millis - start) / (duration.months * 28 * DAY_MILLIS + fixed));
  const at = (times: number): number => addMonths(start, duration.months * times) + fixed * times;
  while (count > 0 && at(count) > millis) count--;
  return at(count);
}
