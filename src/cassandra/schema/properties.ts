/**
 * `WITH name = value AND …` read as numbers, booleans and maps, in the way and with the errors of Apache Cassandra 5.0's
 * `PropertyDefinitions`.
 *
 * @module
 */
import type { Properties } from '../cql/ast.ts';
import { CqlSyntaxError } from '../errors.ts';

export type { Properties };

/** Reads properties. */
export class PropertyReader {
  readonly #properties: Properties;

  constructor(properties: Properties) {
    this.#properties = properties;
  }

  /** A property's text, or undefined. @throws {@link CqlSyntaxError} for a map */
  text(name: string): string | undefined {
    const value = this.#properties.get(name);
    if (value === undefined || typeof value === 'string') return value;
    throw new CqlSyntaxError(`Invalid value for property '${name}'. It should be a string`);
  }

  /** A whole number. */
  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) > 0x7fff_ffff) throw new CqlSyntaxError(`Invalid integer value ${text} for '${name}'`);
    return Number(text);
  }

  /** A number. */
  double(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = text.trim() === '' ? NaN : Number(text);
    if (Number.isNaN(value)) throw new CqlSyntaxError(`Invalid double value ${text} for '${name}'`);
    return value;
  }

  /** A boolean. */
  boolean(name: string): boolean | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (['1', 'true', 'yes'].includes(text)) return true;
    if (['0', 'false', 'no'].includes(text)) return false;
    throw new CqlSyntaxError(
      `Invalid boolean value ${text} for '${name}'. Positive values can be '1', 'true' or 'yes'. Negative values can be '0', 'false' or 'no'.`,
    );
  }

  /** A map. */
  map(name: string): ReadonlyMap<string, string> | undefined {
    const value = this.#properties.get(name);
    if (value === undefined || typeof value !== 'string') return value;
    throw new CqlSyntaxError(`Invalid value for property '${name}'. It should be a map.`);
  }
}

/** Refuses any property that is not known. @throws {@link CqlSyntaxError} */
export function refuseUnknown(properties: Properties, known: ReadonlySet<string>): void {
  for (const name of properties.keys()) {
    if (!known.has(name)) throw new CqlSyntaxError(`Unknown property '${name}'`);
  }
}
