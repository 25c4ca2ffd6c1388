/**
 * What `INFO memory` tells of scripts and functions. The counts are true; the bytes are of the model: an interpreter takes what a
 * fresh one takes in the real server, a script its text and a header.
 *
 * @module
 */
import type { Engine } from '../engine.ts';

/** An interpreter with its libraries, in bytes. */
const INTERPRETER_BYTES = 36_864;
/** What a script takes beside its text. */
const SCRIPT_BYTES = 184;

/** What no function at all takes. */
const NO_FUNCTIONS_BYTES = 184;

/** The lines, in the real server's order. @param human - how bytes are written for people */
export function scriptMemoryLines(engine: Engine, human: (bytes: number) => string): readonly string[] {
  const evals = engine.scripts?.evals;
  const functions = engine.scripts?.functions;
  const evalBytes = (evals?.textBytes ?? 0) + (evals?.size ?? 0) * SCRIPT_BYTES;
  const functionBytes = engine.functionSources().reduce((sum, source) => sum + source.length + SCRIPT_BYTES, NO_FUNCTIONS_BYTES);
  return [
    `used_memory_lua:${INTERPRETER_BYTES}`, `used_memory_vm_eval:${INTERPRETER_BYTES}`, `used_memory_lua_human:${human(INTERPRETER_BYTES)}`,
    `used_memory_scripts_eval:${evalBytes}`, `number_of_cached_scripts:${evals?.size ?? 0}`,
    `number_of_functions:${functions?.functionCount ?? 0}`, `number_of_libraries:${functions?.libraryCount ?? 0}`,
    `used_memory_vm_functions:${INTERPRETER_BYTES}`, `used_memory_vm_total:${2 * INTERPRETER_BYTES}`, `used_memory_vm_total_human:${human(2 * INTERPRETER_BYTES)}`,
    `used_memory_functions:${functionBytes}`, `used_memory_scripts:${evalBytes + functionBytes}`, `used_memory_scripts_human:${human(evalBytes + functionBytes)}`,
  ];
}
