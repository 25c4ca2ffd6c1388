/**
 * Pictures of runs.
 *
 * @module
 */
export { requireVerdict, ViolationError } from './require-verdict.ts';
export { wrap } from './wrap.ts';
export { renderTimeline, timelineOf, type Drawable, type TimelineInput } from './timeline.ts';
