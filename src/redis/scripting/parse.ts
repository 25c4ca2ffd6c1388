/**
 * Lua 5.1's grammar, through luaparse. Syntax errors are luaparse's, in Lua's words where those are known.
 *
 * @module
 */
import luaparse from 'luaparse';
import type { Bytes } from '../bytes/bytes.ts';
import { LuaError } from './lua-value.ts';

/** What binary chunks begin with: they are not loaded. */
const BINARY_MARK = '\x1bLua';

/**
 * Reads a chunk.
 *
 * @param name - how errors call it
 * @throws {@link LuaError} with Lua's message when it is not Lua 5.1
 */
export function parse(source: Bytes, name: Bytes): luaparse.Chunk {
  if (source.startsWith(BINARY_MARK)) throw new LuaError(`${name}: bad header in precompiled chunk`);
  try {
    return luaparse.parse(source, { luaVersion: '5.1', encodingMode: 'pseudo-latin1', locations: true, ranges: true, comments: false });
  } catch (error) {
    throw new LuaError(`${name}:${syntaxError(error)}`);
  }
}

/** `line: message near 'token'` */
function syntaxError(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const match = /^\[(\d+):\d+\] (.*)$/s.exec(text);
  if (match === null) return `1: ${text}`;
  const [, line = '1', message = ''] = match;
  const words = message
    .replace(/^unexpected (?:symbol|keyword|identifier|number|boolean|string) '(.*)' near '.*'$/s, "unexpected symbol near '$1'")
    .replace(/^<expression> expected near/, 'unexpected symbol near')
    .replace(/^<(\w+)> expected/, "'<$1>' expected")
    .replace(/^unexpected symbol near '(end|else|elseif|until)'$/, "'<eof>' expected near '$1'")
    .replace(/^unfinished string near .*$/s, "unfinished string near '<eof>'");
  return `${line}: ${words}`;
}
