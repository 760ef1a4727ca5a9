import { openPostgresStorage, type PostgresPool } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../../fixtures/embedded-postgres.ts';
import { storageQueries } from '../../fixtures/storage-queries.ts';
import { samplePrediction } from '../storage-sqlite/sample-predictions.ts';

interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** With nothing but the sample stored a planner would read whole tables: it is told to avoid that, and sorting, if it can. */
const AVOID = 'set enable_seqscan = off; set enable_bitmapscan = off; set enable_sort = off';

/** A decision's few predictions are the one thing sorted after it was read. */
const SORTED = ['predictions.findByDecision'];

/** Steps that read a whole table, or sort all that a query found instead of reading it in order. */
function slowSteps(node: PlanNode): readonly string[] {
  const slow = node['Node Type'] === 'Seq Scan' || (node['Node Type'] === 'Sort' && !(node.Plans ?? []).every(isPage));
  const step = `${node['Node Type']} ${node['Relation Name'] ?? ''}`.trim();
  return [...(slow ? [step] : []), ...(node.Plans ?? []).flatMap(slowSteps)];
}

/** Whether a step gives no more rows than the pages it puts together. */
function isPage({ 'Node Type': type, Plans: plans = [] }: PlanNode): boolean {
  return (
    type === 'Limit' || ((type === 'Append' || type === 'Subquery Scan') && plans.length > 0 && plans.every(isPage))
  );
}

describe.skipIf(whyNoServer() !== undefined)(`query plans of Postgres ${whyNoServer() ?? ''}`, () => {
  let server: EmbeddedServer;
  let pool: pg.Pool;
  let planner: pg.Client;
  const asked: Asked[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    pool = new pg.Pool({ connectionString: server.url, max: 4 });
    pool.on('error', () => undefined);
    planner = new pg.Client({ connectionString: server.url });
    await planner.connect();
  }, 60_000);

  afterAll(async () => {
    await planner?.end();
    await pool?.end();
    await server?.dispose();
  }, 60_000);

  /** The pool, with a note of every statement asked. */
  function recordingPool(): PostgresPool {
    return {
      on: (event, listener) => pool.on(event, listener),
      removeListener: (event, listener) => pool.removeListener(event, listener),
      async connect() {
        const client = await pool.connect();
        return {
          query(query) {
            asked.push({ text: query.text, values: query.values ?? [] });
            return client.query(query as pg.QueryConfig);
          },
          release: (destroy) => client.release(destroy),
          on: (event, listener) => client.on(event, listener),
          removeListener: (event, listener) => client.removeListener(event, listener),
        };
      },
    };
  }

  async function slowStepsOf({ text }: Asked): Promise<readonly string[]> {
    if (!/^\s*(select|with|insert|update|delete)\b/i.test(text)) return [];
    // The plan made once for all values, as the storage has the server make it; so the values go unseen.
    const { rows } = await planner.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
      `explain (generic_plan, format json) ${text}`,
    );
    return slowSteps(rows[0]!['QUERY PLAN'][0].Plan);
  }

  it('every query of the port reads by an index and in its order', async () => {
    const storage = await openPostgresStorage(recordingPool(), { schema: 'plans' });
    await storage.predictions.append([samplePrediction('p1')]);
    await planner.query(`set search_path to plans; ${AVOID}`);
    const found: Record<string, readonly string[]> = {};
    let explained = 0;
    for (const [name, query] of Object.entries(storageQueries)) {
      asked.length = 0;
      await query(storage);
      // Of the catalogue's tables the planner reads what it likes.
      const own = asked.filter(({ text }) => !/pg_|information_schema|set_config/.test(text));
      const slow: string[] = [];
      for (const statement of own) slow.push(...(await slowStepsOf(statement)));
      explained += own.length;
      if (slow.length > 0) found[name] = slow;
    }
    expect(explained).toBeGreaterThan(Object.keys(storageQueries).length);
    expect(Object.keys(found).filter((name) => !SORTED.includes(name))).toEqual([]);
    for (const name of SORTED) expect(found[name] ?? ['Sort']).toEqual(['Sort']);
    await storage.close();
  }, 120_000);

  it('a removal reads by an index what goes, and whole only a month that may go as one', async () => {
    const storage = await openPostgresStorage(recordingPool(), { schema: 'plans' });
    const made = [samplePrediction('old', { predictedAt: 100 }), samplePrediction('waiting', { predictedAt: 200 })];
    const month = 40 * 86_400_000;
    await storage.predictions.append(made);
    // Block ranges, which find a month's ids, are read by bitmaps alone.
    await planner.query(`set search_path to plans; ${AVOID}; set enable_bitmapscan = on`);
    const slow: string[] = [];
    const texts: string[] = [];
    // The one waits still; then it may go, and the month with it.
    for (const openDueBefore of [150, month]) {
      asked.length = 0;
      const { removed } = await storage.predictions.removeBefore({ predictedBefore: month, openDueBefore, limit: 10 });
      expect(removed).toBe(1);
      for (const statement of asked) {
        if (/pg_|from "predictions_1970_01"|set_config/.test(statement.text)) continue;
        texts.push(statement.text);
        slow.push(...(await slowStepsOf(statement)));
      }
    }
    expect(texts.filter((text) => text.includes('with old as'))).toHaveLength(3);
    expect(texts.filter((text) => text.includes('delete from prediction_keys\n'))).toHaveLength(1);
    expect(slow).toEqual([]);
    await storage.close();
  });

  it('a scan of a whole table, and a sort of one, would be noticed', async () => {
    await planner.query(`set search_path to plans; ${AVOID}`);
    expect(await slowStepsOf({ text: "select id from predictions where direction = 'up'", values: [] })).not.toEqual(
      [],
    );
    const sorted = 'select id from prediction_keys where id > $1 order by predicted_at';
    expect(await slowStepsOf({ text: sorted, values: [''] })).toContain('Sort');
  });
});
