/**
 * Pictures of runs.
 *
 * @module
 */
export { renderTimeline, timelineOf, type Drawable, type TimelineInput } from './timeline.ts';
