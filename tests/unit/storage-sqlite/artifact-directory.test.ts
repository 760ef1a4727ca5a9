import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PerformanceStorage } from '@mlperf/core';
import { openSqliteMaintenance, openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const BYTES = new TextEncoder().encode('the trained bytes');
const HOUR = 3_600_000;

interface Opened {
  readonly storage: PerformanceStorage;
  readonly path: string;
  readonly artifacts: string;
}

async function open(directory = temporaryDirectory()): Promise<Opened> {
  const path = join(directory, 'store.db');
  const artifacts = join(directory, 'artifacts');
  const storage = await openSqliteStorage(path, { artifactDirectory: artifacts });
  onTestFinished(() => storage.close());
  return { storage, path, artifacts };
}

function fileOf(artifacts: string, sha256: string): string {
  return join(artifacts, sha256.slice(0, 2), sha256);
}

/** As if written so long ago. */
function age(path: string, ms: number): void {
  const { mtimeMs } = statSync(path);
  utimesSync(path, (mtimeMs - ms) / 1_000, (mtimeMs - ms) / 1_000);
}

describe('artifacts in a directory', () => {
  it('are files named by their hash, readable by their owner alone, and nothing else is left there', async () => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    expect(readdirSync(artifacts)).toEqual([sha256.slice(0, 2)]);
    expect(readFileSync(fileOf(artifacts, sha256))).toEqual(Buffer.from(BYTES));
    expect(statSync(fileOf(artifacts, sha256)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['a flipped bit', (file: string) => writeFileSync(file, Buffer.from(BYTES).fill(1, 3, 4))],
    ['a truncated file', (file: string) => writeFileSync(file, BYTES.subarray(1))],
    ['a longer file', (file: string) => writeFileSync(file, `${Buffer.from(BYTES)}!`)],
    ['a file that is gone', (file: string) => rmSync(file)],
    [
      'a link to the very bytes',
      (file: string) => {
        writeFileSync(`${file}.elsewhere`, BYTES);
        rmSync(file);
        symlinkSync(`${file}.elsewhere`, file);
      },
    ],
    [
      'a folder',
      (file: string) => {
        rmSync(file);
        mkdirSync(file);
      },
    ],
  ])('%s is ARTIFACT_CORRUPT, at once or by the end of a stream', async (_, damage) => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    damage(fileOf(artifacts, sha256));
    await expect(storage.artifacts.get(sha256)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    const reading = async () => {
      for await (const _piece of (await storage.artifacts.getStream(sha256))!);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
  });

  it('a folder that is a link is refused on write, read and removal, and nothing behind it changes', async () => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    const outside = temporaryDirectory();
    const folder = join(artifacts, sha256.slice(0, 2));
    rmSync(folder, { recursive: true });
    symlinkSync(outside, folder);
    const refused = { code: 'STORAGE_FAILURE', message: expect.stringMatching(/must be a folder.*it is a link/) };
    await expect(storage.artifacts.put(BYTES)).rejects.toMatchObject(refused);
    expect(readdirSync(outside)).toEqual([]);
    // The very bytes: their hash alone would let them pass.
    writeFileSync(join(outside, sha256), BYTES);
    await expect(storage.artifacts.get(sha256)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' });
    await expect(storage.artifacts.remove(sha256)).rejects.toMatchObject(refused);
    expect(readFileSync(join(outside, sha256))).toEqual(Buffer.from(BYTES));
    expect(readdirSync(artifacts)).toEqual([sha256.slice(0, 2)]);
  });

  it('a link in the place of a file is refused on write and removal too', async () => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    const outside = join(temporaryDirectory(), 'secret');
    writeFileSync(outside, BYTES);
    rmSync(fileOf(artifacts, sha256));
    symlinkSync(outside, fileOf(artifacts, sha256));
    const refused = { code: 'STORAGE_FAILURE', message: expect.stringMatching(/it is a link/) };
    await expect(storage.artifacts.put(BYTES)).rejects.toMatchObject(refused);
    await expect(storage.artifacts.remove(sha256)).rejects.toMatchObject(refused);
    expect(readFileSync(outside)).toEqual(Buffer.from(BYTES));
  });

  it('a damaged file is whole again once its bytes are put again', async () => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    writeFileSync(fileOf(artifacts, sha256), 'something else');
    await storage.artifacts.put(BYTES);
    expect(await storage.artifacts.get(sha256)).toEqual(BYTES);
  });

  it('what a killed writer left is swept once it is old: drafts without a name and files nobody noted', async () => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    const draft = join(artifacts, '.partial-a1b2c3');
    mkdirSync(draft);
    writeFileSync(join(draft, 'content'), 'half of it');
    const stray = fileOf(artifacts, 'ab'.repeat(32));
    mkdirSync(join(artifacts, 'ab'));
    writeFileSync(stray, 'named, and then the process died');
    const sweep = () => storage.artifacts.removeOrphans({ olderThanMs: HOUR });

    await sweep();
    expect(readdirSync(draft)).toEqual(['content']);
    expect(statSync(stray).isFile()).toBe(true);

    // The folder's own time stays behind while its content is written.
    age(draft, 3 * HOUR);
    await sweep();
    expect(readdirSync(draft)).toEqual(['content']);

    for (const path of [join(draft, 'content'), draft, stray, fileOf(artifacts, sha256)]) age(path, 3 * HOUR);
    await sweep();
    expect(readdirSync(artifacts).sort()).toEqual(['ab', sha256.slice(0, 2)].sort());
    expect(readdirSync(join(artifacts, 'ab'))).toEqual([]);
    // As old, but noted in the database, by whose clock it is young.
    expect(await storage.artifacts.get(sha256)).toEqual(BYTES);
  });

  it('a rolled-back put leaves a file that the sweep takes, and no artifact', async () => {
    const { storage, artifacts } = await open();
    let sha256 = '';
    await expect(
      storage.transaction(async (tx) => {
        ({ sha256 } = await tx.artifacts.put(BYTES));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await storage.artifacts.get(sha256)).toBeUndefined();
    age(fileOf(artifacts, sha256), 2 * HOUR);
    await storage.artifacts.removeOrphans({ olderThanMs: HOUR });
    expect(readdirSync(join(artifacts, sha256.slice(0, 2)))).toEqual([]);
  });

  it.each([
    ['removal', (storage: PerformanceStorage, sha256: string) => storage.artifacts.remove(sha256)],
    ['sweep', (storage: PerformanceStorage) => storage.artifacts.removeOrphans({ olderThanMs: 0 })],
  ])('a rolled-back %s leaves the artifact and its file', async (_, remove) => {
    const { storage } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    await expect(
      storage.transaction(async (tx) => {
        await remove({ ...storage, artifacts: tx.artifacts }, sha256);
        throw new Error('changed its mind');
      }),
    ).rejects.toThrow('changed its mind');
    expect(await storage.artifacts.get(sha256)).toEqual(BYTES);
  });

  it('a removal takes the file along; one inside a transaction leaves it to the next sweep', async () => {
    const { storage, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    await storage.artifacts.remove(sha256);
    expect(readdirSync(join(artifacts, sha256.slice(0, 2)))).toEqual([]);
    await storage.artifacts.put(BYTES);
    await storage.transaction((tx) => tx.artifacts.remove(sha256));
    expect(await storage.artifacts.get(sha256)).toBeUndefined();
    age(fileOf(artifacts, sha256), 2 * HOUR);
    await storage.artifacts.removeOrphans({ olderThanMs: HOUR });
    expect(readdirSync(join(artifacts, sha256.slice(0, 2)))).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('a stream that nobody reads holds no file open', async () => {
    const { storage } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 50; i++) await storage.artifacts.getStream(sha256);
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 10);
  });

  it('puts and sweeps of two storages at once never end with an artifact without its file', async () => {
    const directory = temporaryDirectory();
    const [first, second] = [await open(directory), await open(directory)];
    const contents = Array.from({ length: 12 }, (_, i) => Uint8Array.of(i));
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        ...contents.map((content) => first.storage.artifacts.put(content)),
        ...contents.map(() => second.storage.artifacts.removeOrphans({ olderThanMs: 0, limit: 3 })),
      ]);
      for (const { sha256 } of (await first.storage.artifacts.list()).items) {
        expect(await second.storage.artifacts.get(sha256)).toHaveLength(1);
      }
    }
  });

  it('a storage opened without the directory says so instead of finding nothing', async () => {
    const { storage, path } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    const other = await openSqliteStorage(path);
    onTestFinished(() => other.close());
    await expect(other.artifacts.get(sha256)).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
      message: expect.stringMatching(/open the storage with that directory/),
    });
    await expect(other.artifacts.getStream(sha256)).rejects.toMatchObject({ code: 'STORAGE_FAILURE' });
  });

  it('what was stored in the database before stays readable', async () => {
    const directory = temporaryDirectory();
    const before = await openSqliteStorage(join(directory, 'store.db'));
    const { sha256 } = await before.artifacts.put(BYTES);
    await before.close();
    const { storage } = await open(directory);
    expect(await storage.artifacts.get(sha256)).toEqual(BYTES);
  });

  it('is verified file by file, by whoever names the directory', async () => {
    const { storage, path, artifacts } = await open();
    const { sha256 } = await storage.artifacts.put(BYTES);
    const maintenance = openSqliteMaintenance(path);
    expect(await maintenance.verify({ artifactDirectory: artifacts })).toMatchObject({ problemCount: 0 });
    expect(await maintenance.verify()).toMatchObject({ problems: [{ check: 'artifacts', subject: sha256 }] });
    writeFileSync(fileOf(artifacts, sha256), Buffer.from(BYTES).fill(1, 3, 4));
    expect(await maintenance.verify({ artifactDirectory: artifacts })).toMatchObject({
      problems: [{ check: 'artifacts', subject: sha256, message: expect.stringMatching(/hash/) }],
    });
    await expect(maintenance.verify({ artifactDirectory: `${artifacts}-not` })).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
    });
    expect(readdirSync(join(artifacts, '..'))).not.toContain('artifacts-not');
  });

  it.each(['', 'a\u0000b'])('a directory named %j is refused', async (artifactDirectory) => {
    await expect(openSqliteStorage(':memory:', { artifactDirectory })).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    });
  });

  it('a directory that is a file is a STORAGE_FAILURE', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(openSqliteStorage(':memory:', { artifactDirectory: file })).rejects.toMatchObject({
      code: 'STORAGE_FAILURE',
    });
  });
});
