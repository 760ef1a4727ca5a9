import { ManualClock, type RecordedPrediction } from '@mlperf/core';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../../fixtures/embedded-postgres.ts';

const DAY = 86_400_000;
const JANUARY = Date.UTC(2024, 0, 1);
const MARCH = Date.UTC(2024, 2, 1);

function predictionOf(day: number): RecordedPrediction {
  const predictedAt = JANUARY + day * DAY;
  return {
    id: `p${day}`,
    decisionId: `p${day}`,
    role: 'live',
    modelVersionId: 'v1',
    symbol: 'BTC-USD',
    predictedAt,
    direction: 'up',
    confidence: 0.6,
    recordedAt: predictedAt,
  };
}

describe.skipIf(whyNoServer() !== undefined)(`retention on Postgres ${whyNoServer() ?? ''}`, () => {
  let server: EmbeddedServer;
  let admin: pg.Client;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
  }, 60_000);

  afterAll(async () => {
    await admin?.end();
    await server?.dispose();
  }, 60_000);

  async function monthsOf(schema: string): Promise<readonly string[]> {
    const { rows } = await admin.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = $1 and tablename like 'predictions_2%' order by 1`,
      [schema],
    );
    return rows.map(({ name }) => name);
  }

  async function keysOf(schema: string): Promise<number> {
    const { rows } = await admin.query<{ count: string }>(`select count(*) from ${schema}.prediction_keys`);
    return Number(rows[0]?.count);
  }

  /** A prediction a day from January to March, all with outcomes but the one named. */
  async function threeMonths(schema: string, open?: number) {
    const storage = await openPostgresStorage(server.url, { schema, clock: new ManualClock(MARCH + 30 * DAY) });
    const made = Array.from({ length: 90 }, (_, day) => predictionOf(day));
    await storage.predictions.append(made);
    await storage.predictions.resolve(
      made
        .filter((_, day) => day !== open)
        .map(({ id, predictedAt }) => ({
          predictionId: id,
          outcome: { observedAt: predictedAt, direction: 'up', correct: true },
          recordedAt: predictedAt,
        })),
    );
    return storage;
  }

  it('a month of which all may go is dropped whole, with its ids, whatever the limit', async () => {
    const storage = await threeMonths('whole');
    expect(await monthsOf('whole')).toContain('predictions_2024_01');
    const request = { predictedBefore: MARCH, openDueBefore: MARCH, limit: 1 };
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 31, complete: false });
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 29, complete: false });
    expect(await monthsOf('whole')).toEqual(['predictions_2024_03', 'predictions_2024_04']);
    expect(await keysOf('whole')).toBe(30);
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 0, complete: true });
    expect((await storage.predictions.list({}, { limit: 1_000 })).items).toHaveLength(30);
    await storage.close();
  });

  it('a month with a prediction that still waits is not dropped; the others of it go one by one', async () => {
    const storage = await threeMonths('kept', 3);
    const request = { predictedBefore: MARCH, openDueBefore: JANUARY, limit: 20 };
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 29, complete: false });
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 20, complete: false });
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 10, complete: true });
    expect(await monthsOf('kept')).toEqual(['predictions_2024_01', 'predictions_2024_03', 'predictions_2024_04']);
    expect((await storage.predictions.list({ predictedTo: MARCH })).items.map(({ id }) => id)).toEqual(['p3']);
    expect(await keysOf('kept')).toBe(31);
    await storage.close();
  });

  it('looks at a month that must stay once for a removal, not once for each of its batches', async () => {
    const asked: string[] = [];
    const pool = new pg.Pool({ connectionString: server.url, max: 2 });
    await (await threeMonths('once', 3)).close();
    const storage = await openPostgresStorage(
      {
        on: (event, listener) => pool.on(event, listener),
        removeListener: (event, listener) => pool.removeListener(event, listener),
        async connect() {
          const client = await pool.connect();
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
      },
      { schema: 'once', clock: new ManualClock(MARCH + 30 * DAY) },
    );
    const request = { predictedBefore: MARCH, openDueBefore: JANUARY, limit: 7 };
    let batches = 0;
    for (let complete = false; !complete; batches++) {
      complete = (await storage.predictions.removeBefore(request)).complete;
    }
    const looks = () => asked.filter((text) => text.includes('from "predictions_2024_01" where not'));
    expect(batches).toBeGreaterThan(4);
    expect(looks()).toHaveLength(1);
    // Whatever changes from batch to batch is no part of a statement's text, each of which is prepared and kept.
    expect(new Set(asked.filter((text) => text.includes('with old as'))).size).toBe(3);
    await storage.predictions.removeBefore({ ...request, predictedBefore: MARCH + 1 });
    expect(looks()).toHaveLength(2);
    await storage.close();
    await pool.end();
  });

  it('neither waits for who reads a month that may go, nor makes others wait: its rows go one by one', async () => {
    const storage = await threeMonths('read');
    const reader = new pg.Client({ connectionString: server.url });
    await reader.connect();
    await reader.query('begin; select count(*) from read.predictions');
    const request = { predictedBefore: MARCH, openDueBefore: MARCH, limit: 1_000 };
    expect(await storage.predictions.removeBefore(request)).toEqual({ removed: 60, complete: true });
    await reader.query('commit');
    await reader.end();
    expect(await storage.predictions.removeBefore({ ...request, predictedBefore: MARCH + 1 })).toMatchObject({
      removed: 0,
    });
    expect(await monthsOf('read')).not.toContain('predictions_2024_01');
    await storage.close();
  });

  it('a removal that is rolled back leaves the month and its ids', async () => {
    const storage = await threeMonths('back');
    await expect(
      storage.transaction(async ({ predictions }) => {
        await predictions.removeBefore({ predictedBefore: MARCH, openDueBefore: MARCH, limit: 10 });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await monthsOf('back')).toContain('predictions_2024_01');
    expect(await keysOf('back')).toBe(90);
    // A month that was made and dropped again in a transaction is made anew.
    expect(await storage.predictions.append([{ ...predictionOf(5), id: 'late', decisionId: 'late' }])).toEqual([true]);
    await storage.close();
  });
});
