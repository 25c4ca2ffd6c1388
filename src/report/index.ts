/**
 * Pictures of runs.
 *
 * @module
 */
export { renderTimeline, type TimelineInput } from './timeline.ts';
