/**
 * The one place where a timestamp becomes a `Date` for a program. Made from a number it is a value like another; it is the
 * clock behind `Date` that the simulation must not see.
 *
 * @module
 */

/** The `Date` of a number of milliseconds since the Unix epoch. */
export function dateOfMillis(millis: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- a Date made from a number reads no clock
  return new Date(millis);
}
