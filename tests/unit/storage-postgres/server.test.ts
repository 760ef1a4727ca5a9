import {
  ManualClock,
  type OutboxEventDraft,
  OutcomeAggregate,
  type OutcomeResolution,
  observationOf,
  type PerformanceStorage,
  type RecordedPrediction,
} from '@mlperf/core';
import { openPostgresStorage, type PostgresPool, type PostgresStorageOptions } from '@mlperf/storage-postgres';
import { MIGRATIONS } from '@mlperf/storage-sql';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../../fixtures/embedded-postgres.ts';

const HOUR = 3_600_000;
const JANUARY = Date.UTC(2024, 0, 15);
const JUNE = Date.UTC(2024, 5, 15);

function predictionOf(id: string, changes: Partial<RecordedPrediction> = {}): RecordedPrediction {
  const predictedAt = changes.predictedAt ?? JANUARY;
  return {
    id,
    decisionId: id,
    role: 'live',
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt,
    direction: 'up',
    confidence: 0.6,
    recordedAt: predictedAt + 1,
    ...changes,
  };
}

function events(count: number): OutboxEventDraft[] {
  return Array.from({ length: count }, () => ({ modelName: 'm', type: 't', payload: {}, at: 0 }));
}

function outcomeOf({ id, predictedAt }: RecordedPrediction): OutcomeResolution {
  return {
    predictionId: id,
    outcome: { observedAt: predictedAt + HOUR, direction: 'up', correct: true },
    recordedAt: predictedAt + HOUR + 1,
  };
}

describe.skipIf(whyNoServer() !== undefined)(`a server of Postgres ${whyNoServer() ?? ''}`, () => {
  let server: EmbeddedServer;
  let admin: pg.Pool;
  let schemas = 0;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Pool({ connectionString: server.url, max: 6 });
    admin.on('error', () => undefined);
  }, 60_000);

  afterAll(async () => {
    await admin?.end();
    await server?.dispose();
  }, 60_000);

  const nextSchema = () => `store_${++schemas}`;

  async function open(options: PostgresStorageOptions = {}, url = server.url): Promise<PerformanceStorage> {
    const storage = await openPostgresStorage(url, { schema: nextSchema(), ...options });
    onTestFinished(() => storage.close());
    return storage;
  }

  const count = async (sql: string) => Number((await admin.query(`select (${sql}) as n`)).rows[0].n);

  /** Cuts every connection of our pools. */
  const cutConnections = () =>
    admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mlperf'");

  it('says what it is', async () => {
    const storage = await open();
    expect([storage.kind, storage.durability, storage.multiProcess]).toEqual(['postgres', 'power-loss', true]);
  });

  it('is migrated once by ten that open one absent schema at once', async () => {
    const schema = nextSchema();
    const storages = await Promise.all(Array.from({ length: 10 }, () => open({ schema, poolSize: 2 })));
    expect(await storages[0]!.migrate()).toEqual({ applied: [], schemaVersion: MIGRATIONS.length });
    expect(await count(`select count(*) from ${schema}.schema_migrations`)).toBe(MIGRATIONS.length);
  });

  it("refuses a newer release's schema and one of something else, and changes neither", async () => {
    const newer = nextSchema();
    await (await open({ schema: newer })).close();
    await admin.query(`insert into ${newer}.schema_migrations values ('9999-later', 9999, 0)`);
    await expect(open({ schema: newer })).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });

    const strange = nextSchema();
    await admin.query(`create schema ${strange}; create table ${strange}.trades (id text)`);
    await expect(open({ schema: strange })).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
    expect(await count(`select count(*) from pg_tables where schemaname = '${strange}'`)).toBe(1);

    const migrated = nextSchema();
    await admin.query(`create schema ${migrated}; create table ${migrated}.users (id int);
      create table ${migrated}.schema_migrations (version bigint primary key, dirty boolean)`);
    await expect(open({ schema: migrated })).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
      message: expect.stringContaining('no schema_migrations of ours and 2 tables of something else'),
    });
  });

  it("leaves a pool of the host's open and as it was, and keeps two schemas on one pool apart", async () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 1 });
    onTestFinished(() => pool.end());
    await pool.query('create temporary table predictions (id text)');
    const [a, b] = await Promise.all([
      openPostgresStorage(pool, { schema: nextSchema() }),
      openPostgresStorage(pool, { schema: nextSchema() }),
    ]);
    for (let i = 0; i < 8; i++) {
      await Promise.all([a.predictions.append([predictionOf(`a${i}`)]), b.predictions.append([predictionOf(`b${i}`)])]);
      expect((await b.predictions.get([`a${i}`, `b${i}`])).map((row) => row?.id)).toEqual([undefined, `b${i}`]);
    }
    await Promise.all([a.close(), b.close()]);
    const { rows } = await pool.query("select current_setting('search_path') as path, count(*) as n from predictions");
    expect(rows).toEqual([{ path: '"$user", public', n: '0' }]);
  });

  describe('predictions by month', () => {
    const partitions = async (schema: string) =>
      (
        await admin.query(
          `select c.relname from pg_inherits join pg_class c on c.oid = inhrelid
           where inhparent = '${schema}.predictions'::regclass order by 1`,
        )
      ).rows.map((row) => row.relname);

    it('have the current and the next from the start, and others with their first prediction', async () => {
      const schema = nextSchema();
      const clock = new ManualClock(JUNE);
      const storage = await open({ schema, clock });
      expect(await partitions(schema)).toEqual(['predictions_2024_06', 'predictions_2024_07', 'predictions_default']);
      await storage.predictions.append([
        predictionOf('old', { predictedAt: JANUARY }),
        predictionOf('first', { predictedAt: 0 }),
      ]);
      expect(await partitions(schema)).toEqual([
        'predictions_1970_01',
        'predictions_1970_02',
        'predictions_2024_01',
        'predictions_2024_02',
        'predictions_2024_06',
        'predictions_2024_07',
        'predictions_default',
      ]);
      expect(await count(`select count(*) from ${schema}.predictions_2024_01`)).toBe(1);
    });

    it('have the next one made ahead while a process goes on, month after month', async () => {
      const schema = nextSchema();
      const clock = new ManualClock(JANUARY);
      const storage = await open({ schema, clock });
      for (const month of [0, 1, 2, 3]) {
        clock.advance(Date.UTC(2024, month, 20) - clock.now());
        const at = clock.now();
        await storage.predictions.append([predictionOf(`first ${month}`, { predictedAt: at })]);
        expect(await partitions(schema)).toContain(`predictions_2024_0${month + 2}`);
      }
      expect(await count(`select count(*) from ${schema}.predictions_default`)).toBe(0);
    });

    it('wait in the default partition while somebody reads it, and keep neither writers nor readers waiting', async () => {
      const schema = nextSchema();
      const clock = new ManualClock(JANUARY);
      const storage = await open({ schema, clock, lockTimeoutMs: 2_000 });
      const reader = await admin.connect();
      onTestFinished(() => reader.release());
      await reader.query(`begin isolation level repeatable read; select count(*) from ${schema}.predictions`);
      clock.advance(JUNE - JANUARY);
      await storage.predictions.append([predictionOf('p', { predictedAt: JUNE })]);
      expect((await storage.predictions.list({ symbol: 'BTC-USD' })).items).toHaveLength(1);
      expect(await partitions(schema)).not.toContain('predictions_2024_06');
      await reader.query('commit');
      // Not with every call: each try keeps readers waiting for a moment.
      await storage.predictions.append([predictionOf('q', { predictedAt: JUNE })]);
      expect(await count(`select count(*) from ${schema}.predictions_default`)).toBe(2);
      clock.advance(HOUR);
      await storage.predictions.append([predictionOf('r', { predictedAt: JUNE })]);
      expect(await count(`select count(*) from ${schema}.predictions_2024_06`)).toBe(3);
      expect(await partitions(schema)).toContain('predictions_2024_07');
    });

    it('wait in the default partition while their month is far off, and move when it is near', async () => {
      const schema = nextSchema();
      const clock = new ManualClock(JANUARY);
      const storage = await open({ schema, clock });
      const early = predictionOf('early', { predictedAt: JUNE });
      const far = predictionOf('far', { predictedAt: Date.UTC(9999, 11, 31) });
      await storage.predictions.append([early, far]);
      await storage.predictions.resolve([outcomeOf(early)]);
      expect(await count(`select count(*) from ${schema}.predictions_default`)).toBe(2);
      clock.advance(JUNE - JANUARY);
      await storage.migrate();
      expect(await count(`select count(*) from ${schema}.predictions_default`)).toBe(1);
      expect(await count(`select count(*) from ${schema}.predictions_2024_06`)).toBe(1);
      const [moved, left] = await storage.predictions.get(['early', 'far']);
      expect([moved?.outcome?.sequence, left?.id]).toEqual([1, 'far']);
      await storage.predictions.append([predictionOf('late', { predictedAt: JUNE + 1 })]);
      expect(await count(`select count(*) from ${schema}.predictions_2024_06`)).toBe(2);
    });

    it('keep ids unique over all months', async () => {
      const storage = await open();
      await storage.predictions.append([predictionOf('p', { predictedAt: JANUARY })]);
      await expect(storage.predictions.append([predictionOf('p', { predictedAt: JUNE })])).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    });

    it('are stored in the default partition by a role that may not make tables', async () => {
      const schema = nextSchema();
      await open({ schema });
      const role = `writer_${schema}`;
      await admin.query(
        `create role ${role} login password 'password'; grant usage on schema ${schema} to ${role};
         grant select, insert, update, delete on all tables in schema ${schema} to ${role}`,
      );
      const storage = await open({ schema }, server.url.replace('postgres:password', `${role}:password`));
      await storage.predictions.append([predictionOf('p', { predictedAt: JANUARY })]);
      await storage.predictions.append([predictionOf('q', { predictedAt: JANUARY })]);
      expect(await count(`select count(*) from ${schema}.predictions_default`)).toBe(2);
      expect((await storage.predictions.get(['p']))[0]?.id).toBe('p');
      await expect(
        open({ schema: nextSchema() }, server.url.replace('postgres:password', `${role}:password`)),
      ).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('privilege'),
      });
    });
  });

  describe('writers', () => {
    it('share a transaction: many small calls at once need few commits, and a bad one harms no other', async () => {
      const schema = nextSchema();
      const storage = await open({ schema });
      const made = Array.from({ length: 500 }, (_, i) => predictionOf(`p${i}`));
      const before = await count('select pg_current_xact_id()::text::bigint');
      await Promise.all(
        made.map(async (prediction) => {
          expect(await storage.predictions.append([prediction])).toEqual([true]);
          const [result] = await storage.predictions.resolve([outcomeOf(prediction)]);
          expect(result).toMatchObject({ predictionId: prediction.id, status: 'resolved' });
        }),
      );
      expect((await count('select pg_current_xact_id()::text::bigint')) - before).toBeLessThan(30);

      const results = await Promise.allSettled([
        storage.predictions.append([predictionOf('good')]),
        storage.predictions.append([predictionOf('half'), predictionOf('p1', { confidence: 0.9 })]),
        storage.predictions.resolve([outcomeOf(predictionOf('nobody'))]),
        storage.outbox.append([{ modelName: 'm', type: 't', payload: {}, at: 0 }]),
      ]);
      expect(results.map((result) => (result.status === 'fulfilled' ? 'done' : result.reason.code))).toEqual([
        'done',
        'CONFLICT',
        'NOT_FOUND',
        'done',
      ]);
      expect((await storage.predictions.get(['good', 'half'])).map((row) => row?.id)).toEqual(['good', undefined]);
    });

    it('with keys in opposite orders never surface a deadlock, and roll-ups count every row once', async () => {
      const schema = nextSchema();
      const storages = await Promise.all([open({ schema }), open({ schema })]);
      const made = Array.from({ length: 60 }, (_, i) =>
        predictionOf(`p${i}`, { symbol: `S${i % 6}`, modelVersionId: `v${i % 3}` }),
      );
      await storages[0].predictions.append(made);
      const batches = Array.from({ length: 20 }, (_, i) => made.slice(i * 3, i * 3 + 3));
      await Promise.all(
        batches.map((batch, i) => {
          const resolutions = batch.map(outcomeOf);
          return storages[i % 2]!.predictions.resolve(i % 2 === 0 ? resolutions : resolutions.reverse());
        }),
      );
      for (const version of ['v0', 'v1', 'v2']) {
        const own = made.filter((prediction) => prediction.modelVersionId === version);
        const expected = new OutcomeAggregate();
        for (const prediction of own) expected.add(observationOf(prediction, outcomeOf(prediction).outcome));
        const rollups = await storages[0].rollups.range({
          modelVersionId: version,
          role: 'live',
          from: JANUARY,
          to: JANUARY + HOUR,
        });
        const total = new OutcomeAggregate();
        for (const { outcomes } of rollups) total.merge(outcomes);
        expect(total.toJSON().count).toBe(expected.toJSON().count);
      }
    });

    it("try again when a stranger's locks make a deadlock with theirs", async () => {
      const schema = nextSchema();
      const storage = await open({ schema });
      await storage.monitorStates.put({ modelVersionId: 'a', sequence: 0, state: {}, updatedAt: 0 });
      await storage.outbox.append(events(2));
      await storage.outbox.ack('c', 1);
      const stranger = await admin.connect();
      onTestFinished(() => stranger.release());
      // Whoever looks first gives up: a server's default is one second, which is then ours.
      await stranger.query("begin; set local deadlock_timeout = '10s'");
      await stranger.query(`update ${schema}.outbox_cursors set sequence = sequence`);
      const writing = Promise.all([
        storage.monitorStates.put({ modelVersionId: 'a', sequence: 1, state: {}, updatedAt: 1 }),
        storage.outbox.ack('c', 2),
      ]);
      await expect
        .poll(() =>
          count("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'mlperf'"),
        )
        .toBe(1);
      await stranger.query(`update ${schema}.monitor_states set sequence = sequence`);
      await stranger.query('commit');
      await writing;
      await expect
        .poll(() => count("select deadlocks from pg_stat_database where datname = 'postgres'"), { timeout: 5_000 })
        .toBe(1);
      expect((await storage.monitorStates.get('a'))?.sequence).toBe(1);
    });

    it('wait for another as long as they were told, then say STORAGE_FAILURE and go on', async () => {
      const schema = nextSchema();
      const storage = await open({ schema, lockTimeoutMs: 100 });
      const other = await open({ schema });
      await storage.outbox.append(events(5));
      const release = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const holding = other.transaction(async (tx) => {
        await tx.outbox.ack('c', 1);
        held.resolve();
        await release.promise;
      });
      await held.promise;
      await expect(storage.outbox.ack('c', 5)).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('lock timeout'),
      });
      expect(await storage.outbox.read({ consumer: 'c', limit: 1 })).toMatchObject([{ sequence: 1 }]);
      release.resolve();
      await holding;
      await storage.outbox.ack('c', 5);
    });

    it('wait by default for longer than another may take', async () => {
      const asked: string[] = [];
      const pool: PostgresPool = {
        async connect() {
          const client = await admin.connect();
          return {
            query: (query) => {
              asked.push(query.text);
              return client.query({ ...query, values: query.values ?? [] });
            },
            release: (destroy) => client.release(destroy),
            on: (event, listener) => client.on(event, listener),
            removeListener: (event, listener) => client.removeListener(event, listener),
          };
        },
        on: (event, listener) => admin.on(event, listener),
        removeListener: (event, listener) => admin.removeListener(event, listener),
      };
      const waits = async (options: PostgresStorageOptions) => {
        await (await openPostgresStorage(pool, { schema: nextSchema(), ...options })).close();
        return Number(/lock_timeout = (\d+)/.exec(asked.splice(0).join())?.[1]);
      };
      expect(await waits({})).toBeGreaterThan(30_000);
      expect(await waits({ transactionTimeoutMs: 90_000 })).toBeGreaterThan(90_000);
      expect(await waits({ lockTimeoutMs: 77 })).toBe(77);
    });

    it('that hold everybody up are rolled back after a while', async () => {
      const storage = await open({ transactionTimeoutMs: 50 });
      const never = Promise.withResolvers<void>();
      const stuck = storage.transaction(async (tx) => {
        await tx.predictions.append([predictionOf('p')]);
        await Promise.race([never.promise, storage.clock.sleep(300)]);
        await tx.predictions.append([predictionOf('q')]);
      });
      await expect(stuck).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      expect(await storage.predictions.get(['p', 'q'])).toEqual([undefined, undefined]);
      await storage.predictions.append([predictionOf('r')]);
    });
  });

  describe('reads', () => {
    it('wait for their turn, however many come at once, and leave the writer a connection', async () => {
      const storage = await open({ connectTimeoutMs: 2_000, poolSize: 3 });
      await storage.predictions.append([predictionOf('p')]);
      let read = 0;
      const reads = Array.from({ length: 5_000 }, async () => {
        const [found] = await storage.predictions.get(['p']);
        read++;
        return found?.id;
      });
      await storage.predictions.append([predictionOf('q')]);
      expect(read).toBeLessThan(2_500);
      expect(new Set(await Promise.all(reads))).toEqual(new Set(['p']));
    });

    it('go on where there is one connection for all', async () => {
      const storage = await open({ poolSize: 1 });
      const made = Array.from({ length: 20 }, (_, i) => predictionOf(`p${i}`));
      await Promise.all(made.map((one) => Promise.all([storage.predictions.append([one]), storage.leases.get('l')])));
      expect((await storage.predictions.list({})).items).toHaveLength(20);
    });
  });

  describe('faults', () => {
    it('a connection cut in mid-transaction is STORAGE_FAILURE, nothing is written, and the storage goes on', async () => {
      const storage = await open();
      const broken = storage.transaction(async (tx) => {
        await tx.predictions.append([predictionOf('p')]);
        await cutConnections();
        await tx.predictions.append([predictionOf('q')]);
      });
      await expect(broken).rejects.toMatchObject({ name: 'StorageError', code: 'STORAGE_FAILURE' });
      expect(await storage.predictions.get(['p', 'q'])).toEqual([undefined, undefined]);
      await storage.predictions.append([predictionOf('p')]);
    });

    it('a connection cut while it commits leaves the outcome open, and says so', async () => {
      const storage = await open();
      const broken = storage.transaction(async (tx) => {
        await tx.predictions.append([predictionOf('p')]);
        await cutConnections();
      });
      await expect(broken).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('not known'),
      });
      expect(await storage.predictions.append([predictionOf('p')])).toEqual([true]);
    });

    /** The server's pool, on which a statement that begins like this comes after one that fails. */
    function spoiling(beginning: string): PostgresPool {
      return {
        async connect() {
          const client = await admin.connect();
          return {
            async query(query) {
              const values = query.values ?? [];
              if (!query.text.startsWith(beginning)) return client.query({ ...query, values });
              const failed = await client.query('select 1 / 0').catch((error: unknown) => error);
              return beginning === 'commit' ? client.query({ ...query, values }) : Promise.reject(failed);
            },
            release: (destroy) => client.release(destroy),
            on: (event, listener) => client.on(event, listener),
            removeListener: (event, listener) => client.removeListener(event, listener),
          };
        },
        on: (event, listener) => admin.on(event, listener),
        removeListener: (event, listener) => admin.removeListener(event, listener),
      };
    }

    it('a failure between two calls of a transaction ends it, and takes back no call that is then committed', async () => {
      const schema = nextSchema();
      const storage = await openPostgresStorage(spoiling('release savepoint call'), { schema });
      onTestFinished(() => storage.close());
      const told: string[] = [];
      const ended = storage.transaction(async ({ predictions }) => {
        for (const id of ['p', 'q', 'r']) {
          await predictions.append([predictionOf(id)]).then(
            () => told.push('stored'),
            (error: { readonly code: string }) => told.push(error.code),
          );
        }
      });
      await expect(ended).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('rolled back'),
      });
      expect(told).toEqual(['stored', 'STORAGE_FAILURE', 'STORAGE_FAILURE']);
      expect(await storage.predictions.get(['p', 'q', 'r'])).toEqual([undefined, undefined, undefined]);
      expect(await storage.predictions.append([predictionOf('s')])).toEqual([true]);
    });

    it('a commit that the server answers with a rollback is STORAGE_FAILURE', async () => {
      const schema = nextSchema();
      await open({ schema });
      const storage = await openPostgresStorage(spoiling('commit'), { schema });
      onTestFinished(() => storage.close());
      const failure = { code: 'STORAGE_FAILURE', message: expect.stringContaining('nothing is stored') };
      await expect(storage.predictions.append([predictionOf('p')])).rejects.toMatchObject(failure);
      await expect(storage.transaction((tx) => tx.predictions.append([predictionOf('p')]))).rejects.toMatchObject(
        failure,
      );
      expect(await storage.predictions.get(['p'])).toEqual([undefined]);
    });

    it('idle connections that a server has cut cost no call: writes and reads find new ones', async () => {
      const storage = await open();
      await Promise.all(Array.from({ length: 5 }, () => storage.predictions.get(['p'])));
      await cutConnections();
      await storage.predictions.append([predictionOf('p')]);
      await cutConnections();
      expect((await storage.predictions.get(['p']))[0]?.id).toBe('p');
    });

    it('a statement over its time is STORAGE_FAILURE, and the next goes through', async () => {
      const schema = nextSchema();
      const storage = await open({ schema, statementTimeoutMs: 100 });
      const stranger = await admin.connect();
      onTestFinished(() => stranger.release());
      await stranger.query(`begin; lock table ${schema}.leases in access exclusive mode`);
      await expect(storage.leases.get('l')).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('statement timeout'),
      });
      await stranger.query('rollback');
      expect(await storage.leases.get('l')).toBeUndefined();
    });

    it('a database that only reads is STORAGE_FAILURE for writes, and reads go on', async () => {
      const schema = nextSchema();
      await (await open({ schema })).predictions.append([predictionOf('p')]);
      const reader = `reader_${schema}`;
      await admin.query(
        `create role ${reader} superuser login password 'password'; alter role ${reader} set default_transaction_read_only = on`,
      );
      const storage = await open({ schema }, server.url.replace('postgres:password', `${reader}:password`));
      expect((await storage.predictions.get(['p']))[0]?.id).toBe('p');
      await expect(storage.predictions.append([predictionOf('q')])).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('read-only'),
      });
      expect(await storage.predictions.get(['q'])).toEqual([undefined]);
    });

    it('too many connections are STORAGE_FAILURE for the one that is too many', async () => {
      const schema = nextSchema();
      await open({ schema });
      const role = `few_${schema}`;
      await admin.query(`create role ${role} superuser login password 'password' connection limit 1`);
      const url = server.url.replace('postgres:password', `${role}:password`);
      // A superuser is exempt from the limit: only an ordinary role is counted.
      await admin.query(`alter role ${role} nosuperuser; grant usage on schema ${schema} to ${role};
        grant select, insert, update, delete on all tables in schema ${schema} to ${role}`);
      await open({ schema, poolSize: 1 }, url);
      await expect(open({ schema, poolSize: 1 }, url)).rejects.toMatchObject({
        code: 'STORAGE_FAILURE',
        message: expect.stringContaining('too many connections'),
      });
    });

    it('a schema that has lost a table is STORAGE_CORRUPT', async () => {
      const schema = nextSchema();
      const storage = await open({ schema });
      await admin.query(`drop table ${schema}.monitor_states`);
      await expect(storage.monitorStates.get('v')).rejects.toMatchObject({ code: 'STORAGE_CORRUPT' });
    });
  });

  it('copies many rows at once in, to the same rows as by statements, whatever their texts', async () => {
    const texts = ['\\N', '\\.', 'a\tb\nc\rd\\', '"{}",NULL', '😀', "'; drop table predictions; --", ''];
    const made = Array.from({ length: 3_000 }, (_, i) =>
      predictionOf(`p${i} ${texts[i % 7]}`, {
        symbol: `s ${texts[(i + 1) % 7]}`,
        predictedAt: JANUARY + i * HOUR,
        features: { [`f${texts[i % 5]}`]: i / 3 },
        ...(i % 2 === 0 ? { modelName: 'm', referencePrice: 1 + i / 7 } : {}),
      }),
    );
    // A pool whose clients hide what they are: they are not asked to copy.
    const plain: PostgresPool = {
      async connect() {
        const client = await admin.connect();
        return {
          query: (query) => client.query({ ...query, values: query.values ?? [] }),
          release: (destroy) => client.release(destroy),
          on: (event, listener) => client.on(event, listener),
          removeListener: (event, listener) => client.removeListener(event, listener),
        };
      },
      on: (event, listener) => admin.on(event, listener),
      removeListener: (event, listener) => admin.removeListener(event, listener),
    };
    const request = { predictions: made, resolutions: made.slice(0, 2_000).map(outcomeOf) };
    const range = { modelVersionId: 'v1', role: 'live', from: JANUARY, to: JANUARY + 3_000 * HOUR } as const;
    const results = [];
    for (const source of [server.url, plain]) {
      const storage = await openPostgresStorage(source, { schema: nextSchema() });
      onTestFinished(() => storage.close());
      const receipt = await storage.predictions.record(request);
      const stored = await storage.predictions.get(made.map(({ id }) => id));
      expect(stored.map((row) => ({ ...row, outcome: 0 }))).toEqual(made.map((row) => ({ ...row, outcome: 0 })));
      results.push([receipt, stored, await storage.rollups.range(range)]);
      expect((await storage.predictions.record(request)).added).not.toContain(true);
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("times leases by the server's clock, whatever the host's says", async () => {
    const storage = await open();
    const lease = await storage.leases.acquire({ lease: 'l', owner: 'o', ttlMs: 60_000 });
    const server = await count('select extract(epoch from clock_timestamp()) * 1000');
    expect(Math.abs(lease!.expiresAt - 60_000 - server)).toBeLessThan(5_000);
  });

  it('keeps small numbers exact for a role that has asked for fewer digits', async () => {
    const schema = nextSchema();
    const role = `few_digits_${schema}`;
    await admin.query(`create role ${role} superuser login password 'password'; alter role ${role} set extra_float_digits = -15;
      alter role ${role} set bytea_output = 'escape'`);
    const storage = await open({ schema }, server.url.replace('postgres:password', `${role}:password`));
    const exact = predictionOf('p', { referencePrice: 1 / 3, predictedPrice: 123_456_789.123_456_79 });
    await storage.predictions.append([exact]);
    expect(await storage.predictions.get(['p'])).toEqual([exact]);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { sha256 } = await storage.artifacts.put(bytes);
    expect(await storage.artifacts.get(sha256)).toEqual(bytes);
  });
});
