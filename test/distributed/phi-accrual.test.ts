import { describe, expect, it } from 'vitest';
import { PhiAccrualDetector } from '../../src/distributed/phi-accrual.ts';
import { micros } from '../../src/kernel/units.ts';

const SECOND = 1_000_000;

/** Seconds of silence after so many regular heartbeats until the peer is convicted, looking every 10 ms. */
function detectionTime(heartbeats: number, interval: number, threshold = 8): number {
  const detector = new PhiAccrualDetector({ convictThreshold: threshold });
  let now = 0;
  detector.report('peer', micros(now));
  for (let i = 0; i < heartbeats; i++) detector.report('peer', micros((now += interval)));
  for (let silence = 0; ; silence += SECOND / 100) {
    if (detector.convicts('peer', micros(now + silence))) return silence / SECOND;
  }
}

describe('phi accrual as Cassandra runs it', () => {
  it.each([[0, 36.8], [1, 27.6], [5, 21.5], [10, 20.1], [60, 18.7]])('convicts after %i one-second heartbeats and %f s of silence', (heartbeats, seconds) => {
    expect(Math.abs(detectionTime(heartbeats, SECOND) - seconds)).toBeLessThan(0.06);
  });

  it('convicts after 18.42 mean intervals once the window is full', () => {
    expect(detectionTime(2000, SECOND)).toBeCloseTo(18.42, 1);
    expect(detectionTime(2000, SECOND / 2)).toBeCloseTo(9.21, 1);
    expect(detectionTime(2000, SECOND, 12)).toBeCloseTo(27.6, 1);
  });

  it('does not count an interval longer than two rounds, so that an outage does not make it patient', () => {
    const detector = new PhiAccrualDetector();
    let now = 0;
    for (let i = 0; i < 1100; i++) detector.report('peer', micros((now += SECOND)));
    detector.report('peer', micros((now += 600 * SECOND)));
    expect(detector.phi('peer', micros(now + 18.5 * SECOND))).toBeGreaterThan(8);
  });

  it('convicts nobody after a pause of its own of 6 s', () => {
    const paused = new PhiAccrualDetector();
    const steady = new PhiAccrualDetector();
    for (const detector of [paused, steady]) {
      for (let second = 0; second <= 100; second++) {
        detector.report('peer', micros(second * SECOND));
        detector.round(micros(second * SECOND));
      }
    }
    for (let second = 101; second <= 120; second++) steady.round(micros(second * SECOND));
    paused.round(micros(120 * SECOND));
    expect(steady.convicts('peer', micros(120 * SECOND))).toBe(true);
    expect(paused.convicts('peer', micros(120 * SECOND))).toBe(false);
  });

  it('knows nothing of a stranger', () => {
    expect(new PhiAccrualDetector().phi('nobody', micros(1))).toBe(0);
  });
});
