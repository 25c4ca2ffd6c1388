/**
 * What the WARS model gives for N = 3 without read repair: Monte Carlo of the model of Bailis et al., "Probabilistically Bounded Staleness"
 * (VLDB 2012), with 4 million trials for each R and W; their table 4 as printed lies 3 to 14 % below in t, from sweeping t upwards to the
 * first crossing. Milliseconds at the 99.9th percentile: read latency, write latency, t-visibility.
 *
 * @module
 */
import type { LatencyModelName } from '../../src/dynamo/index.ts';

/** What the model gives for one R and W. */
export interface ModelCell {
  readonly r: number;
  readonly w: number;
  readonly read: number;
  readonly write: number;
  readonly visible: number;
}

const cell = (r: number, w: number, read: number, write: number, visible: number): ModelCell => ({ r, w, read, write, visible });

/** By deployment. */
export const MODEL: Readonly<Record<LatencyModelName, readonly ModelCell[]>> = {
  'LNKD-SSD': [
    cell(1, 1, 0.66, 0.66, 1.96), cell(1, 2, 0.65, 1.65, 1.86), cell(2, 1, 1.63, 0.65, 0), cell(2, 2, 1.63, 1.63, 0), cell(3, 1, 4.12, 0.65, 0), cell(1, 3, 0.65, 4.12, 0),
  ],
  'LNKD-DISK': [
    cell(1, 1, 0.65, 10.9, 52), cell(1, 2, 0.65, 20.9, 48.5), cell(2, 1, 1.63, 10.9, 14.1), cell(2, 2, 1.63, 20.9, 0), cell(3, 1, 4.12, 10.9, 0), cell(1, 3, 0.66, 112, 0),
  ],
  'YMMR': [
    cell(1, 1, 5.6, 10.8, 1450), cell(1, 2, 5.6, 430, 1440), cell(2, 1, 33.2, 10.8, 217), cell(2, 2, 33.5, 434, 0), cell(3, 1, 220, 10.7, 0), cell(1, 3, 5.61, 1860, 0),
  ],
  'WAN': [
    cell(1, 1, 3.43, 55.3, 116), cell(1, 2, 3.44, 168, 0), cell(2, 1, 151, 54.3, 31.1), cell(2, 2, 151, 168, 0), cell(3, 1, 154, 55, 0), cell(1, 3, 3.43, 242, 0),
  ],
};

/** P(fresh) of a read so many milliseconds after its commit: of the model, with 100,000 trials. */
export const FRESH: Readonly<Record<LatencyModelName, readonly { readonly r: number; readonly w: number; readonly at: Readonly<Record<string, number>> }[]>> = {
  'LNKD-SSD': [
    { r: 1, w: 1, at: { 0: 0.974, 1: 0.995, 5: 0.99999 } }, { r: 1, w: 2, at: { 0: 0.979, 1: 0.996 } }, { r: 2, w: 1, at: { 0: 0.999, 1: 1 } }, { r: 2, w: 2, at: { 0: 1 } },
  ],
  'LNKD-DISK': [
    { r: 1, w: 1, at: { 0: 0.437, 1: 0.584, 5: 0.819, 10: 0.926, 50: 0.999 } }, { r: 1, w: 2, at: { 0: 0.713, 1: 0.772, 5: 0.895, 10: 0.957, 50: 0.999 } },
    { r: 2, w: 1, at: { 0: 0.763, 1: 0.87, 5: 0.976, 10: 0.996, 50: 1 } }, { r: 2, w: 2, at: { 0: 1 } },
  ],
  'YMMR': [
    { r: 1, w: 1, at: { 0: 0.893, 10: 0.94, 100: 0.955, 1000: 0.996 } }, { r: 1, w: 2, at: { 0: 0.916, 10: 0.944, 100: 0.958, 1000: 0.997 } },
    { r: 2, w: 1, at: { 0: 0.99, 10: 0.996, 100: 0.998, 1000: 1 } }, { r: 2, w: 2, at: { 0: 1 } },
  ],
  'WAN': [
    { r: 1, w: 1, at: { 0: 0.334, 50: 0.338, 100: 0.996 } }, { r: 1, w: 2, at: { 0: 0.9996 } }, { r: 2, w: 1, at: { 0: 0.86, 50: 0.9997, 100: 1 } }, { r: 2, w: 2, at: { 0: 1 } },
  ],
};

/**
 * Cells whose 99.9th percentile needs the most samples: three times the tolerance. A tail so flat moves far for a few samples more or
 * less beyond it: Pareto(1.05, 1.51) makes LNKD-DISK's, half of YMMR's reads with R = 2 end on either side of a gap.
 */
export function isUnsteady(name: LatencyModelName, { r, w }: ModelCell, figure: 'read' | 'write' | 'visible'): boolean {
  return (name === 'YMMR' && r === 2 && figure === 'read') || (name === 'WAN' && w === 1 && figure === 'write') || (name === 'LNKD-DISK' && r === 1 && w === 1 && figure === 'visible');
}
