/**
 * The compaction strategies by their class names.
 *
 * @module
 */
import { leveled } from './leveled.ts';
import { sizeTiered } from './size-tiered.ts';
import type { CompactionStrategy } from './strategy.ts';
import { timeWindow } from './time-window.ts';
import { unified } from './unified.ts';

const STRATEGIES: Readonly<Record<string, CompactionStrategy>> = {
  SizeTieredCompactionStrategy: sizeTiered,
  LeveledCompactionStrategy: leveled,
  TimeWindowCompactionStrategy: timeWindow,
  UnifiedCompactionStrategy: unified,
};

/** The strategy of a class name, with or without its package. */
export function strategyOf(className: string): CompactionStrategy {
  return STRATEGIES[className.slice(className.lastIndexOf('.') + 1)] ?? sizeTiered;
}
