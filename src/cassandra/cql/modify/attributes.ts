/**
 * USING TIMESTAMP and TTL (`Attributes` of Apache Cassandra 5.0).
 *
 * @module
 */
import { InvalidRequestError } from '../../errors.ts';
import { MAX_TTL } from '../../schema/table-options.ts';
import { readInt32, readInt64 } from '../../types/bytes.ts';
import { native } from '../../types/type-name.ts';
import type { Attributes } from '../ast.ts';
import { prepareTerm } from '../term/prepare-term.ts';
import type { BindContext, PreparedTerm, TermScope } from '../term/scope.ts';

/** The attributes, prepared. */
export interface PreparedAttributes {
  readonly hasTimestamp: boolean;
  readonly hasTtl: boolean;
  /** Microseconds; undefined where none is given. */
  timestamp(context: BindContext): number | undefined;
  /** Seconds; undefined where none is given, 0 = for ever. */
  ttl(context: BindContext): number | undefined;
}

/** Prepares them. */
export function prepareAttributes({ timestamp, ttl }: Attributes, scope: TermScope): PreparedAttributes {
  const when: PreparedTerm | undefined = timestamp === undefined ? undefined : prepareTerm(timestamp, { name: '[timestamp]', type: native('bigint') }, scope);
  const life: PreparedTerm | undefined = ttl === undefined ? undefined : prepareTerm(ttl, { name: '[ttl]', type: native('int') }, scope);
  return {
    hasTimestamp: when !== undefined,
    hasTtl: life !== undefined,
    timestamp(context) {
      if (when === undefined) return undefined;
      const bytes = when.bind(context);
      if (bytes === null) throw new InvalidRequestError('Invalid null value of timestamp');
      if (bytes === undefined) return undefined;
      return readInt64(bytes);
    },
    ttl(context) {
      if (life === undefined) return undefined;
      const bytes = life.bind(context);
      if (bytes === null || bytes === undefined || bytes === '') return bytes === undefined ? undefined : 0;
      const seconds = readInt32(bytes);
      if (seconds < 0) throw new InvalidRequestError(`A TTL must be greater or equal to 0, but was ${seconds}`);
      if (seconds > MAX_TTL) throw new InvalidRequestError(`ttl is too large. requested (${seconds}) maximum (${MAX_TTL})`);
      return seconds;
    },
  };
}
