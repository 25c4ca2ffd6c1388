/**
 * `text.charCodeAt(at)` without looking `charCodeAt` up. A program whose texts are of many kinds inside V8 (internalised, sliced,
 * external …) makes that look-up slow, and in a loop it would be done for each letter: it cost a third of a `SET`.
 *
 * @module
 */

/** The code unit of a text at a place; NaN outside of it. */
// oxlint-disable-next-line typescript/unbound-method -- it is bound at once, to `call`
export const codeAt: (text: string, at: number) => number = Function.prototype.call.bind(String.prototype.charCodeAt) as (text: string, at: number) => number;
