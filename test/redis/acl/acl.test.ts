import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import type { Connection } from '../../../src/redis/connections/connection.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { encodeReply } from '../../../src/redis/resp/encode.ts';

const start = (): { engine: Engine; admin: Connection; ask: (connection: Connection, line: string) => string } => {
  const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
  return { engine, admin: engine.connect(), ask: (connection, line) => encodeReply(engine.execute(connection, line.split(' ')), 2).trim() };
};

/** A connection of a user with some rules. */
const user = (rules: string): { engine: Engine; admin: Connection; ask: (connection: Connection, line: string) => string; ann: Connection } => {
  const world = start();
  const ann = world.engine.connect();
  world.ask(world.admin, `ACL SETUSER ann on >pw ${rules}`);
  world.ask(ann, 'AUTH ann pw');
  return { ...world, ann };
};

describe('a user', () => {
  it('may do what its rules allow, and hears what it may not', () => {
    const { ask, ann } = user('+get +set ~app:*');
    expect(ask(ann, 'SET app:1 x')).toBe('+OK');
    expect(ask(ann, 'SET other x')).toBe('-NOPERM this user has no permissions to access one of the keys used as arguments');
    expect(ask(ann, 'DEL app:1')).toBe("-NOPERM this user has no permissions to run the 'del' command");
  });

  it('may read where it may not write, and the other way round', () => {
    const { ask, ann } = user('+@all %R~r:* %W~w:*');
    expect(ask(ann, 'GET r:1')).toBe('$-1');
    expect(ask(ann, 'SET r:1 x')).toMatch(/^-NOPERM/);
    expect(ask(ann, 'SET w:1 x')).toBe('+OK');
    expect(ask(ann, 'GET w:1')).toMatch(/^-NOPERM/);
    expect(ask(ann, 'SET w:1 x GET')).toMatch(/^-NOPERM/);
    expect(ask(ann, 'COPY r:1 w:2')).toBe(':0');
  });

  it('may do with a selector what its own rules do not allow, but not half by one and half by the other', () => {
    const { ask, ann } = user('+get ~a (+set ~b)');
    expect(ask(ann, 'GET a')).toBe('$-1');
    expect(ask(ann, 'SET b x')).toBe('+OK');
    expect(ask(ann, 'SET a x')).toMatch(/^-NOPERM/);
  });

  it('may be given single subcommands and categories without some', () => {
    const { ask, ann } = user('+config|get +@string -set ~*');
    expect(ask(ann, 'CONFIG GET maxmemory')).toMatch(/^\*2/);
    expect(ask(ann, 'CONFIG SET maxmemory 0')).toMatch(/config\|set/);
    expect(ask(ann, 'GET a')).toBe('$-1');
    expect(ask(ann, 'SET a x')).toMatch(/^-NOPERM/);
  });

  it('loses in EXEC what it was denied since it queued it', () => {
    const { ask, admin, ann } = user('+@all ~*');
    ask(ann, 'MULTI');
    ask(ann, 'SET a 1');
    ask(admin, 'ACL SETUSER ann -set');
    expect(ask(ann, 'EXEC')).toContain('-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call.');
  });

  it('cannot do by a script what it may not do itself', () => {
    const { ask, engine, ann } = user('+eval +get ~*');
    expect(encodeReply(engine.execute(ann, ['EVAL', "return redis.call('SET', 'a', '1')", '0']), 2)).toContain("The user executing the script can't run this command or subcommand");
    expect(ask(ann, 'GET a')).toBe('$-1');
  });

  it('hears only the channels it may, and loses its connection with them', () => {
    const { ask, admin, ann } = user('+@all resetchannels &news');
    let closed = false;
    ann.close = () => { closed = true; };
    expect(ask(ann, 'SUBSCRIBE chat')).toMatch(/channels used as arguments/);
    expect(ask(ann, 'PSUBSCRIBE new*')).toMatch(/channels used as arguments/);
    expect(ask(ann, 'SUBSCRIBE news')).toMatch(/subscribe/);
    ask(admin, 'ACL SETUSER ann resetchannels &chat');
    expect(closed).toBe(true);
    expect(ask(admin, 'PUBLISH news x')).toBe(':0');
  });

  it('takes its connections with it when it is removed', () => {
    const { ask, admin, ann } = user('+@all');
    let closed = false;
    ann.close = () => { closed = true; };
    expect(ask(admin, 'ACL DELUSER ann')).toBe(':1');
    expect([closed, ask(admin, 'ACL GETUSER ann')]).toEqual([true, '$-1']);
  });
});

describe('the rules of a user', () => {
  it('are applied all or none', () => {
    const { ask, admin } = start();
    expect(ask(admin, 'ACL SETUSER bob on +get +nosuch')).toBe("-ERR Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL");
    expect(ask(admin, 'ACL GETUSER bob')).toBe('$-1');
  });

  it('make the same user again when they are read back', () => {
    const { ask, admin, engine } = start();
    ask(admin, 'ACL SETUSER bob on >pw +@all -@dangerous +config|get -select +select|0 %R~a* ~b resetchannels &c (-@all +get ~d)');
    const [, , ...rules] = (engine.acl.users().find(({ name }) => name === 'bob')?.describe() ?? '').split(' ');
    expect(engine.acl.set('carl', ['on', ...rules])).toBeUndefined();
    expect(engine.acl.find('carl')?.describe()).toBe(['on', ...rules].join(' '));
  });

  it('keep passwords as hashes only', () => {
    const { ask, admin } = start();
    ask(admin, 'ACL SETUSER bob >secret');
    expect(ask(admin, 'ACL LIST')).not.toContain('secret');
    expect(ask(admin, 'ACL LIST')).toContain('#2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b');
  });
});

describe('the log of refusals', () => {
  it('counts like refusals together, and forgets the oldest', () => {
    const { ask, admin, ann } = user('+get ~a');
    ask(ann, 'GET b');
    ask(ann, 'GET b');
    expect(ask(admin, 'ACL LOG')).toMatch(/\$5\r\ncount\r\n:2\r\n\$6\r\nreason\r\n\$3\r\nkey\r\n/);
    ask(admin, 'CONFIG SET acllog-max-len 1');
    ask(ann, 'SET a x');
    expect(ask(admin, 'ACL LOG').slice(0, 2)).toBe('*1');
    ask(admin, 'ACL LOG RESET');
    expect(ask(admin, 'ACL LOG')).toBe('*0');
  });

  it('tells of wrong passwords', () => {
    const { ask, admin, ann } = user('');
    expect(ask(ann, 'AUTH ann wrong')).toBe('-WRONGPASS invalid username-password pair or user is disabled.');
    expect(ask(admin, 'ACL LOG')).toMatch(/\$4\r\nauth\r\n[^]*\$4\r\nAUTH\r\n[^]*\$3\r\nann\r\n/);
  });
});

it('requirepass is the password of the user default', () => {
  const { ask, admin, engine } = start();
  ask(admin, 'CONFIG SET requirepass pw');
  const late = engine.connect();
  expect(ask(late, 'GET a')).toBe('-NOAUTH Authentication required.');
  expect(ask(late, 'AUTH pw')).toBe('+OK');
  expect(ask(late, 'GET a')).toBe('$-1');
  expect(ask(admin, 'GET a')).toBe('$-1');
});

it('only who may read every key may sort by keys that a pattern names', () => {
  const { ask, admin, ann } = user('+@all ~list');
  ask(admin, 'RPUSH list 1 2');
  expect(ask(ann, 'SORT list BY w*')).toBe('-ERR BY option of SORT denied due to insufficient ACL permissions.');
  expect(ask(ann, 'SORT list GET w*')).toBe('-ERR GET option of SORT denied due to insufficient ACL permissions.');
  expect(ask(ann, 'SORT list')).toMatch(/^\*2/);
  ask(admin, 'ACL SETUSER ann %R~*');
  expect(ask(ann, 'SORT list GET w*')).toMatch(/^\*2/);
});
