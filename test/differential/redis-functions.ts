/**
 * Commands on functions whose replies a real server and ours must agree on, byte for byte. One library at a time, as the order of
 * several is that of the real one's hash table.
 *
 * @module
 */
type Args = readonly string[];

const library = (name: string, ...body: string[]): string => `#!lua name=${name}\n${body.join('\n')}`;
const ECHO = "redis.register_function('echo', function(keys, args) return {keys, args, #keys, #args} end)";
const load = (...body: string[]): Args => ['FUNCTION', 'LOAD', 'REPLACE', library('l', ...body)];
const flagged = (flags: string, body: string): Args => load(`redis.register_function{function_name = 'f', callback = function(keys, args) ${body} end, flags = {${flags}}}`);

/** What a library's code may not do, or does wrong. */
const REFUSED: readonly string[] = [
  '', 'x', 'a = 1', 'return 1', "error('x')", 'local x = nil x()', 'redis.call("ping")', 'redis.setresp(3)', 'math.random()', 'redis.nosuch()', "redis['x'] = 1", 'redis.register_function()',
  "redis.register_function('f')", "redis.register_function('f', 1)", 'redis.register_function(nil, function() end)', "redis.register_function('a b', function() end)", "redis.register_function('', function() end)",
  "redis.register_function('f', function() end, 1)", 'redis.register_function(1)', 'redis.register_function{}', "redis.register_function{function_name = 'f'}", 'redis.register_function{callback = function() end}',
  "redis.register_function{function_name = {}, callback = function() end}", "redis.register_function{function_name = 'f', callback = 1}", "redis.register_function{function_name = 'f', callback = function() end, flags = 1}",
  "redis.register_function{function_name = 'f', callback = function() end, flags = {'x'}}", "redis.register_function{function_name = 'f', callback = function() end, flags = {{}}}",
  "redis.register_function{function_name = 'f', callback = function() end, description = {}}", "redis.register_function{function_name = 'f', callback = function() end, x = 1}",
  "redis.register_function('f', function() end) redis.register_function('f', function() end)", 'redis.log(1)', "redis.log('x', 'y')", 'redis.log(9, 1)', 'return setmetatable', 'local t = redis t.x = 1', 'error({err = "E x"})',
];

/** The commands, in order. */
export const FUNCTIONS: readonly Args[] = [
  ['FUNCTION', 'LIST'], ['FUNCTION', 'STATS'], ['FUNCTION', 'DUMP'], ['FUNCTION', 'KILL'], ['FUNCTION', 'HELP'], ['FUNCTION'], ['FUNCTION', 'NOSUCH'], ['FUNCTION', 'LOAD'],
  ['FUNCTION', 'LOAD', 'x'], ['FUNCTION', 'LOAD', '#!lua'], ['FUNCTION', 'LOAD', '#!lua\n'], ['FUNCTION', 'LOAD', '#!\n'], ['FUNCTION', 'LOAD', '#! name=x\n'], ['FUNCTION', 'LOAD', '#!js name=x\n'], ['FUNCTION', 'LOAD', '#!lua name=\n'],
  ['FUNCTION', 'LOAD', '#!lua name=a name=b\n'], ['FUNCTION', 'LOAD', '#!lua nosuch=a name=b\n'], ['FUNCTION', 'LOAD', '#!lua name=a-b\n'], ['FUNCTION', 'LOAD', `#!LUA NAME="l"\n${ECHO}`], ['FUNCTION', 'LOAD', `#!lua name=l\n${ECHO}`],
  ['FUNCTION', 'LOAD', 'x', `#!lua name=l\n${ECHO}`], ['FUNCTION', 'LOAD', `#!lua name=m\n${ECHO}`], ['FUNCTION', 'LOAD', '#!lua name="x\n'],
  ['FUNCTION', 'LIST'], ['FUNCTION', 'LIST', 'WITHCODE'], ['FUNCTION', 'LIST', 'LIBRARYNAME', 'L*', 'withcode'], ['FUNCTION', 'LIST', 'LIBRARYNAME', 'x*'], ['FUNCTION', 'LIST', 'LIBRARYNAME'], ['FUNCTION', 'LIST', 'x'],
  ['FUNCTION', 'LIST', 'WITHCODE', 'WITHCODE'], ['FUNCTION', 'STATS'], ['FUNCTION', 'DUMP'],
  ['FCALL', 'echo', '1', 'k', 'a', 'b'], ['FCALL', 'ECHO', '0'], ['FCALL', 'echo', '2', 'k'], ['FCALL', 'echo', '-1'], ['FCALL', 'echo', 'x'], ['FCALL', 'nosuch', '0'], ['FCALL', 'nosuch', 'x'], ['FCALL', 'echo'], ['FCALL_RO', 'echo', '0'],
  ...REFUSED.map((body) => load(body)), ['FCALL', 'echo', '0'], ['FUNCTION', 'STATS'],
  flagged("'no-writes'", "return redis.call('get', 'k')"), ['FCALL_RO', 'f', '0'], ['FCALL', 'f', '0'], ['FUNCTION', 'LIST'], flagged("'no-writes'", "return redis.call('set', 'k', 'v')"), ['FCALL', 'f', '0'], ['FCALL_RO', 'f', '0'],
  flagged("'NO-WRITES', 'allow-stale'", "return redis.pcall('set', 'k', 'v')"), ['FCALL_RO', 'f', '0'], ['FUNCTION', 'LIST'], flagged("'allow-oom', 'no-cluster', 'allow-cross-slot-keys'", "return redis.call('set', keys[1], args[1])"),
  ['FCALL', 'f', '1', 'k', 'v'], ['FCALL', 'f', '0'], ['FCALL_RO', 'f', '1', 'k', 'v'], ['FUNCTION', 'LIST', 'WITHCODE'], ['HELLO', '3'], ['FUNCTION', 'LIST', 'WITHCODE'], ['FUNCTION', 'STATS'], ['HELLO', '2'],
  load("redis.register_function('f', function() return KEYS end)"), ['FCALL', 'f', '0'], load("redis.register_function('f', function() return redis.register_function('g', function() end) end)"), ['FCALL', 'f', '0'],
  load("local lib = redis redis.register_function('f', function() return lib.register_function('g', function() end) end)"), ['FCALL', 'f', '0'], load("redis.register_function('f', function() x = 1 end)"), ['FCALL', 'f', '0'],
  load("redis.register_function('f', function() return _G.redis.sha1hex('') end)"), ['FCALL', 'f', '0'], load("redis.register_function('f', function() getmetatable(_G).__index = {} end)"), ['FCALL', 'f', '0'],
  load('local n = 0', "redis.register_function('f', function() n = n + 1 return n end)", "redis.register_function('g', function() return -n end)"), ['FCALL', 'f', '0'], ['FCALL', 'f', '0'], ['FCALL', 'g', '0'],
  load("redis.register_function('f', function() return redis.REDIS_VERSION .. redis.REDIS_VERSION_NUM .. redis.LOG_WARNING .. redis.REPL_ALL end)"), ['FCALL', 'f', '0'],
  load("redis.register_function('f', function() error({err = 'MY own'}) end)"), ['FCALL', 'f', '0'], load("redis.register_function('f', function() return redis.error_reply('MY own') end)"), ['FCALL', 'f', '0'],
  load("redis.register_function(1, function() return 'one' end)"), ['FCALL', '1', '0'], ['FUNCTION', 'LIST'], load("redis.register_function{function_name = 'f', callback = function() end, description = 'says nothing'}"), ['FUNCTION', 'LIST'], ['FCALL', 'f', '0'],
  ['FUNCTION', 'DUMP'], ['FUNCTION', 'RESTORE', 'x'], ['FUNCTION', 'RESTORE', 'x', 'y'], ['FUNCTION', 'RESTORE', 'x', 'y', 'z'], ['FUNCTION', 'RESTORE'], ['FUNCTION', 'DELETE', 'nosuch'], ['FUNCTION', 'DELETE', 'l'], ['FUNCTION', 'DELETE', 'l'],
  ['FUNCTION', 'LIST'], ['FCALL', 'f', '0'], ['FUNCTION', 'FLUSH', 'x'], ['FUNCTION', 'FLUSH', 'SYNC', 'x'], ['FUNCTION', 'FLUSH', 'ASYNC'], ['FUNCTION', 'FLUSH'],
  ['MULTI'], load(ECHO), ['FCALL', 'echo', '0', 'x'], ['FUNCTION', 'FLUSH'], ['EXEC'], ['FUNCTION', 'STATS'],
  ['EVAL', "return redis.call('fcall', 'echo', 0)", '0'], ['EVAL', "return redis.call('function', 'list')", '0'],
  ['COMMAND', 'GETKEYS', 'FCALL', 'f', '2', 'a', 'b', 'c'], ['COMMAND', 'GETKEYS', 'FCALL_RO', 'f', '0'],
];
