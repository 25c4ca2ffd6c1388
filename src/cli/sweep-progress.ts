/**
 * The line that a sweep redraws while it runs: a bar, the rate, the time left.
 *
 * @module
 */
import type { Terminal } from './command.ts';

const WIDTH = 24;
/** Milliseconds between two drawings. */
const EVERY = 100;

/** Counts runs and draws how far they are. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #start = performance.now();
  #drawn = 0;
  #runs = 0;
  #violations = 0;

  /** @param total - how many runs there will be */
  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal;
    this.#total = total;
  }

  /** Notes a run. */
  ran(isViolation: boolean): void {
    this.#runs++;
    if (isViolation) this.#violations++;
    const now = performance.now();
    if (now - this.#drawn < EVERY) return;
    this.#drawn = now;
    this.#terminal.progress(progressLine(this.#runs, this.#total, this.#violations, (now - this.#start) / 1000));
  }

  /** Wipes the line. */
  end(): void {
    this.#terminal.progress('');
  }
}

/** The line. @param seconds - since the beginning */
export function progressLine(runs: number, total: number, violations: number, seconds: number): string {
  const share = total === 0 ? 1 : runs / total;
  const full = Math.floor(share * WIDTH);
  const rate = runs / Math.max(seconds, 1e-3);
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${Math.floor(100 * share)}%  ${runs}/${total}  ${Math.round(rate)}/s  ${clock((total - runs) / Math.max(rate, 1e-9))} left  ${violations} violate`;
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${whole >= 3600 ? `${Math.floor(whole / 3600)}:` : ''}${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}
