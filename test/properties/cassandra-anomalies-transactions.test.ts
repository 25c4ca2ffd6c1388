/**
 * The rows C10 to C16 of the catalogue of anomalies: counters, lightweight transactions and batches, each as a pair, the
 * configuration that shows it and the one that does not.
 */
import { describe, expect, it } from 'vitest';
import type { Cassandra, CassandraOptions } from '../../src/cassandra/index.ts';
import { drop, pass } from '../../src/kernel/network.ts';
import { begin } from '../support/cassandra-story.ts';

interface Failure {
  readonly code: string;
  readonly definite: boolean;
  readonly writeType?: string;
}

/** A node that is no replica of a partition. */
const outsider = (cassandra: Cassandra, table: string, key: string): string =>
  cassandra.nodes.find(({ id }) => !cassandra.getEndpoints(table, key).includes(id))?.id ?? '';
const failureOf = (promise: Promise<unknown>): Promise<Failure | undefined> => promise.then(() => undefined, (error: unknown) => error as Failure);
const valueOf = async (result: Promise<{ first(): Readonly<Record<string, unknown>> | null }>): Promise<unknown> => (await result).first()?.['v'] ?? null;

describe('C10: a counter whose addition timed out and was repeated (Jepsen: Cassandra, 2013; CASSANDRA-2495)', () => {
  const ADD = "UPDATE counters SET v = v + 1 WHERE k = 'x'";

  it('has counted twice: the leader had added, only its answer was lost', async () => {
    const { sim, client } = begin('CREATE TABLE ks.counters (k text PRIMARY KEY, v counter)');
    await sim.run(async () => {
      const adder = client('adder', 'n1');
      const away = sim.faults.partition(['n1'], ['n2', 'n3']);
      expect(await failureOf(adder.execute(ADD))).toMatchObject({ code: 'WRITE_TIMEOUT', writeType: 'COUNTER', definite: false, received: 1, blockFor: 2 });
      away.heal();
      await adder.execute(ADD);
      expect(String(await valueOf(adder.execute("SELECT v FROM counters WHERE k = 'x'")))).toBe('2');
    });
  });

  it('has not counted at all when the request to the leader was lost: the same error, and the client cannot tell', async () => {
    const { sim, cassandra, client } = begin('CREATE TABLE ks.counters (k text PRIMARY KEY, v counter)', { nodes: 4 });
    await sim.run(async () => {
      const adder = client('adder', outsider(cassandra, 'ks.counters', 'x'));
      using _lost = sim.network.rule(({ message }) => (message.type === 'COUNTER_MUTATION_REQ' ? drop : pass));
      expect(await failureOf(adder.execute(ADD))).toMatchObject({ code: 'WRITE_TIMEOUT', writeType: 'COUNTER', definite: false, received: 0 });
      expect(await valueOf(adder.execute("SELECT v FROM counters WHERE k = 'x'"))).toBeNull();
    });
  });

  it('cannot with a lightweight transaction: the second attempt says that the first one happened', async () => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)');
    await sim.run(async () => {
      const adder = client('adder', 'n1');
      await adder.execute("INSERT INTO t (k, v) VALUES ('x', 0)");
      // Accepted by all and decided; what is lost is the commit and its acknowledgement.
      const lost = sim.network.rule(({ message }) => (message.type === 'PAXOS_COMMIT_REQ' || message.type === 'MUTATION_REQ' ? drop : pass));
      expect(await failureOf(adder.execute("UPDATE t SET v = 1 WHERE k = 'x' IF v = 0"))).toMatchObject({ code: 'WRITE_TIMEOUT', writeType: 'CAS', definite: false });
      lost[Symbol.dispose]();
      const again = await adder.execute("UPDATE t SET v = 1 WHERE k = 'x' IF v = 0");
      expect([again.wasApplied(), await valueOf(adder.execute("SELECT v FROM t WHERE k = 'x'"))]).toEqual([false, 1]);
    });
  });
});

describe('C11: lightweight transactions beside plain writes (documentation; CASSANDRA-13767)', () => {
  const run = async (transactional: boolean): Promise<readonly unknown[]> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)');
    return sim.run(async () => {
      const [ahead, right] = [client('ahead'), client('right')];
      // A transaction's timestamp is its ballot, by the coordinator's clock; a plain write's is its client's.
      sim.faults.clockSkew('ahead', '10s');
      await ahead.execute(`INSERT INTO t (k, v) VALUES ('x', 1)${transactional ? ' IF NOT EXISTS' : ''}`);
      const update = await right.execute("UPDATE t SET v = 2 WHERE k = 'x' IF v = 1");
      return [update.wasApplied(), await valueOf(right.execute("SELECT v FROM t WHERE k = 'x'")), await valueOf(right.execute("SELECT v FROM t WHERE k = 'x'", [], { consistency: 'SERIAL' }))];
    });
  };

  it('an update is applied and invisible when the row was written with a future timestamp', async () => {
    expect(await run(false)).toEqual([true, 1, 1]);
  });

  it('and visible when the row was written by a transaction too, whatever the client\'s clock', async () => {
    expect(await run(true)).toEqual([true, 2, 2]);
  });

  it('a plain update from a clock 50 ms behind is acknowledged and lost after a transaction', async () => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)');
    await sim.run(async () => {
      const behind = client('behind');
      sim.faults.clockSkew('behind', '-50ms');
      await sim.sleep('1s');
      await behind.execute("INSERT INTO t (k, v) VALUES ('x', 1) IF NOT EXISTS");
      await behind.execute("UPDATE t SET v = 2 WHERE k = 'x'");
      expect(await valueOf(behind.execute("SELECT v FROM t WHERE k = 'x'"))).toBe(1);
      await sim.sleep('50ms');
      await behind.execute("UPDATE t SET v = 3 WHERE k = 'x'");
      expect(await valueOf(behind.execute("SELECT v FROM t WHERE k = 'x'"))).toBe(3);
    });
  });
});

describe('C12: a lightweight transaction that timed out (documentation: CAS write timeout is unknown)', () => {
  /** Lets a transaction by n1 get as far as said, then reads; n1 is cut off from then on. */
  const run = async (lost: string, level: 'QUORUM' | 'SERIAL'): Promise<readonly unknown[]> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)', { hintedHandoffEnabled: false });
    return sim.run(async () => {
      const [writer, reader] = [client('writer', 'n1'), client('reader', 'n2')];
      using _rule = sim.network.rule(({ from, to, message }) => (from === 'n1' && message.type === lost && (to === 'n2' || to === 'n3') ? drop : pass));
      using _rest = sim.network.rule(({ from, message }) => (from === 'n1' && lost === 'PAXOS_COMMIT_REQ' && message.type === 'MUTATION_REQ' ? drop : pass));
      const failure = await failureOf(writer.execute("INSERT INTO t (k, v) VALUES ('x', 1) IF NOT EXISTS"));
      sim.faults.isolate('n1');
      const read = (consistency: 'QUORUM' | 'SERIAL'): Promise<unknown> =>
        valueOf(reader.execute("SELECT v FROM t WHERE k = 'x'", [], { consistency })).catch((error: Failure) => error.code);
      await sim.sleep('60s');
      return [failure?.code, failure?.definite, await read(level), await read('QUORUM')];
    });
  };

  it('after its proposal was accepted: plain reads miss it, a SERIAL read finishes it, and then all see it', async () => {
    expect(await run('PAXOS_COMMIT_REQ', 'QUORUM')).toEqual(['WRITE_TIMEOUT', false, null, null]);
    expect(await run('PAXOS_COMMIT_REQ', 'SERIAL')).toEqual(['WRITE_TIMEOUT', false, 1, 1]);
  });

  it('before its proposal was accepted anywhere else: a SERIAL read decides that it did not happen', async () => {
    expect(await run('PAXOS_PROPOSE_REQ', 'SERIAL')).toEqual(['WRITE_TIMEOUT', false, null, null]);
  });
});

describe('C13: serial reads around a proposal that one replica of three accepted (CASSANDRA-12126)', () => {
  const run = async (options: CassandraOptions): Promise<readonly unknown[]> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)', { hintedHandoffEnabled: false, ...options });
    return sim.run(async () => {
      const writer = client('writer', 'n1');
      // n1 alone accepts: its proposals to the others are lost.
      const lost = sim.network.rule(({ from, message }) => (from === 'n1' && message.type === 'PAXOS_PROPOSE_REQ' ? drop : pass));
      const failure = await failureOf(writer.execute("INSERT INTO t (k, v) VALUES ('x', 1) IF NOT EXISTS"));
      lost[Symbol.dispose]();
      const read = (coordinator: string): Promise<unknown> =>
        valueOf(client(`reader-by-${coordinator}`).execute("SELECT v FROM t WHERE k = 'x'", [], { consistency: 'SERIAL', coordinator }));
      const away = sim.faults.isolate('n1');
      await sim.sleep('60s');
      const first = await read('n2');
      away.heal();
      await sim.sleep('60s');
      sim.faults.isolate('n3');
      await sim.sleep('60s');
      return [failure?.code, first, await read('n1')];
    });
  };

  it('see nothing first and the value then, with no write between, as before the fix', async () => {
    expect(await run({ unsafeDisableSerialReadsLinearizability: true })).toEqual(['WRITE_TIMEOUT', null, 1]);
  });

  it('agree when a read that found nothing settles it by an empty proposal, the default since 4.0 and 3.11.9', async () => {
    expect(await run({})).toEqual(['WRITE_TIMEOUT', null, null]);
  });

  it('agree with Paxos v2, which asks for that only where a writer was promised something', async () => {
    expect(await run({ paxosVariant: 'v2' })).toEqual(['WRITE_TIMEOUT', null, null]);
  });
});

describe('C14: LOCAL_SERIAL in two datacentres (documentation)', () => {
  const run = async (serialConsistency: 'SERIAL' | 'LOCAL_SERIAL'): Promise<number> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v text)', { datacenters: { dc1: 3, dc2: 3 } }, "{'class': 'NetworkTopologyStrategy', 'dc1': 3, 'dc2': 3}");
    return sim.run(async () => {
      const applied = await Promise.all(['dc1', 'dc2'].map(async (datacenter) => {
        const one = client(`in-${datacenter}`, undefined, { datacenter, consistency: 'LOCAL_QUORUM' });
        const applied = await one.execute("INSERT INTO t (k, v) VALUES ('user', ?) IF NOT EXISTS", [datacenter], { serialConsistency }).then((result) => result.wasApplied(), () => undefined);
        // Two that compete may leave one without knowing: a serial read decides.
        return applied ?? (await valueOf(one.execute("SELECT v FROM t WHERE k = 'user'", [], { consistency: serialConsistency }))) === datacenter;
      }));
      return applied.filter((one) => one).length;
    });
  };

  it('both apply their IF NOT EXISTS', async () => {
    expect(await run('LOCAL_SERIAL')).toBe(2);
  });

  it('one does at SERIAL', async () => {
    expect(await run('SERIAL')).toBe(1);
  });
});

describe('C15: a batch over two partitions whose coordinator dies half way (documentation; Jepsen)', () => {
  const SCHEMA = 'CREATE TABLE ks.sent (k text PRIMARY KEY, v int); CREATE TABLE ks.received (k text PRIMARY KEY, v int)';
  const BATCH = ["INSERT INTO sent (k, v) VALUES ('m', 1)", "INSERT INTO received (k, v) VALUES ('r', 1)"];

  /** @returns what a reader sees right after the crash and in the end, of both tables */
  const run = async (logged: boolean): Promise<readonly unknown[]> => {
    const { sim, cassandra, client } = begin(SCHEMA, { nodes: 4, commitlogSync: 'batch' });
    return sim.run(async () => {
      const coordinator = outsider(cassandra, 'ks.sent', 'm');
      const reader = client('reader', cassandra.getEndpoints('ks.sent', 'm')[0]);
      let mutations = 0;
      using _half = sim.network.rule(({ from, message }) => {
        // The first mutation reaches its three replicas, then the coordinator's machine is gone.
        if (from !== coordinator || message.type !== 'MUTATION_REQ') return pass;
        return ++mutations > 3 ? drop : pass;
      });
      const batch = failureOf(client('writer', coordinator).batch(BATCH, { logged }));
      await sim.sleep('50ms');
      sim.faults.wipe(coordinator);
      const seen = async (): Promise<readonly unknown[]> => [
        await valueOf(reader.execute("SELECT v FROM sent WHERE k = 'm'")), await valueOf(reader.execute("SELECT v FROM received WHERE k = 'r'")),
      ];
      const before = await seen();
      await sim.sleep('14s');
      const after = await seen();
      await batch;
      return [before, after, cassandra.nodes.filter(({ isUp }) => isUp).map(({ batchCount }) => batchCount)];
    });
  };

  it('is seen half, and whole after the batchlog was replayed: at most ten seconds and twice the write timeout later', async () => {
    expect(await run(true)).toEqual([[1, null], [1, 1], [0, 0, 0]]);
  });

  it('stays half for ever when it was not logged', async () => {
    expect(await run(false)).toEqual([[1, null], [1, null], [0, 0, 0]]);
  });

  it('cannot be torn within one partition', async () => {
    const { sim, client } = begin("CREATE TABLE ks.t (k text, c int, v int, PRIMARY KEY (k, c))");
    await sim.run(async () => {
      const [writer, reader] = [client('writer', 'n1'), client('reader', 'n2', { consistency: 'ONE' })];
      let isDone = false;
      const writing = (async () => {
        for (let v = 1; v <= 50; v++) await writer.batch([1, 2].map((c) => ({ query: "INSERT INTO t (k, c, v) VALUES ('x', ?, ?)", params: [c, v] })));
        isDone = true;
      })();
      while (!isDone) {
        const { rows } = await reader.execute("SELECT v FROM t WHERE k = 'x'");
        expect(new Set(rows.map(({ v }) => v)).size).toBeLessThanOrEqual(1);
        expect([0, 2]).toContain(rows.length);
      }
      await writing;
    });
  });

  it('in one batch a DELETE wins over an INSERT of the same row, in either order: they share a timestamp', async () => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)');
    await sim.run(async () => {
      const writer = client('writer');
      const [insert, remove] = ["INSERT INTO t (k, v) VALUES ('x', 1)", "DELETE FROM t WHERE k = 'x'"];
      for (const batch of [[insert, remove], [remove, insert]]) {
        await writer.batch(batch);
        expect(await valueOf(writer.execute("SELECT v FROM t WHERE k = 'x'"))).toBeNull();
      }
    });
  });
});

describe('C16: a read sees a write that failed (scylladb 7258)', () => {
  const run = async (transactional: boolean): Promise<readonly unknown[]> => {
    const { sim, client } = begin('CREATE TABLE ks.t (k text PRIMARY KEY, v int)', { hintedHandoffEnabled: false });
    return sim.run(async () => {
      const writer = client('writer', 'n1');
      await writer.execute("INSERT INTO t (k, v) VALUES ('x', 1)", [], { consistency: 'ALL' });
      // Not noticed yet: the write is sent, and applied on n1 alone.
      sim.faults.partition(['n1'], ['n2', 'n3']);
      const failure = await failureOf(writer.execute(`UPDATE t SET v = 2 WHERE k = 'x'${transactional ? ' IF v = 1' : ''}`));
      return [failure?.code, await valueOf(writer.execute("SELECT v FROM t WHERE k = 'x'", [], { consistency: 'ONE' }))];
    });
  };

  it('at once, on the replica that applied it', async () => {
    expect(await run(false)).toEqual(['WRITE_TIMEOUT', 2]);
  });

  it('not when it was a transaction, which nobody applies before a majority accepted', async () => {
    expect(await run(true)).toEqual(['WRITE_TIMEOUT', 1]);
  });
});
