/**
 * A chunk of Lua, from its text to a function.
 *
 * @module
 */
import type luaparse from 'luaparse';
import type { Bytes } from '../bytes/bytes.ts';
import { LuaClosure, Prototype } from './closure.ts';
import { Compiler, type Source } from './compile.ts';
import { ResumableCompiler } from './compile-resumable.ts';
import { LuaError } from './lua-value.ts';
import type { ChunkName, Machine } from './machine.ts';
import { parse } from './parse.ts';
import { resolve, type FunctionNode } from './resolve.ts';

/**
 * Compiles a chunk.
 *
 * @throws {@link LuaError} with Lua's message when it is not Lua 5.1
 */
export function compile(machine: Machine, text: Bytes, chunk: ChunkName): LuaClosure {
  const tree = parse(text, chunk.name);
  const layout = resolve(tree);
  const prototypes = new Map<FunctionNode, Prototype>();
  const prototypeOf = (node: FunctionNode): Prototype => {
    const known = prototypes.get(node);
    if (known !== undefined) return known;
    const functionLayout = layout.functions.get(node);
    if (functionLayout === undefined) throw new LuaError('unresolved function');
    const made = new Prototype(
      machine, functionLayout, chunk, node.loc?.start.line ?? 0, layout.assignsUpvalues,
      () => new Compiler(source).block(node.body), () => new ResumableCompiler(source).steps(node.body),
    );
    prototypes.set(node, made);
    return made;
  };
  const source: Source = { machine, text, layout, prototype: (node: luaparse.FunctionDeclaration) => prototypeOf(node) };
  return new LuaClosure(prototypeOf(tree), []);
}
