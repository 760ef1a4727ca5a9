import { ManualClock, OutboxDispatcher, type OutboxEventDraft, type PerformanceStorage } from '@mlperf/core';
import { openPostgresStorage, type PostgresSource, type PostgresStorageOptions } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../../fixtures/embedded-postgres.ts';

const START = 1_704_067_200_000;
const LISTENERS = "select count(*)::int as n from pg_stat_activity where application_name = 'mlperf listener'";

function eventOf(n: number): OutboxEventDraft {
  return { modelName: 'm', type: 'model-promoted', payload: { n }, at: START };
}

const reason = whyNoServer();

describe.skipIf(reason !== undefined)('events of the outbox on a Postgres server', () => {
  let server: EmbeddedServer;
  let admin: pg.Pool;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Pool({ connectionString: server.url, max: 2 });
    // A pool has ended before its connections have: the server may be the first to close them.
    admin.on('error', () => undefined);
  }, 60_000);

  afterAll(async () => {
    await admin?.end();
    await server?.dispose();
  }, 60_000);

  const nextSchema = () => `outbox_${++schemas}`;
  const listeners = async () => Number((await admin.query(LISTENERS)).rows[0].n);

  async function open(schema: string, options: PostgresStorageOptions = {}, source: PostgresSource = server.url) {
    const storage = await openPostgresStorage(source, { schema, ...options });
    onTestFinished(() => storage.close());
    return storage;
  }

  /** A dispatcher whose clock stands still: it polls only when the test moves it. */
  function dispatch(storage: PerformanceStorage, clock: ManualClock) {
    const delivered: unknown[] = [];
    const dispatcher = OutboxDispatcher.start({
      storage,
      clock,
      consumer: 'pager',
      handle: ({ payload }) => void delivered.push(payload.n),
    });
    onTestFinished(() => dispatcher.stop());
    return delivered;
  }

  it('wake another process on commit, without a poll', async () => {
    const schema = nextSchema();
    const [reader, writer] = [await open(schema), await open(schema)];
    const delivered = dispatch(reader, new ManualClock(START));
    await expect.poll(listeners).toBe(1);
    await writer.outbox.append([eventOf(1)]);
    await expect.poll(() => delivered).toEqual([1]);
    await writer.transaction((tx) => tx.outbox.append([eventOf(2), eventOf(3)]));
    await expect.poll(() => delivered).toEqual([1, 2, 3]);
  });

  it('wake nobody when their transaction is rolled back, and nobody of another schema', async () => {
    const schema = nextSchema();
    const [reader, writer, stranger] = [await open(schema), await open(schema), await open(nextSchema())];
    let wakeUps = 0;
    reader.onOutboxAppended(() => wakeUps++);
    // The first comes with the connection itself.
    await expect.poll(() => wakeUps).toBe(1);
    const broken = writer.transaction(async (tx) => {
      await tx.outbox.append([eventOf(1)]);
      throw new Error('stop');
    });
    await expect(broken).rejects.toThrow('stop');
    await stranger.outbox.append([eventOf(1)]);
    await writer.outbox.append([eventOf(2)]);
    await expect.poll(() => wakeUps).toBe(2);
    expect(await reader.outbox.read({ consumer: 'c', limit: 5 })).toMatchObject([{ payload: { n: 2 } }]);
  });

  it('are looked for by polling while the listening connection is lost, and it comes back', async () => {
    const schema = nextSchema();
    const listening = new ManualClock(START);
    const polling = new ManualClock(START);
    const [reader, writer] = [await open(schema, { clock: listening }), await open(schema, { clock: listening })];
    const delivered = dispatch(reader, polling);
    await expect.poll(listeners).toBe(1);
    await writer.outbox.append([eventOf(1)]);
    await expect.poll(() => delivered).toEqual([1]);

    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mlperf listener'",
    );
    await expect.poll(listeners).toBe(0);
    await writer.outbox.append([eventOf(2)]);
    polling.advance(1_000);
    await expect.poll(() => delivered).toEqual([1, 2]);

    await writer.outbox.append([eventOf(3)]);
    // Only now does it connect again, and then looks for what it has missed.
    listening.advance(1_000);
    await expect.poll(() => delivered).toEqual([1, 2, 3]);
    await writer.outbox.append([eventOf(4)]);
    await expect.poll(() => delivered).toEqual([1, 2, 3, 4]);
  });

  it('need a connection only while somebody waits for them', async () => {
    const storage = await open(nextSchema());
    expect(await listeners()).toBe(0);
    const stops = [storage.onOutboxAppended(() => undefined), storage.onOutboxAppended(() => undefined)];
    await expect.poll(listeners).toBe(1);
    stops[0]!();
    await storage.slots.list();
    expect(await listeners()).toBe(1);
    stops[1]!();
    await expect.poll(listeners).toBe(0);
    storage.onOutboxAppended(() => undefined);
    await expect.poll(listeners).toBe(1);
    await storage.close();
    await expect.poll(listeners).toBe(0);
  });

  it("take one of a host's pool and give it up, and leave a pool of one alone", async () => {
    const schema = nextSchema();
    const pools = [1, 2].map((max) => new pg.Pool({ connectionString: server.url, max }));
    for (const pool of pools) pool.on('error', () => undefined);
    onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.end()))));
    const [poor, rich] = [await open(schema, {}, pools[0]!), await open(schema, {}, pools[1]!)];
    const clock = new ManualClock(START);
    const delivered = dispatch(poor, clock);
    let wakeUps = 0;
    rich.onOutboxAppended(() => wakeUps++);
    await expect.poll(() => wakeUps).toBe(1);
    await (await open(schema)).outbox.append([eventOf(1)]);
    await expect.poll(() => wakeUps).toBe(2);
    clock.advance(1_000);
    await expect.poll(() => delivered).toEqual([1]);
    await rich.close();
    expect(pools[1]!.totalCount - pools[1]!.idleCount).toBe(0);
  });
});
