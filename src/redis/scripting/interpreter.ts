/**
 * An interpreter and what scripts can change in it from one run to the next: the generator behind `math.random`, and the settings
 * of `cjson`. Numbers that stand for addresses are given out anew as well.
 *
 * @module
 */
import { ScriptRandom } from './base-library.ts';
import { defaultJsonSettings, type JsonSettings } from './cjson.ts';
import { lastIdentity, resetIdentities } from './lua-value.ts';
import { Machine } from './machine.ts';

/** The interpreter. */
export class Interpreter {
  readonly machine: Machine = new Machine();
  readonly random: ScriptRandom = new ScriptRandom();
  readonly json: JsonSettings = defaultJsonSettings();

  /** Remembers what it is like. @returns what makes it so again */
  snapshot(): () => void {
    const [state, settings, identity] = [this.random.state, { ...this.json }, lastIdentity()];
    return () => {
      this.random.state = state;
      Object.assign(this.json, settings);
      resetIdentities(identity);
    };
  }
}
