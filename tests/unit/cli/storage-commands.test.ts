import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { runCli } from '@mlperf/cli';
import type { StorageStatus, VerificationReport } from '@mlperf/core';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fillStore, START } from './filled-store.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mlperf-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

let filled: Uint8Array;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mlperf-cli-'));
  const path = join(directory, 'trading.db');
  const storage = await openSqliteStorage(path);
  await fillStore(storage);
  await storage.close();
  filled = readFileSync(path);
  rmSync(directory, { recursive: true });
});

/** A store of its own, of the same content each time. */
function filledFile(): string {
  const path = join(temporaryDirectory(), 'trading.db');
  writeFileSync(path, filled);
  return path;
}

/** What lies beside a store and its log. */
function otherFiles(path: string): readonly string[] {
  return readdirSync(join(path, '..')).filter((name) => !name.startsWith('trading.db'));
}

/** A stored aggregate whose sum of returns is a ten-thousandth too large. */
function withReturnsOff(outcomes: string): string {
  const bytes = Buffer.from(outcomes, 'base64');
  // After the format: the counts and sums before, the number of returns among them.
  const at = 8 * (1 + 54);
  bytes.writeDoubleLE(bytes.readDoubleLE(at) * 1.0001, at);
  return bytes.toString('base64');
}

function change(path: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(path);
  database.function('with_returns_off', (outcomes) => withReturnsOff(String(outcomes)));
  database.exec('pragma foreign_keys = off');
  for (const statement of statements) database.exec(statement);
  database.close();
}

async function verified(path: string): Promise<{ code: number; report: VerificationReport }> {
  const { code, out } = await run('storage', 'verify', path, '--json');
  return { code, report: JSON.parse(out) as VerificationReport };
}

describe('mlperf storage migrate', () => {
  it('makes a store where there is none, and then has nothing to do', async () => {
    const path = join(temporaryDirectory(), 'new.db');
    expect((await run('storage', 'migrate', path)).out).toMatch(
      /^applied 0001-initial-schema.*; schema version \d+\n$/,
    );
    expect((await run('storage', 'migrate', path)).out).toMatch(/^nothing to do; schema version \d+\n$/);
  });

  it('upgrades a store of the first released schema, and finds nothing wrong with it afterwards', async () => {
    const path = join(temporaryDirectory(), 'old.db');
    writeFileSync(path, readFileSync(join(import.meta.dirname, '../../golden/sqlite-schema-1.db')));
    const before = JSON.parse((await run('storage', 'status', path, '--json')).out) as StorageStatus;
    expect(before).toMatchObject({ schemaVersion: 1 });
    expect(before.pendingMigrations.length).toBeGreaterThan(0);
    const refused = await run('storage', 'verify', path);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(/migrate it first/);
    const { out } = await run('storage', 'migrate', path, '--json');
    expect(JSON.parse(out)).toMatchObject({ applied: before.pendingMigrations });
    expect(await verified(path)).toMatchObject({ code: 0, report: { problems: [], problemCount: 0 } });
  });

  it('refuses a database of something else and leaves it as it was', async () => {
    const path = join(temporaryDirectory(), 'ledger.db');
    change(path, 'create table ledger (id integer)');
    const bytes = readFileSync(path);
    for (const command of ['migrate', 'status', 'verify', 'backup']) {
      expect(await run('storage', command, path)).toMatchObject({ code: 1, out: '' });
    }
    expect(readFileSync(path)).toEqual(bytes);
    expect(readdirSync(join(path, '..'))).toEqual(['ledger.db']);
  });
});

describe('mlperf storage status', () => {
  it('says what is stored, who holds a lease and how far each consumer is behind', async () => {
    const path = filledFile();
    const { code, out } = await run('storage', 'status', path, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'sqlite',
      pendingMigrations: [],
      rows: { predictions: 600, model_versions: 1, promotions: 1, artifacts: 1, outbox: 2 },
      predictedFrom: 1_704_067_200_000,
      leases: [{ lease: 'retraining BTC/USDT · 1h', owner: 'host-1', token: 1 }],
      consumers: [{ consumer: 'pager', sequence: 1, behind: 1 }],
    });
    const text = (await run('storage', 'status', path)).out;
    expect(text).toMatch(/^predictions +600$/m);
    expect(text).toMatch(/^consumer pager +at 1, 1 behind$/m);
  });

  it('reads beside a process that writes', async () => {
    const path = filledFile();
    const storage = await openSqliteStorage(path);
    onTestFinished(() => storage.close());
    await storage.artifacts.put(new TextEncoder().encode('more'));
    expect(JSON.parse((await run('storage', 'status', path, '--json')).out)).toMatchObject({ rows: { artifacts: 2 } });
  });

  it.each(['status', 'verify', 'backup'])('%s of a file that is not there makes none', async (command) => {
    const directory = temporaryDirectory();
    const { code, err } = await run('storage', command, join(directory, 'absent.db'));
    expect(code).toBe(1);
    expect(err).toMatch(/must be a database; there is no/);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('mlperf storage verify', () => {
  it('finds nothing wrong with a store that only this library has written', async () => {
    const { code, report } = await verified(filledFile());
    expect(report).toMatchObject({ problems: [], problemCount: 0 });
    expect(report.checked.rollups).toBeGreaterThan(600);
    expect(report.checked['outcome-sequences']).toBe(514);
    expect(report.checked.artifacts).toBe(1);
    expect(code).toBe(0);
  });

  const corruptions: readonly (readonly [string, string, { check: string; message: RegExp }])[] = [
    [
      'an outcome changed behind its roll-up',
      "update predictions set correct = 1 - correct, outcome_direction = case direction when 'up' then 'down' else 'up' end where id = 'p-1'",
      { check: 'rollups', message: /must be .* by the predictions/ },
    ],
    ['a prediction lost', "delete from predictions where id = 'p-8'", { check: 'rollups', message: /must count 0/ }],
    [
      'a roll-up lost',
      "delete from outcome_rollups where hour_start_at = 1704067200000 and role = 'shadow'",
      { check: 'rollups', message: /there is no roll-up/ },
    ],
    [
      'a sum of a return off by a ten-thousandth',
      `update outcome_rollups set outcomes = with_returns_off(outcomes)
        where rowid = (select min(rowid) from outcome_rollups where with_returns_off(outcomes) <> outcomes)`,
      { check: 'rollups', message: /returnSum/ },
    ],
    [
      'a longer span that counts twice',
      'update outcome_spans set predictions_count = predictions_count * 2 where rowid = (select min(rowid) from outcome_spans where level = 3)',
      { check: 'rollups', message: /must count \d+ predictions; it counts/ },
    ],
    [
      'an outcome number beyond the counter',
      "update predictions set sequence = 9999 where id = 'p-1'",
      { check: 'outcome-sequences', message: /9999/ },
    ],
    ['a byte of an artifact', "update artifacts set content = x'00'", { check: 'artifacts', message: /hash/ }],
    ['an artifact gone', 'delete from artifacts', { check: 'references', message: /is not stored/ }],
    [
      'an experiment whose answers are gone',
      `insert into training_experiments (experiment_id, model_type, state, created_at, record) values ('e1', 'forest',
        'complete', 1, '{"createdAt":1,"cvScores":[],"experimentId":"e1","hyperparameters":{},"modelType":"forest",
        "outOfSample":{"predictions":"${'a'.repeat(64)}","rows":"${'b'.repeat(64)}"},"state":"complete","testMetrics":{},
        "trainingTimeSeconds":1}')`,
      { check: 'references', message: /must have artifact a{64}; it is not stored/ },
    ],
    [
      'a champion that is no version',
      "update model_slots set champion_version_id = 'v9'",
      { check: 'references', message: /'v9', which is not stored/ },
    ],
    [
      'a number to be given twice',
      'update model_slots set next_version = 1',
      { check: 'references', message: /above 1/ },
    ],
    ['a gap in the promotion log', 'update promotions set sequence = 2', { check: 'references', message: /found 2/ }],
    [
      'a consumer ahead of the events',
      'update outbox_cursors set sequence = 7',
      { check: 'outbox', message: /stands at 7/ },
    ],
    [
      'a record that is no JSON',
      "update outbox set payload = '{' where sequence = 2",
      { check: 'records', message: /JSON/ },
    ],
    [
      'features that are no JSON',
      "update predictions set features = '{' where id = 'p-3'",
      { check: 'records', message: /readable/ },
    ],
  ];
  it.each(corruptions)('finds %s', async (_, statement, { check, message }) => {
    const path = filledFile();
    change(path, statement);
    const { code, report } = await verified(path);
    expect(code).toBe(1);
    expect(report.problemCount).toBeGreaterThan(0);
    expect(report.problems).toContainEqual(expect.objectContaining({ check, message: expect.stringMatching(message) }));
  });

  it('counts all problems and lists as many as it is told', async () => {
    const path = filledFile();
    change(path, 'update outcome_rollups set predictions_count = 99');
    const { out } = await run('storage', 'verify', path, '--max-problems', '3', '--json');
    const report = JSON.parse(out) as VerificationReport;
    expect(report.problems).toHaveLength(3);
    expect(report.problemCount).toBeGreaterThan(500);
    expect((await run('storage', 'verify', path, '--max-problems', '3')).out).toMatch(
      /and [\d,]+ more\n[\d,]+ problems\n$/,
    );
  });

  it('finds nothing wrong with a store whose oldest predictions were removed', async () => {
    const path = filledFile();
    const storage = await openSqliteStorage(path);
    const predictedBefore = START + 10 * 86_400_000 + 1_000;
    const { removed } = await storage.predictions.removeBefore({
      predictedBefore,
      openDueBefore: predictedBefore,
      limit: 1_000,
    });
    expect(removed).toBeGreaterThan(100);
    await storage.close();
    expect(await verified(path)).toMatchObject({ code: 0, report: { problemCount: 0 } });
    // One of an hour before that, which had no outcome and may get one.
    change(
      path,
      'update outcome_rollups set predictions_count = 0 where hour_start_at in (select predicted_at / 3600000 * 3600000 from predictions order by predicted_at limit 1)',
    );
    const { report } = await verified(path);
    expect(report.problems).toContainEqual(expect.objectContaining({ check: 'rollups' }));
  });

  it('is clean in the middle of a transaction of another process', async () => {
    const path = filledFile();
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec("begin immediate; delete from predictions where id = 'p-8'");
    expect(await verified(path)).toMatchObject({ code: 0 });
    other.exec('rollback');
  });
});

describe('mlperf storage backup', () => {
  it('copies a file that is being written into one that opens by itself', async () => {
    const path = filledFile();
    const storage = await openSqliteStorage(path);
    onTestFinished(() => storage.close());
    await storage.artifacts.put(new TextEncoder().encode('still in the log'));
    const target = join(path, '../copy.db');
    const { code, out } = await run('storage', 'backup', path, '--to', target);
    expect(code).toBe(0);
    expect(out).toMatch(/^copied to .*copy\.db \(\d+ bytes\), checked and synced\n$/);
    expect(readdirSync(join(path, '..')).filter((name) => name.startsWith('copy'))).toEqual(['copy.db']);
    expect(await verified(target)).toMatchObject({ code: 0, report: { checked: { artifacts: 2 } } });
    expect(JSON.parse((await run('storage', 'status', target, '--json')).out)).toMatchObject({
      rows: { predictions: 600 },
    });
  });

  it('is named by the time when no name is given', async () => {
    const path = filledFile();
    await run('storage', 'backup', path);
    expect(otherFiles(path)).toEqual([expect.stringMatching(/^trading-\d{8}T\d{6}Z\.db$/)]);
  });

  it('never overwrites, and leaves nothing half-written', async () => {
    const path = filledFile();
    const target = join(path, '../copy.db');
    writeFileSync(target, 'mine');
    const { code, err } = await run('storage', 'backup', path, '--to', target);
    expect(code).toBe(1);
    expect(err).toMatch(/must be a new file.*\[CONFLICT\]/);
    expect(readFileSync(target, 'utf8')).toBe('mine');
    expect((await run('storage', 'backup', path, '--to', join(path, '../no-such-folder/copy.db'))).code).toBe(1);
    expect(otherFiles(path)).toEqual(['copy.db']);
  });

  it('of a Postgres store names the tool for it', async () => {
    const { code, err } = await run('storage', 'backup', 'postgres://trader:secret@db.internal/trading');
    expect(code).toBe(2);
    expect(err).toMatch(/pg_dump/);
    expect(err).not.toMatch(/secret/);
  });
});

describe('mlperf', () => {
  it.each([
    ['no command', []],
    ['an unknown command', ['storage', 'destroy', 'x.db']],
    ['no store', ['storage', 'status']],
    ['an unknown option', ['storage', 'status', 'x.db', '--force']],
    ['a number that is none', ['storage', 'verify', 'x.db', '--max-problems', 'many']],
    ['no problems to be listed', ['storage', 'verify', 'x.db', '--max-problems', '0']],
    ['a schema of a file', ['storage', 'status', 'x.db', '--schema', 'prices']],
    ['a URL of another kind', ['storage', 'status', 'mysql://root:secret@host/db']],
  ])('refuses %s with code 2', async (_, args) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
    expect(err).not.toMatch(/secret/);
  });

  it('explains itself', async () => {
    const { code, out } = await run('storage', '--help');
    expect(code).toBe(0);
    for (const command of ['migrate', 'status', 'verify', 'backup']) expect(out).toContain(command);
  });

  it.each([
    ['storage', 'status', 'postgres://u:secret@ho st:x/db'],
    ['storage', 'status', 'postgres://u:secret@127.0.0.1:1/db', '--schema', 'a-b'],
  ])('an address or a schema that is none is not understood, whose exit code is 2', async (...args) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain('INVALID_CONFIG');
    expect(err).not.toContain('secret');
  });
});
