import { runCli } from '@mlperf/cli';
import type { StorageStatus, VerificationReport } from '@mlperf/core';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startPostgres, whyNoServer } from '../../fixtures/embedded-postgres.ts';
import { fillStore, START } from './filled-store.ts';

let server: EmbeddedServer;

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const text = { out: '', err: '' };
  const code = await runCli(args, {
    out: (part) => {
      text.out += part;
    },
    err: (part) => {
      text.err += part;
    },
  });
  return { code, ...text };
}

async function query(sql: string): Promise<void> {
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Each test has a schema of its own. */
async function filledSchema(schema: string): Promise<void> {
  const storage = await openPostgresStorage(server.url, { schema });
  await fillStore(storage);
  await storage.close();
}

async function verified(schema: string): Promise<{ code: number; report: VerificationReport }> {
  const { code, out, err } = await run('storage', 'verify', server.url, '--schema', schema, '--json');
  expect(err).toBe('');
  return { code, report: JSON.parse(out) as VerificationReport };
}

describe.skipIf(whyNoServer() !== undefined)('mlperf storage on Postgres', () => {
  beforeAll(async () => {
    server = await startPostgres();
  }, 120_000);
  afterAll(() => server.dispose(), 60_000);

  it('migrate makes a schema where there is none, and then has nothing to do', async () => {
    const migrate = () => run('storage', 'migrate', server.url, '--schema', 'fresh');
    expect((await migrate()).out).toMatch(/^applied 0001-initial-schema.*; schema version \d+\n$/);
    expect((await migrate()).out).toMatch(/^nothing to do; schema version \d+\n$/);
  });

  it('status says what is stored, and verify finds nothing wrong with it', async () => {
    await filledSchema('filled');
    const { out } = await run('storage', 'status', server.url, '--schema', 'filled', '--json');
    const status = JSON.parse(out) as StorageStatus;
    expect(status).toMatchObject({
      kind: 'postgres',
      pendingMigrations: [],
      rows: { predictions: 600, model_versions: 1, promotions: 1, artifacts: 1, outbox: 2 },
      predictedFrom: START,
      leases: [{ lease: 'retraining BTC/USDT · 1h', owner: 'host-1' }],
      consumers: [{ consumer: 'pager', sequence: 1, behind: 1 }],
    });
    expect(status.bytes).toBeGreaterThan(100_000);
    expect(await verified('filled')).toMatchObject({ code: 0, report: { problems: [], problemCount: 0 } });
  });

  it.each([
    ['rollup', "update $.outcome_rollups set predictions_count = 99 where role = 'shadow'", 'rollups'],
    ['span', 'update $.outcome_spans set predictions_count = 99 where level = 1', 'rollups'],
    ['key', "delete from $.prediction_keys where id = 'p-8'", 'references'],
    ['key_left', "insert into $.prediction_keys values ('nobody', 1)", 'references'],
    ['twice', "update $.predictions set sequence = 1 where id = 'p-8'", 'outcome-sequences'],
    ['artifact', "update $.artifacts set content = '\\x00'", 'artifacts'],
  ])('verify finds a wrong %s', async (name, statement, check) => {
    const schema = `wrong_${name}`;
    await filledSchema(schema);
    await query(statement.replace('$', schema));
    const { code, report } = await verified(schema);
    expect(code).toBe(1);
    expect(report.problems).toContainEqual(expect.objectContaining({ check }));
  });

  it('status and verify of a schema that is not there make none', async () => {
    for (const command of ['status', 'verify']) {
      const { code, err } = await run('storage', command, server.url, '--schema', 'nowhere');
      expect(code).toBe(1);
      expect(err).toMatch(/schema 'nowhere' must be there/);
    }
    await query("do $$ begin if to_regnamespace('nowhere') is not null then raise 'made'; end if; end $$");
  });

  it('a server that cannot be reached is a failure that shows no password', async () => {
    const { code, err } = await run('storage', 'status', 'postgres://trader:secret@127.0.0.1:1/trading');
    expect(code).toBe(1);
    expect(err).toMatch(/STORAGE_FAILURE/);
    expect(err).not.toMatch(/secret/);
  });
});
