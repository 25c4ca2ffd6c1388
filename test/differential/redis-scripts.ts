/**
 * Scripts whose replies a real server and ours must agree on, byte for byte. Each line is one script, run with the keys `k1`,
 * `k2` and the arguments `a`, `10`, and bytes beyond ASCII.
 *
 * @module
 */
export const SCRIPTS: readonly string[] = String.raw`
return 1
return 3.99
return -3.99
return 1e15
return 0/0
return 1/0
return '10'/2
return tostring(10/2)
return tostring(1e15)
return tostring(1e14)
return tostring(123456789012345)
return tostring(0.1)
return tostring(1/3)
return tostring(-0)
return tostring(1e300*1e10)
return tostring(0/0)
return tostring(2^53)
return tostring(12345678901234.5)
return 'x'
return true
return false
return nil
return
return {1,2,3}
return {1,nil,3}
return {1,2,{3,'x',{4}}}
return {1,2,nil,4}
return {a=1}
return {}
return {ok='fine'}
return {err='ERR bad'}
return {err='bad'}
return {ok=1}
return {err=1}
return {double=3.5}
return {map={a=1}}
return {1.5,'y',true,false,3}
return redis.status_reply('hello')
return redis.error_reply('hello')
return redis.error_reply('MY ERROR')
return redis.error_reply('-MY ERROR')
return redis.error_reply('-MY')
return redis.error_reply(1)
return redis.error_reply()
return redis.status_reply()
return redis.sha1hex('')
return redis.sha1hex('abc')
return redis.sha1hex()
return redis.sha1hex('a','b')
return redis.log(redis.LOG_WARNING, 'x')
return redis.log(1)
return redis.log(9, 'x')
return redis.log('x', 'x')
return KEYS
return ARGV
return #KEYS + #ARGV
return KEYS[3]
return ARGV[3]
return #ARGV[3]
return ARGV[3]:byte(1,-1)
return {ARGV[3]:byte(1,-1)}
return redis.call('set', KEYS[1], 'v')
return redis.call('get', KEYS[1])
return redis.call('get', 'nokey')
return redis.call('get', 'nokey') == false
return redis.call('set', KEYS[1], 1.5)
return redis.call('get', KEYS[1])
return redis.call('set', KEYS[1], 0.1)
return redis.call('get', KEYS[1])
return redis.call('set', KEYS[1], 3)
return redis.call('incr', KEYS[1])
return redis.call('INCRBY', KEYS[1], 2^40)
return redis.call('incr', KEYS[1])+1
return redis.call('type', KEYS[1])
return redis.call('type', KEYS[1]).ok
return redis.call('type', KEYS[1])['ok']
return redis.call('lpush', KEYS[1], 'a')
return redis.pcall('lpush', KEYS[1], 'a')
return redis.pcall('lpush', KEYS[1], 'a').err
local r = redis.pcall('lpush', KEYS[1], 'a') return r.err
local r = redis.pcall('lpush', KEYS[1], 'a') return type(r)
local r = redis.pcall('nosuch') return r
return redis.call('nosuch')
return redis.call('get')
return redis.pcall('get')
return redis.call()
return redis.pcall()
return redis.call({})
return redis.call('get', {})
return redis.call('get', nil)
return redis.call('get', true)
return redis.call('multi')
return redis.call('eval', 'return 1', 0)
return redis.call('subscribe', 'x')
return redis.call('watch', 'x')
return redis.call('config', 'nosuch')
return redis.call('config', 'get', 'maxmemory-policy')
return redis.call('select', 3)
redis.call('select', 3) redis.call('set', 'x', 'y') return redis.call('get', 'x')
return redis.call('get', 'x')
return redis.call('del', KEYS[1], KEYS[2])
return redis.call('rpush', KEYS[1], 'a', 'b', 'c')
return redis.call('lrange', KEYS[1], 0, -1)
return #redis.call('lrange', KEYS[1], 0, -1)
return redis.call('lpop', 'nokey')
return redis.call('blpop', 'nokey', 0)
return redis.call('hset', KEYS[2], 'f', 'v', 'g', 'w')
return redis.call('hgetall', KEYS[2])
return redis.call('hget', KEYS[2], 'z')
return redis.call('hmget', KEYS[2], 'f', 'z', 'g')
return redis.call('zadd', 'z', 1, 'a', 2.5, 'b')
return redis.call('zrange', 'z', 0, -1, 'WITHSCORES')
return redis.call('zscore', 'z', 'b')
return redis.call('zscore', 'z', 'b') + 1
return type(redis.call('zscore', 'z', 'b'))
redis.setresp(3) return type(redis.call('zscore', 'z', 'b'))
redis.setresp(3) return redis.call('zscore', 'z', 'b').double
redis.setresp(3) return redis.call('hgetall', KEYS[2]).map.f
redis.setresp(3) return redis.call('hgetall', KEYS[2])
redis.setresp(3) return redis.call('get', 'nokey')
redis.setresp(3) return type(redis.call('get', 'nokey'))
redis.setresp(3) return redis.call('smembers', 'nokey')
redis.setresp(4)
redis.setresp()
redis.call('sadd', 's', 'x') redis.setresp(3) return redis.call('smembers', 's').set.x
return redis.call('zscore', 'z', 'nomember')
return redis.call('expire', KEYS[1], 100)
return redis.call('ttl', KEYS[1])
return redis.call('ping')
return redis.call('echo', 'x')
return redis.call('object', 'encoding', KEYS[2])
return redis.call('exists', KEYS[1], KEYS[2])
return redis.replicate_commands()
return redis.set_repl(redis.REPL_ALL)
return redis.REDIS_VERSION
return redis.REDIS_VERSION_NUM
return {redis.LOG_DEBUG, redis.LOG_VERBOSE, redis.LOG_NOTICE, redis.LOG_WARNING, redis.REPL_ALL, redis.REPL_NONE, redis.REPL_AOF, redis.REPL_SLAVE, redis.REPL_REPLICA}
return x
x = 1
x = 1 return x
function f() end
_G.x = 1
rawset(_G, 'x', 1)
string.x = 1
redis.call = nil
redis.x = 1
table.insert(redis, 1)
return _G.x
return rawget(_G, 'x')
return print('x')
return type(os.clock())
return io
return require
return dofile
return loadfile
return debug
return setfenv
return getfenv
return type(loadstring)
return loadstring('return 1+1')()
return {loadstring('return +')}
return {pcall(loadstring, nil)}
return loadstring('error("x")')()
return loadstring('return ...')(5)
return type(load)
return type(collectgarbage('count'))
return _VERSION
return type(newproxy)
return type(_G)
return getmetatable('').__index == string
return getmetatable(_G)
setmetatable(_G, {})
error('boom')
error('boom', 0)
error('boom', 2)
error({err='MY boom'})
error({err='boom'})
error()
error(nil)
error(5)
error(true)
local function f() error('inside') end f()
local function f() error('outer', 2) end f()
local function f() error('outer', 2) end local function g() f() end g()
return {pcall(error, 'x')}
return {pcall(error, {1})}
return {pcall(error)}
return {pcall(function() error('x') end)}
return {pcall(function() error('x', 0) end)}
return {pcall(function() error('x', 2) end)}
return {pcall(function() local x = nil; return x.y end)}
return {pcall(function() local x = nil; x.y = 1 end)}
return {pcall(function() return nosuch.y end)}
return {pcall(function() local t = {} return t.x.y end)}
return {pcall(function() local t = {} return t.x.y.z end)}
return {pcall(function() local t = {} t.x.y = 1 end)}
return {pcall(function() local t = {} t.x() end)}
return {pcall(function() local t = {} t:x() end)}
return {pcall(function() local t = {} return t[1].x end)}
return {pcall(function() local t = {} t[1]() end)}
return {pcall(function() local s = 'x' s:nosuch() end)}
return {pcall(function() return 1 + nil end)}
return {pcall(function() local a; return a + 1 end)}
return {pcall(function() local a = {} ; return a.b + 1 end)}
return {pcall(function() local a = {} ; return 1 + a.b end)}
return {pcall(function() return {} + 1 end)}
return {pcall(function() return 'a' + 1 end)}
return {pcall(function() local s = 'a' return s * 2 end)}
return {pcall(function() return -{} end)}
return {pcall(function() return #5 end)}
return {pcall(function() local n = 5 return #n end)}
return {pcall(function() return nil .. 'x' end)}
return {pcall(function() local a return 'x' .. a end)}
return {pcall(function() local a = {} return 'x' .. a .. 'y' end)}
return {pcall(function() return 1 < 'x' end)}
return {pcall(function() return {} < {} end)}
return {pcall(function() return nil < 1 end)}
return {pcall(function() return 1 > nil end)}
return {pcall(function() return true <= false end)}
return {pcall(function() local t = {} t[nil] = 1 end)}
return {pcall(function() local t = {} t[0/0] = 1 end)}
return {pcall(function() for i = 'x', 2 do end end)}
return {pcall(function() for i = 1, {} do end end)}
return {pcall(function() for i = 1, 2, {} do end end)}
return {pcall(function() for i in 5 do end end)}
local up; return {pcall(function() return up.x end)}
local up; return {pcall(function() up() end)}
local up = {}; return {pcall(function() return up.a.b end)}
return {pcall(string.rep)}
return {pcall(string.rep, 'x')}
return {pcall(string.rep, 'x', {})}
return {pcall(function() string.rep() end)}
return {pcall(function() ('x'):rep() end)}
return {pcall(function() ('x'):rep({}) end)}
return {pcall(function() local r = string.rep r() end)}
return {pcall(function() tonumber() end)}
return {pcall(function() tostring() end)}
return {pcall(function() setmetatable(1, {}) end)}
return {pcall(function() setmetatable({}, 1) end)}
return {pcall(function() setmetatable({}) end)}
return {pcall(function() ipairs() end)}
return {pcall(function() pairs(nil) end)}
return {pcall(function() next({}, 'x') end)}
return {pcall(function() assert(false) end)}
return {pcall(function() assert(nil, 'msg') end)}
return {pcall(function() assert(false, {1}) end)}
return {pcall(function() assert() end)}
return {assert(1, 2, 3)}
return {pcall(function() select(0) end)}
return {pcall(redis.call, 'nosuch')}
return {pcall(function() return redis.call('nosuch') end)}
local ok, e = pcall(redis.call, 'lpush', KEYS[2], 'x') return {tostring(ok), type(e), e.err}
local ok, e = pcall(redis.call, 'lpush', KEYS[2], 'x') error(e)
local e = redis.pcall('lpush', KEYS[2], 'x') error(e)
local e = redis.pcall('lpush', KEYS[2], 'x') error(e.err)
return {xpcall(function() error('x') end, function(e) return 'handled ' .. e end)}
return {xpcall(function() return 1, 2 end, function(e) return e end)}
return {select('#', 1, nil, nil)}
return {select(2, 'a', 'b', 'c')}
return {select(-1, 'a', 'b', 'c')}
return {unpack({1,2,3})}
return {unpack({1,2,3}, 2)}
return {unpack({1,2,3}, 2, 5)}
return {unpack({}, 1, 3)}
return select('#', unpack({}, 1, 3))
return {(unpack({1,2,3}))}
return {type(1), type('x'), type(nil), type({}), type(print == nil)}
return {type(type), type(true), type(cjson.null)}
return tostring(cjson.null)
return tostring(nil) .. tostring(true)
return tostring({}):sub(1, 7)
return tostring(print == nil)
return tonumber('0x10')
return tonumber('  12  ')
return tonumber('1e2')
return tonumber('12a')
return tonumber('')
return tonumber(' ')
return tonumber('z', 36)
return tonumber('ff', 16)
return tonumber('0xff', 16)
return tonumber('8', 8)
return tonumber('777', 8)
return tonumber('1010', 2)
return tonumber({})
return tonumber(nil)
return tostring(tonumber('inf'))
return tostring(tonumber('nan'))
return tostring(tonumber('1.'))
return tostring(tonumber('.5'))
return tostring(tonumber('0x'))
return tostring(tonumber('1e'))
return tostring(tonumber('- 1'))
return 5 % 3
return -5 % 3
return 5 % -3
return tostring(5.5 % 2)
return tostring(-5 % 0)
return 2 ^ 10
return 7 / 2
return tostring(7 / 2)
return 10 .. 20
return 1 .. ''
return -2 ^ 2
return not nil
return not 0
return 1 and 2
return nil and 2
return nil or 3
return false or nil
return 1 == '1'
return 'a' < 'b'
return 'a' < 'B'
return '' < 'a'
return 'Z' < 'a'
return '10' < '9'
return #'abc'
return #{1,2,3,nil,5}
return #{1,2,3,nil}
return #{nil,nil,3}
return #{n=1}
local t = {} t[1]=1 t[2]=2 t[4]=4 return #t
local t = {1,2,3} t[#t] = nil return #t
local t = {} for i = 1, 10 do t[i] = i end for i = 1, 9 do t[i] = nil end return #t
local t = {10,20,30} local r = {} for i,v in ipairs(t) do r[#r+1] = i r[#r+1] = v end return r
local t = {10,20,nil,30} local r = {} for i,v in ipairs(t) do r[#r+1] = v end return r
local t = {a=1,b=2,c=3,d=4,e=5} local r = {} for k,v in pairs(t) do r[#r+1] = k end return r
local t = {} for c in ('the quick brown fox jumps over lazy dogs'):gmatch('%a+') do t[c] = true end local r = {} for k in pairs(t) do r[#r+1] = k end return r
local t = {} for i = 1, 50 do t['key:' .. i] = i end local r = {} for k in pairs(t) do r[#r+1] = k end return r
local t = {} for i = 1, 50 do t[i * 7 % 51] = i end local r = {} for k in pairs(t) do r[#r+1] = k end return r
local t = {} for i = 1, 20 do t[i * 1.5] = i end local r = {} for k in pairs(t) do r[#r+1] = tostring(k) end return r
local t = {x=1,y=2,z=3,[1]=4,[2]=5,[true]=6} local r = {} for k in pairs(t) do r[#r+1] = tostring(k) end return r
local t = {1,2,3,a=1,b=2} t.a = nil t.c = 3 t.d = 4 local r = {} for k in pairs(t) do r[#r+1] = tostring(k) end return r
local t = {} for i = 1, 30 do t['k' .. i] = i end for i = 1, 30, 2 do t['k' .. i] = nil end for i = 31, 40 do t['k' .. i] = i end local r = {} for k in pairs(t) do r[#r+1] = k end return r
local t = {} for i = 10, 1, -1 do t[i] = i end local r = {} for k in pairs(t) do r[#r+1] = k end return r
local t = {[-1]='a',[0]='b',[1]='c',[1e10]='d',[-2^31]='e'} local r = {} for k in pairs(t) do r[#r+1] = tostring(k) end return r
return next({})
return {next({5})}
return table.concat({1,2,3}, ',')
return table.concat({'a','b','c'}, '-', 2, 3)
return table.concat({})
return table.concat({1,{},3})
return {pcall(table.concat, {1,nil,3}, ',', 1, 3)}
return {pcall(function() return table.concat({true}) end)}
local t = {1,2,3} table.insert(t, 4) return t
local t = {1,2,3} table.insert(t, 1, 0) return t
local t = {1,2,3} table.insert(t, 2, 'x') return t
local t = {1,2,3} table.insert(t)
local t = {1,2,3} table.insert(t, 1, 2, 3)
local t = {1,2,3} table.remove(t) return t
local t = {1,2,3} return table.remove(t, 1)
local t = {1,2,3} table.remove(t, 1) return t
return {table.remove({})}
local t = {3,1,2} table.sort(t) return t
local t = {'b','a','C'} table.sort(t) return t
local t = {3,1,2} table.sort(t, function(a, b) return a > b end) return t
local t = {3,'x',2} table.sort(t)
local t = {{k=2,v='a'},{k=1,v='b'},{k=2,v='c'},{k=1,v='d'},{k=2,v='e'}} table.sort(t, function(a,b) return a.k < b.k end) local r = {} for i,v in ipairs(t) do r[i] = v.v end return r
local t = {} for i = 1, 100 do t[i] = (i * 37) % 101 end table.sort(t) return t
local t = {} for i = 1, 40 do t[i] = {(i * 37) % 5, i} end table.sort(t, function(a,b) return a[1] < b[1] end) local r = {} for i,v in ipairs(t) do r[i] = v[2] end return r
table.sort({3,1,2,5,4,7,6}, function(a,b) return true end)
return table.getn({1,2})
return table.maxn({1,2,[10]=1})
return string.upper('abc')
return ('x'):rep(3)
return ('abc'):upper():lower():len()
return ('hello'):sub(2)
return ('hello'):sub(-3)
return ('hello'):sub(2, -2)
return ('hello'):sub(0)
return ('hello'):sub(10)
return ('hello'):sub(-100, 2)
return {('hello'):byte()}
return {('hello'):byte(-1)}
return {('hello'):byte(1, -1)}
return {('hello'):byte(10)}
return string.char(72, 105)
return string.char()
return {pcall(string.char, 256)}
return ('abc'):reverse()
return {('hello world'):find('wor')}
return {('hello world'):find('o', 6)}
return {('hello world'):find('l+')}
return {('hello world'):find('(l)(l)')}
return {('hello'):find('')}
return {('hello'):find('', 10)}
return {('hello'):find('', 6)}
return {('a.b'):find('.', 1, true)}
return {('a.b'):find('%.')}
return {('a+b'):find('+', 1, true)}
return {('hello'):find('xyz')}
return {('hello'):match('h(.)l')}
return {('hello'):match('()ll()')}
return {('key = value'):match('^(%w+)%s*=%s*(%w+)$')}
return {('2024-01-02'):match('(%d+)-(%d+)-(%d+)')}
return {('f(a(b)c)d'):match('%b()')}
return {('THE (quick) fox'):find('%((%a+)%)')}
return {('THE (quick) fox'):gsub('%f[%a]%a+', 'X')}
return {('hello world'):gsub('o', '0')}
return {('hello world'):gsub('o', '0', 1)}
return {('hello'):gsub('', '-')}
return {('hello'):gsub('l', {l='L'})}
return {('hello'):gsub('.', {h='H', o=false})}
return {('hello'):gsub('%w', function(c) if c == 'l' then return 'L' end end)}
return {('hello world'):gsub('(%w+) (%w+)', '%2 %1')}
return {('hello'):gsub('l', '%%')}
return {('hello'):gsub('l', '%0%0')}
return {('abc'):gsub('%w', '%1')}
return {pcall(string.gsub, 'abc', '%w', '%2')}
return {pcall(string.gsub, 'abc', '(', 'x')}
return {pcall(string.gsub, 'abc', ')', 'x')}
return {pcall(string.gsub, 'abc', '[a', 'x')}
return {pcall(string.gsub, 'abc', '%', 'x')}
return {pcall(string.gsub, 'abc', '%b', 'x')}
return {pcall(string.gsub, 'abc', 'a', true)}
return {pcall(string.gsub, 'abc', 'a', function() return {} end)}
return {pcall(string.find, 'abc', '%1')}
return {('  trim  '):match('^%s*(.-)%s*$')}
return {('a,b,,c'):gsub(',', ';')}
local r = {} for w in ('one two three'):gmatch('%a+') do r[#r+1] = w end return r
local r = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do r[#r+1] = k .. v end return r
local r = {} for p in ('abc'):gmatch('()') do r[#r+1] = p end return r
return {('x^y'):find('^', 1, true)}
return {('[test]'):match('%[(.*)%]')}
return {('abc123'):match('^[%a]+'), ('abc123'):match('[^%a]+')}
return {('a-b'):match('[a%-]+'), ('a]b'):match('[]]')}
return {('\0a\0b'):find('%z')}
return {('aaa'):match('a-'), ('aaa'):match('a-$')}
return {('äöü'):len(), ('äöü'):upper()}
return string.format('%d %s %x %X %o %c', 42, 'x', 255, 255, 8, 65)
return string.format('%5d|%-5d|%05d|%+d|% d', 42, 42, 42, 42, 42)
return string.format('%.3f %.0f %5.1f %e %g %G', 3.14159, 2.5, 2.25, 12345.678, 1e20, 1e-10)
return string.format('%g %g %g %g', 100000, 1000000, 0.0001, 0.00001)
return string.format('%q', 'a "b" \\ \n \0 \r')
return string.format('%s %s %s', 'a', 1, 1.5)
return string.format('%10s|%-10s|%.2s', 'abc', 'abc', 'abc')
return string.format('%d', 3.99)
return string.format('%d', '10')
return string.format('%d', -5)
return string.format('%u', 5)
return string.format('%i', 5)
return string.format('%x', -1)
return string.format('%%')
return string.format('%5.2f%%', 99.5)
return string.format('%a', 1)
return string.format('%y', 1)
return string.format('%', 1)
return string.format('%d')
return string.format('%d', 'x')
return string.format('%s', nil)
return string.format('%s')
return string.format('%s', {})
return string.format('%.20f', 0.1)
return string.format('%.14g', 0.1)
return string.format('%.17g', 0.1)
return string.format('%.0f', 0.5)
return string.format('%.0f', 1.5)
return string.format('%.1f', 0.25)
return string.format('%f', 1e15)
return string.format('%f', 1/0)
return string.format('%d', 2^53)
return string.format('%d', 1e18)
return string.format('%.3d', 5)
return string.format('%#x', 255)
return string.format('%+.3e', 0)
return string.format('%5s', true)
return math.floor(3.7)
return math.floor(-3.7)
return math.ceil(3.2)
return math.max(1, 5, 3)
return math.min(1, 5, 3)
return math.max()
return math.abs(-5)
return math.sqrt(16)
return tostring(math.pi)
return tostring(math.huge)
return tostring(-math.huge)
return {math.fmod(7, 3), math.fmod(-7, 3)}
return {math.modf(3.7)}
return tostring(select(2, math.modf(3.75)))
return math.pow(2, 8)
return {math.frexp(8)}
return math.ldexp(1, 4)
return tostring(math.random())
return {math.random(100), math.random(100), math.random(5, 10)}
math.randomseed(42) return {math.random(100), math.random(100)}
math.randomseed(42) return tostring(math.random())
return {pcall(math.random, 0)}
return {pcall(math.random, 2, 1)}
return {pcall(math.floor, 'x')}
return math.floor('3.7')
local t = setmetatable({}, {__index = function(t, k) return k .. '!' end}) return t.foo
local t = setmetatable({}, {__index = {a = 5}}) return t.a
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end}) t.x = 5 return t.x
local t = setmetatable({}, {__call = function(self, a, b) return a + b end}) return t(1, 2)
local t = setmetatable({}, {__tostring = function() return 'me' end}) return tostring(t)
local mt = {__add = function(a, b) return 'add' end, __concat = function() return 'cat' end, __unm = function() return 'neg' end} local t = setmetatable({}, mt) return {t + 1, 1 + t, t .. 'x', 'x' .. t, -t}
local mt = {__eq = function() return true end, __lt = function() return true end, __le = function() return false end} local a, b = setmetatable({}, mt), setmetatable({}, mt) return {a == b, a < b, a <= b, a ~= b}
local mt = {__lt = function() return false end} local a, b = setmetatable({}, mt), setmetatable({}, mt) return {a <= b}
local t = setmetatable({}, {__metatable = 'locked'}) return {getmetatable(t), pcall(setmetatable, t, {})}
local t = setmetatable({1,2}, {__len = function() return 99 end}) return #t
return rawequal('a', 'a')
local t = {} t.t = t return t.t.t == t
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end return fact(10)
local function loop(n) if n == 0 then return 'done' end return loop(n - 1) end return loop(100000)
local function va(...) return select('#', ...), ... end return {va(1, nil, 3)}
local function va(...) local t = {...} return #t end return va(1, 2, 3)
local fs = {} for i = 1, 3 do fs[i] = function() i = i + 1 return i end end return {fs[1](), fs[1](), fs[2]()}
local x = 1 local function f() x = x + 1 return x end f() return {f(), x}
local a, b, c = (function() return 1, 2, 3 end)() return {a, b, c}
local a, b = 1 return {a, tostring(b)}
local a, b = 1, 2 a, b = b, a return {a, b}
local t = {1, 2} local i = 1 i, t[i] = i + 1, 20 return {i, t[1], t[2]}
do local x = 1 end return x
local x = 1 do local x = 2 end return x
local i = 0 while true do i = i + 1 if i > 5 then break end end return i
local i = 0 repeat local j = i i = i + 1 until j >= 3 return i
local s = 0 for i = 10, 1, -3 do s = s + i end return s
local s = '' for i = 0.1, 0.5, 0.1 do s = s .. i .. ' ' end return s
for i = 1, 3 do if i == 2 then return i end end
local t = {} function t.f(x) return x end function t:g(x) return self == t and x end return {t.f(1), t:g(2)}
local t = {a = {b = {}}} function t.a.b.c(x) return x end return t.a.b.c(7)
return ({1,2,3})[2]
return (function(...) return select('#', ...) end)(nil, nil)
return #"\65\066\x41"
return 'a\nb\tc\\d\'e"'
return [[long
string]]
return [==[a]]b]==]
return 0x10 + 0xA
return 1e2 + .5
-- comment
--[[ long comment ]] return 1
return 1 -- trailing
return 'unfinished
return +
x = = 1
if x then
return 1 2
for i = 1 do end
local function end
foo bar
return (1
return {1, 2
break
goto x
::x::
return 1 // 2
return 1 & 2
return ~1
a.b:c = 1
local x <const> = 1
return "\xzz"
x
1
'abc'
return cjson.encode({1,2,3})
return cjson.encode({a=1})
return cjson.encode({a=1,b=2,c=3,d={1,2},e={x='y'}})
return cjson.encode({})
return cjson.encode({{}})
return cjson.encode('a"b\\c/d\n\t\1\127é')
return cjson.encode(1.5)
return cjson.encode(1e20)
return cjson.encode(0.1)
return cjson.encode(1/3)
return cjson.encode(123456789012345678)
return cjson.encode(true)
return cjson.encode(nil)
return cjson.encode(cjson.null)
return cjson.encode({1,nil,3})
return cjson.encode({[1]=1,[2]=2,[5]=5})
return cjson.encode({[1]=1,[100]=2})
return cjson.encode({[1.5]=1})
return cjson.encode({[0]=1})
return cjson.encode({1,2,a=3})
return cjson.encode({[true]=1})
return cjson.encode(function() end)
return cjson.encode({f=function() end})
return cjson.encode(1/0)
return cjson.encode(0/0)
return cjson.encode()
return cjson.encode(1, 2)
local t = {} for i = 1, 1001 do t = {t} end return cjson.encode(t)
local t = {} for i = 1, 998 do t = {t} end return #cjson.encode(t)
return cjson.decode('[1,2,3]')
return cjson.decode('{"a":1}').a
return cjson.decode('{"a":{"b":[1,2,{"c":"d"}]}}').a.b[3].c
return cjson.decode('"x"')
return cjson.decode('1')
return cjson.decode('true')
return cjson.decode('null') == cjson.null
return cjson.decode('[null,1]')
return type(cjson.decode('[null]')[1])
return cjson.decode('"\\u00e9\\u20ac\\ud83d\\ude00\\n"')
return cjson.decode('  [ 1 , 2 ]  ')
return cjson.decode('')
return cjson.decode('[')
return cjson.decode('[1,')
return cjson.decode('{')
return cjson.decode('{"a"')
return cjson.decode('{"a":')
return cjson.decode('{"a":1')
return cjson.decode('{a:1}')
return cjson.decode('[1 2]')
return cjson.decode('nope')
return cjson.decode('"abc')
return cjson.decode('"\\x"')
return cjson.decode('"\\u12"')
return cjson.decode('[1] x')
return cjson.decode('01')
return cjson.decode('-')
return cjson.decode('1.5e3')
return cjson.decode('0x10')
return tostring(cjson.decode('1.5'))
return tostring(cjson.decode('nan'))
return cjson.decode(nil)
return cjson.decode({})
return cjson.decode()
return cjson.decode(('['):rep(1001))
return #cjson.decode(('['):rep(1000) .. (']'):rep(1000))
return cjson.encode(cjson.decode('{"z":1,"y":2,"x":3,"name":"n","list":[],"obj":{},"f":1.50}'))
return {cjson.encode_sparse_array()}
return {cjson._NAME, cjson._VERSION}
return bit.band(0xff, 0x0f)
return {bit.bor(1, 2, 4), bit.bxor(5, 1), bit.bnot(0), bit.lshift(1, 31), bit.rshift(-1, 28), bit.arshift(-16, 2)}
return {bit.tobit(2^32 + 5), bit.tobit(2^31), bit.tobit(0.5), bit.tobit(1.5), bit.rol(0x12345678, 8), bit.ror(0x12345678, 8), bit.bswap(0x12345678)}
return {bit.tohex(255), bit.tohex(255, 4), bit.tohex(-1, -8), bit.tohex(255, 2)}
return bit.band('x')
return bit.band()
return struct.pack('>I4', 258)
return struct.pack('<I2i8dfBbhHlLs', 1, -2, 1.5, 0.25, 200, -3, -4, 5, 6, 7, 'str')
return {struct.unpack('>I4', '\0\0\1\2')}
return {struct.unpack('<i2 >i2', '\1\0\0\1')}
return struct.pack('>I2c0', 3, 'abc')
return {struct.unpack('>Bc0', '\3abcd')}
return struct.size('>I4i8d')
return struct.size('!8bd')
return {struct.unpack('s', 'abc\0def')}
return {pcall(struct.unpack, '>I4', 'a')}
return {pcall(struct.pack, '>y', 1)}
return cmsgpack.pack({1,2,3})
return cmsgpack.pack({a=1})
return cmsgpack.pack('x', 1, -1, 1.5, true, nil, false)
return cmsgpack.pack(127, 128, 255, 256, 65535, 65536, 2^32, -32, -33, -128, -129, -32768, -32769, -2^31, -2^31-1)
return cmsgpack.pack(('x'):rep(31), ('x'):rep(32), ('x'):rep(300))
return cmsgpack.pack(1e300, 0.1, 1/0)
return cmsgpack.unpack(cmsgpack.pack({1,{2,'x'},true}))
return cmsgpack.unpack(cmsgpack.pack({a={b='c'}})).a.b
return {cmsgpack.unpack(cmsgpack.pack(1, 'two', 3))}
return {cmsgpack.unpack_one(cmsgpack.pack(1, 'two', 3), 0)}
return {cmsgpack.unpack_limit(cmsgpack.pack(1, 'two', 3), 2, 0)}
return {pcall(cmsgpack.unpack, '\204')}
return {pcall(cmsgpack.unpack, '\193')}
return {pcall(cmsgpack.pack)}
return cmsgpack.pack({{{}}})
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end
local current = redis.call('INCR', 'rate') if tonumber(current) == 1 then redis.call('PEXPIRE', 'rate', 1000) end return {current, redis.call('TTL', 'rate')}
redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', 30000) local ttl = redis.call('pttl', KEYS[1]) return ttl > 29000 and ttl <= 30000
`.split(/\n(?!string\]\])/).filter((line) => line !== '');

/** Scripts ours answers otherwise, and why. */
export const DIFFERS: ReadonlyMap<string, string> = new Map([
  ["return tostring(tonumber('nan'))", 'a NaN has no sign in ECMAScript; that of 0/0 is shown'],
  ["return tostring(cjson.decode('nan'))", 'as above'],
  ['return 1 2', "luaparse does not say that the chunk's end was expected"],
  ['return 1 & 2', 'as above'],
]);

/** Scripts whose replies hang on the protocol: that of the script, and that of its client. */
export const PROTOCOL_SCRIPTS: readonly string[] = [
  ...['string', 'integer', 'double', 'bignum', 'null', 'array', 'set', 'map', 'attrib', 'verbatim', 'true', 'false'].map((kind) => `return redis.call('debug', 'protocol', '${kind}')`),
  'return true', 'return false', 'return nil', 'return {true, false, 1}', 'return {double = 3.5}', 'return {double = 0.1}', 'return {double = 1/0}', 'return {double = -1/0}', 'return {double = 10}',
  "return {big_number = '12345678901234567890'}", "return {big_number = 'a\\r\\nb'}", "return {verbatim_string = {format = 'md', string = 'x'}}", "return {verbatim_string = {format = 'text', string = 'x'}}",
  "return {verbatim_string = {format = 'txt'}}", "return {verbatim_string = 1}", "return {map = {a = 1}}", "return {map = {[1] = {map = {b = {2}}}}}", 'return {map = {}}', "return {set = {x = true}}", 'return {set = {}}', 'return {set = 1}',
  "return {ok = 'a\\r\\nb'}", "return {err = 'E a\\r\\nb'}", "return redis.call('hgetall', 'h')", "return redis.call('hgetall', 'none')", "return redis.call('smembers', 's')", "return redis.call('sismember', 's', 5)",
  "return redis.call('zrange', 'z', 0, -1, 'withscores')", "return redis.call('zscore', 'z', 'm')", "return redis.call('zscore', 'z', 'none')", "return redis.call('get', 'none')", "return redis.call('config', 'get', 'maxmemory')",
  "return redis.call('hrandfield', 'h', 1, 'withvalues')", "return redis.call('zpopmin', 'none')", "return redis.call('lpop', 'none', 1)", "return type(redis.call('get', 'none'))",
  "local r = redis.call('hgetall', 'h') return r.map and r.map.a or r[2]", "local r = redis.call('smembers', 's') return r.set and tostring(r.set['5']) or r[1]",
  "local r = redis.call('zscore', 'z', 'm') return type(r) == 'table' and tostring(r.double) or r", "return redis.pcall('get')", "return {redis.pcall('incr', 'h')}", 'redis.setresp(4)', 'redis.setresp()', "redis.setresp('3') return {double = 1}",
];
