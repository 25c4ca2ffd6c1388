/**
 * An interpreter and what scripts can change in it from one run to the next: the generator behind `math.random`, and the settings
 * of `cjson`.
 *
 * @module
 */
import { ScriptRandom } from './base-library.ts';
import { defaultJsonSettings, type JsonSettings } from './cjson.ts';
import { Machine } from './machine.ts';

/** The interpreter. */
export class Interpreter {
  readonly machine: Machine = new Machine();
  readonly random: ScriptRandom = new ScriptRandom();
  readonly json: JsonSettings = defaultJsonSettings();

  /** Remembers what it is like. @returns what makes it so again */
  snapshot(): () => void {
    const [state, settings] = [this.random.state, { ...this.json }];
    return () => {
      this.random.state = state;
      Object.assign(this.json, settings);
    };
  }
}
