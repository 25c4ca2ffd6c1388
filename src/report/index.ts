/**
 * Pictures of runs.
 *
 * @module
 */
export { wrap } from './wrap.ts';
export { renderTimeline, timelineOf, type Drawable, type TimelineInput } from './timeline.ts';
