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

/** The lines, in the real server's order. */
export function scriptMemoryLines({ scripts }: Engine): readonly string[] {
  const evals = scripts?.evals;
  const functions = scripts?.functions;
  return [
    `used_memory_lua:${INTERPRETER_BYTES}`, `used_memory_vm_eval:${INTERPRETER_BYTES}`, `used_memory_lua_human:${INTERPRETER_BYTES / 1024}.00K`,
    `used_memory_scripts_eval:${(evals?.textBytes ?? 0) + (evals?.size ?? 0) * SCRIPT_BYTES}`, `number_of_cached_scripts:${evals?.size ?? 0}`,
    `number_of_functions:${functions?.functionCount ?? 0}`, `number_of_libraries:${functions?.libraryCount ?? 0}`,
    `used_memory_vm_functions:${INTERPRETER_BYTES}`, `used_memory_vm_total:${2 * INTERPRETER_BYTES}`,
  ];
}
