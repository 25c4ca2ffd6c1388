/**
 * A register in which the last write wins (LWW-Register; Shapiro et al., INRIA RR-7506, 2011, specification 8): by the writer's
 * clock, of equal times by the writer's name, then by the value. What it forgets, it forgets silently: a writer whose clock is
 * behind writes in vain.
 *
 * @module
 */
import { UsageError } from '../../kernel/errors.ts';
import { dataType, quote, untag, type DataType } from './merger.ts';

/** The write that won; null before any. */
export type LwwRegisterState = { readonly time: number; readonly actor: string; readonly value: string } | null;

/** The register as a type. */
export interface LwwRegister extends DataType<LwwRegisterState> {
  /** Writes. @param time - by the writer's clock, a whole number from 0. @throws {@link UsageError} `INVALID_TIME` */
  set(state: LwwRegisterState, actor: string, value: string, time: number): LwwRegisterState;
  /** What was written; null before any write. */
  value(state: LwwRegisterState): string | null;
}

/** `'lww-register'`. */
export const lwwRegister: LwwRegister = {
  ...dataType<LwwRegisterState>({
    name: 'lww-register',
    empty: null,
    join: later,
    encode: (state) => `["lww-register",${state === null ? 'null' : `[${state.time},${quote(state.actor)},${quote(state.value)}]`}]`,
    parse: (data) => {
      const written = untag('lww-register', 1, data)?.[0];
      if (written === null) return null;
      if (!Array.isArray(written) || written.length !== 3) return undefined;
      const [time, actor, value] = written as readonly unknown[];
      return isTime(time) && typeof actor === 'string' && typeof value === 'string' ? { time, actor, value } : undefined;
    },
  }),
  set: (state, actor, value, time) => {
    if (!isTime(time)) throw new UsageError('INVALID_TIME', `a register's time is a whole number from 0, got ${String(time)}`);
    return later(state, { time, actor, value });
  },
  value: (state) => state?.value ?? null,
};

function isTime(time: unknown): time is number {
  return typeof time === 'number' && Number.isSafeInteger(time) && time >= 0;
}

function later(left: LwwRegisterState, right: LwwRegisterState): LwwRegisterState {
  if (left === null || right === null) return left ?? right;
  if (left.time !== right.time) return left.time > right.time ? left : right;
  if (left.actor !== right.actor) return left.actor > right.actor ? left : right;
  return left.value >= right.value ? left : right;
}
