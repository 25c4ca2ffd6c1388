import { describe, expect, it } from 'vitest';
import { createRedis } from '../../../src/redis/index.ts';
import { formatNotifyClasses, parseNotifyClasses } from '../../../src/redis/keyspace/notifications.ts';

describe('notify-keyspace-events', () => {
  it('is shown in one way, however it was written', () => {
    const shown = (text: string): string => formatNotifyClasses(parseNotifyClasses(text) ?? 0);
    expect(shown('EK$lshzg')).toBe('g$lshzKE');
    expect(shown('AKE')).toBe('AKE');
    expect(shown('KEg$lshzxetd')).toBe('AKE');
    expect(shown('mnK')).toBe('nKm');
    expect(shown('An')).toBe('A');
    expect(parseNotifyClasses('KQ')).toBeUndefined();
  });

  it('publishes by key and by event, in the order in which things happen', () => {
    const redis = createRedis();
    const listener = redis.connect();
    const heard: string[] = [];
    listener.psubscribe('__key*__:*', (message, channel) => heard.push(`${channel} ${message}`));
    redis.reply('SET', 'silent', 'v');
    redis.reply('CONFIG', 'SET', 'notify-keyspace-events', 'KEA');
    redis.reply('SET', 'k', 'v', 'PX', 100);
    redis.advance('1s');
    redis.reply('RPUSH', 'list', 'a');
    redis.reply('LPOP', 'list');
    expect(heard).toEqual([
      '__keyspace@0__:k set', '__keyevent@0__:set k', '__keyspace@0__:k expire', '__keyevent@0__:expire k',
      '__keyspace@0__:k expired', '__keyevent@0__:expired k',
      '__keyspace@0__:list rpush', '__keyevent@0__:rpush list', '__keyspace@0__:list lpop', '__keyevent@0__:lpop list',
      '__keyspace@0__:list del', '__keyevent@0__:del list',
    ]);
  });

  it('tells of new keys and of misses when asked, and of nothing else then', () => {
    const redis = createRedis();
    const heard: string[] = [];
    redis.connect().psubscribe('__keyevent*', (message, channel) => heard.push(`${channel} ${message}`));
    redis.reply('CONFIG', 'SET', 'notify-keyspace-events', 'Enm');
    redis.reply('GET', 'absent');
    redis.reply('DEL', 'absent');
    redis.reply('SET', 'k', '1');
    redis.reply('SET', 'k', '2');
    expect(heard).toEqual(['__keyevent@0__:keymiss absent', '__keyevent@0__:new k']);
  });
});
