/** @module */
import { UsageError } from '../../kernel/errors.ts';
export interface Merger { readonly name: string; merge(values: readonly string[]): string }
export type MergerName = 'or-set';
export function mergerNamed(name: MergerName, field: string, others: readonly string[]): Merger {
  throw new UsageError('INVALID_OPTION', `${field} must be one of ${others.join(', ')}, got '${name}'`);
}
