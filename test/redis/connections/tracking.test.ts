import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/kernel/random.ts';
import type { Connection } from '../../../src/redis/connections/connection.ts';
import { Engine } from '../../../src/redis/engine.ts';
import { encodeReply } from '../../../src/redis/resp/encode.ts';

const start = (): { engine: Engine; ask: (connection: Connection, line: string) => string; connect: (protocol: 2 | 3) => { connection: Connection; heard: string[] } } => {
  const engine = new Engine({ clock: () => 1e12, random: Random.fromSeed(1) });
  return {
    engine,
    ask: (connection, line) => {
      const reply = encodeReply(engine.execute(connection, line.split(' ')), 2).trim();
      engine.settle();
      return reply;
    },
    connect: (protocol) => {
      const heard: string[] = [];
      const connection = engine.connect((reply) => { heard.push(encodeReply(reply, protocol).replaceAll('\r\n', ' ').trim()); });
      connection.protocol = protocol;
      return { connection, heard };
    },
  };
};

const invalid = (...keys: string[]): string => `>2 $10 invalidate *${keys.length} ${keys.map((key) => `$${key.length} ${key}`).join(' ')}`;

describe('a connection that tracks', () => {
  it('hears once of a key it has read, when another changes it', () => {
    const { ask, connect } = start();
    const [reader, writer] = [connect(3), connect(2)];
    ask(reader.connection, 'CLIENT TRACKING ON');
    ask(reader.connection, 'GET a');
    ask(writer.connection, 'SET b 1');
    ask(writer.connection, 'SET a 1');
    ask(writer.connection, 'SET a 2');
    expect(reader.heard).toEqual([invalid('a')]);
  });

  it('hears of prefixes without having read, several keys at once', () => {
    const { ask, connect } = start();
    const [listener, writer] = [connect(3), connect(2)];
    ask(listener.connection, 'CLIENT TRACKING ON BCAST PREFIX user: PREFIX item:');
    ask(writer.connection, 'MSET user:2 x user:1 x other x item:1 x');
    expect(listener.heard).toEqual([invalid('item:1'), invalid('user:1', 'user:2')]);
  });

  it('hears of its own changes behind the reply, or with NOLOOP not at all', () => {
    const { engine, ask, connect } = start();
    const own = connect(3);
    ask(own.connection, 'CLIENT TRACKING ON');
    ask(own.connection, 'GET a');
    engine.execute(own.connection, ['SET', 'a', '1']);
    expect(own.heard).toEqual([]);
    engine.settle();
    expect(own.heard).toEqual([invalid('a')]);
    ask(own.connection, 'CLIENT TRACKING ON NOLOOP');
    ask(own.connection, 'GET a');
    ask(own.connection, 'SET a 2');
    expect(own.heard).toHaveLength(1);
  });

  it('chooses key by key with OPTIN', () => {
    const { ask, connect } = start();
    const [reader, writer] = [connect(3), connect(2)];
    ask(reader.connection, 'CLIENT TRACKING ON OPTIN');
    ask(reader.connection, 'GET a');
    ask(reader.connection, 'CLIENT CACHING YES');
    ask(reader.connection, 'GET b');
    ask(reader.connection, 'GET c');
    ask(writer.connection, 'MSET a 1 b 1 c 1');
    expect(reader.heard).toEqual([invalid('b')]);
  });

  it('lets another connection hear, as a message where that speaks RESP2', () => {
    const { ask, connect } = start();
    const [reader, listener, writer] = [connect(2), connect(2), connect(2)];
    ask(listener.connection, 'SUBSCRIBE __redis__:invalidate');
    ask(reader.connection, `CLIENT TRACKING ON REDIRECT ${listener.connection.id}`);
    ask(reader.connection, 'GET a');
    ask(writer.connection, 'DEL a');
    expect(listener.heard).toEqual([]);
    ask(writer.connection, 'SET a 1');
    expect(listener.heard).toEqual(['*3 $7 message $20 __redis__:invalidate *1 $1 a']);
  });

  it('hears that the other is gone', () => {
    const { engine, ask, connect } = start();
    const [reader, listener, writer] = [connect(3), connect(3), connect(2)];
    ask(reader.connection, `CLIENT TRACKING ON REDIRECT ${listener.connection.id}`);
    ask(reader.connection, 'GET a');
    engine.disconnect(listener.connection);
    ask(writer.connection, 'SET a 1');
    expect(reader.heard).toEqual([`>2 $21 tracking-redir-broken :${listener.connection.id}`]);
    expect(ask(reader.connection, 'CLIENT TRACKINGINFO')).toContain('broken_redirect');
  });

  it('hears of a flush with no key', () => {
    const { ask, connect } = start();
    const [reader, writer] = [connect(3), connect(2)];
    ask(reader.connection, 'CLIENT TRACKING ON');
    ask(writer.connection, 'MSET a 1 b 1');
    ask(reader.connection, 'MGET a b');
    ask(writer.connection, 'FLUSHALL');
    expect(reader.heard).toEqual(['>2 $10 invalidate _']);
  });

  it('hears of keys that are no longer remembered', () => {
    const { ask, connect } = start();
    const [reader, writer] = [connect(3), connect(2)];
    ask(reader.connection, 'CLIENT TRACKING ON');
    for (let i = 0; i < 20; i++) ask(reader.connection, `GET k${i}`);
    ask(writer.connection, 'CONFIG SET tracking-table-max-keys 5');
    ask(writer.connection, 'PING');
    expect(reader.heard).toHaveLength(15);
    expect(ask(writer.connection, 'INFO stats')).toContain('tracking_total_keys:5');
  });
});
