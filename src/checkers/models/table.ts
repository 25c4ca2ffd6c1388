/**
 * The sequential models that come with the library, by the name that `check --model` and `checkLinearizability` take.
 *
 * @module
 */
import { keyValue } from './key-value.ts';
import { multiRegister } from './multi-register.ts';
import { mutex } from './mutex.ts';
import { casRegister, register } from './register.ts';
import { set } from './set.ts';

/** Makers of models; each takes the initial value, where the model has one. */
export const MODELS: {
  readonly register: typeof register;
  readonly 'cas-register': typeof casRegister;
  readonly 'multi-register': typeof multiRegister;
  readonly mutex: typeof mutex;
  readonly kv: typeof keyValue;
  readonly set: typeof set;
} = {
  register,
  'cas-register': casRegister,
  'multi-register': multiRegister,
  mutex,
  kv: keyValue,
  set,
};

/** The name of a model. */
export type ModelName = keyof typeof MODELS;

/** The names of all models, in the order in which they are shown. */
export const MODEL_NAMES: readonly ModelName[] = Object.keys(MODELS) as ModelName[];

/** Whether a text names a model. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(MODELS, name);
}
