import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from '../../../../../packages/core/src/monitor/report/write-report.ts';
import { openMonitor } from '../monitor-fixture.ts';

const SOURCE = new URL('../../../../../packages/core/src/monitor/report/write-report.ts', import.meta.url).href;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mlperf-write-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Writes from a process that is killed in place of the given step. */
async function writeAndDie(step: 'rename' | 'writeFile', path: string, text: string): Promise<void> {
  const program = `
    import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    fs.${step} = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); };
    syncBuiltinESMExports();
    const { writeWhole } = await import(${JSON.stringify(SOURCE)});
    await writeWhole(${JSON.stringify(path)}, ${JSON.stringify(text)});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
  const [, signal] = await once(child, 'exit');
  expect(signal).toBe('SIGKILL');
}

describe('a report file', () => {
  it('is the old one, whole, when the process is killed before the new one has its name', async () => {
    const path = join(folder, 'report.json');
    await writeFile(path, 'old');
    await writeAndDie('rename', path, 'new');
    expect(await readFile(path, 'utf8')).toBe('old');
    const [left, ...others] = (await readdir(folder)).filter((name) => name !== 'report.json');
    expect(left).toMatch(/^report\.json\.[0-9a-f-]{36}\.tmp$/);
    expect(others).toEqual([]);
    // What was written under the temporary name was whole too, and is in nobody's way.
    expect(await readFile(join(folder, left!), 'utf8')).toBe('new');
    await writeWhole(path, 'newer');
    expect(await readFile(path, 'utf8')).toBe('newer');
  });

  it('does not exist when the first one is killed', async () => {
    const path = join(folder, 'report.json');
    await writeAndDie('writeFile', path, 'new');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is one of those written at the same time, whole, with nothing left beside it', async () => {
    const path = join(folder, 'report.json');
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(texts.map((text) => writeWhole(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['report.json']);
  });

  it.each([
    ['in a folder that is not there', 'missing/report.json', 'ENOENT'],
    ['below a file', 'file/report.json', 'ENOTDIR'],
    ['in place of a folder', 'taken', 'EISDIR'],
    ['under a name with NUL', 'a\0b.json', 'ERR_INVALID_ARG_VALUE'],
    ['under a name that is too long', `${'n'.repeat(300)}.json`, 'ENAMETOOLONG'],
  ])('that cannot be written %s is an IO_FAILURE with its cause, and leaves nothing', async (_where, name, cause) => {
    await writeFile(join(folder, 'file'), 'a file');
    await mkdir(join(folder, 'taken'));
    const path = join(folder, name);
    await expect(writeWhole(path, 'text')).rejects.toMatchObject({
      code: 'IO_FAILURE',
      message: expect.stringContaining(path),
      cause: expect.objectContaining({ code: cause }),
    });
    expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('a file');
    expect(await readdir(join(folder, 'taken'))).toEqual([]);
  });

  it.each([
    ['a folder', 'folder.json', 'EISDIR'],
    ['a folder that holds something', 'full.csv', 'EISDIR'],
    ['a name with NUL', 'a\0b.csv', 'ERR_INVALID_ARG_VALUE'],
  ])('whose path is %s is an IO_FAILURE of the export, and the monitor goes on', async (_what, name, cause) => {
    await mkdir(join(folder, 'folder.json'));
    await mkdir(join(folder, 'full.csv'));
    await writeFile(join(folder, 'full.csv', 'kept'), 'kept');
    const monitor = await openMonitor({ storage: openMemoryStorage() });
    await expect(monitor.exportPerformanceReport(join(folder, name))).rejects.toMatchObject({
      code: 'IO_FAILURE',
      cause: expect.objectContaining({ code: cause }),
    });
    expect((await readdir(folder)).sort()).toEqual(['folder.json', 'full.csv']);
    expect(await readdir(join(folder, 'folder.json'))).toEqual([]);
    expect(await readFile(join(folder, 'full.csv', 'kept'), 'utf8')).toBe('kept');
    await monitor.exportPerformanceReport(join(folder, 'report.json'));
    expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toMatchObject({ formatVersion: 1 });
    await monitor.close();
  });
});
