/**
 * What a script finds when it starts: Lua's libraries as Redis lets them through, `redis`, and tables that refuse to be written
 * (`script_lua.c` of Redis 7.0).
 *
 * @module
 */
import { protectedFunctions } from './protected-calls.ts';
import { baseFunctions, mathLibrary, tableLibrary } from './base-library.ts';
import { bitLibrary } from './bit.ts';
import { cjsonLibrary } from './cjson.ts';
import { cmsgpackLibrary } from './cmsgpack.ts';
import { coroutineLibrary } from './coroutine-library.ts';
import type { Interpreter } from './interpreter.ts';
import { native } from './library.ts';
import { LuaTable } from './lua-table.ts';
import { textOf, type Machine } from './machine.ts';
import { stringLibrary } from './string-library.ts';
import { structLibrary } from './struct.ts';

/** Reading what a table does not have is an error: the metatable of globals. */
export function guardTable(machine: Machine): LuaTable {
  const guard = new LuaTable();
  guard.set('__index', native(machine, (args) => {
    const name = args.at(2);
    if (typeof name !== 'string' && typeof name !== 'number') return machine.fail('Second argument to luaProtectedTableError must be a string or number');
    return machine.fail(`Script attempted to access nonexistent global variable '${textOf(name)}'`);
  }));
  guard.isReadOnly = true;
  return guard;
}

/**
 * Fills a table with the globals of scripts, and locks it.
 *
 * @param redis - the table `redis`
 */
export function fillGlobals({ machine, random, json }: Interpreter, globals: LuaTable, redis: LuaTable): void {
  for (const [name, run] of Object.entries(baseFunctions(machine))) globals.set(name, native(machine, run));
  for (const [name, run] of Object.entries(protectedFunctions(machine))) globals.set(name, run);
  const text = stringLibrary(machine);
  const metatable = new LuaTable();
  metatable.set('__index', text);
  metatable.isReadOnly = true;
  machine.stringMetatable = metatable;
  const libraries: Readonly<Record<string, LuaTable>> = {
    string: text,
    table: tableLibrary(machine),
    math: mathLibrary(machine, random),
    coroutine: coroutineLibrary(machine),
    bit: bitLibrary(machine),
    cjson: cjsonLibrary(machine, json),
    cmsgpack: cmsgpackLibrary(machine),
    struct: structLibrary(machine),
    redis,
  };
  for (const [name, table] of Object.entries(libraries)) {
    globals.set(name, table);
    table.isReadOnly = true;
  }
  globals.set('_G', globals);
  globals.set('_VERSION', 'Lua 5.1');
  globals.metatable = guardTable(machine);
  globals.isReadOnly = true;
}
