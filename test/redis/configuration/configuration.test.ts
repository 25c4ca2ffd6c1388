import { expect, test } from 'vitest';
import { createRedis } from '../../../src/redis/index.ts';

const said = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
};

test('CONFIG GET takes patterns and aliases, CONFIG SET sets all or nothing', () => {
  const redis = createRedis();
  const get = (...patterns: string[]): unknown => redis.command('CONFIG', 'GET', ...patterns);
  expect(get('maxmemory', 'hash-max-z*entries')).toEqual(['hash-max-ziplist-entries', '512', 'maxmemory', '0']);
  redis.command('CONFIG', 'SET', 'hash-max-ziplist-entries', '64', 'maxmemory', '100mb');
  expect(get('maxmemory', 'hash-max-listpack-entries')).toEqual(['hash-max-listpack-entries', '64', 'maxmemory', '104857600']);
  expect(said(() => redis.command('CONFIG', 'SET', 'hz', '20', 'appendonly', 'maybe')))
    .toBe("ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'yes' or 'no'");
  expect(get('hz')).toEqual(['hz', '10']);
});

// Texts of redis-server 7.0.15.
test.each([
  [['foo', 'bar'], "ERR Unknown option or number of arguments for CONFIG SET - 'foo'"],
  [['maxmemory', 'abc'], "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value"],
  [['maxmemory', '1', 'maxmemory', '2'], "ERR CONFIG SET failed (possibly related to argument 'maxmemory') - duplicate parameter"],
  [['databases', '3'], "ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config"],
  [['maxmemory-policy', 'x'], "ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction"],
  [['hash-max-listpack-entries', '-5'], "ERR CONFIG SET failed (possibly related to argument 'hash-max-listpack-entries') - argument must be between 0 and 9223372036854775807 inclusive"],
])('CONFIG SET %j is refused as the real one does', (pairs, message) => {
  expect(said(() => createRedis().command('CONFIG', 'SET', ...pairs))).toBe(message);
});

test('a password: nobody who connects later gets in without it', () => {
  const redis = createRedis();
  redis.command('CONFIG', 'SET', 'requirepass', 'secret');
  const other = redis.connect();
  expect(said(() => other.command('GET', 'k'))).toBe('NOAUTH Authentication required.');
  expect(said(() => other.command('HELLO', '3'))).toMatch(/^NOAUTH HELLO must be called/);
  expect(said(() => other.command('AUTH', 'wrong'))).toBe('WRONGPASS invalid username-password pair or user is disabled.');
  expect(other.command('AUTH', 'secret')).toBe('OK');
  expect(other.command('GET', 'k')).toBeNull();
  expect(redis.command('GET', 'k')).toBeNull();
  const third = redis.connect();
  third.command('HELLO', '3', 'AUTH', 'default', 'secret', 'SETNAME', 'me');
  expect(third.command('CLIENT', 'GETNAME')).toBe('me');
});

test('CLIENT LIST tells who is connected, CLIENT KILL ends them', () => {
  const redis = createRedis();
  const other = redis.connect();
  other.command('CLIENT', 'SETNAME', 'other');
  const id = other.command('CLIENT', 'ID');
  expect(redis.command('CLIENT', 'LIST', 'ID', String(id))).toMatch(new RegExp(`^id=${String(id)} addr=.* name=other .* cmd=client\\|id user=default redir=-1 resp=3\\n$`));
  expect(redis.command('CLIENT', 'KILL', 'ID', String(id))).toBe(1);
  expect(redis.command('CLIENT', 'KILL', 'ID', '9999')).toBe(0);
  expect(said(() => redis.command('CLIENT', 'KILL', '1.2.3.4:5'))).toBe('ERR No such client');
});
