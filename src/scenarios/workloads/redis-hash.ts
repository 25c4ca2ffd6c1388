/**
 * How the fields of a Redis hash come back.
 *
 * @module
 */

/** The fields of a hash, which one version of the protocol sends as a map, the other as a list. */
export function fieldsOf(reply: unknown): [string, string][] {
  if (reply instanceof Map) return [...reply.entries()].map(([field, value]) => [String(field), String(value)]);
  const flat = reply as readonly string[];
  return flat.flatMap((item, at) => (at % 2 === 0 ? [[item, flat[at + 1] ?? ''] as [string, string]] : []));
}
