import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DirectoryLock } from '../../../packages/storage-postgres/src/directory-lock.ts';

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'mlperf-lock-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'data');
}

describe('the lock of a directory', () => {
  it('is held once at a time in this process, and free again when released', () => {
    const directory = temporaryDirectory();
    const lock = DirectoryLock.hold(directory);
    expect(() => DirectoryLock.hold(directory)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILURE' }));
    expect(() => DirectoryLock.hold(`${directory}/../data`)).toThrow('it is open already');
    lock.release();
    DirectoryLock.hold(directory).release();
  });

  it("is another process's until that process dies, however it dies", async () => {
    const directory = temporaryDirectory();
    const script = fileURLToPath(new URL('./children/hold-directory.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@mlperf/source', script, directory]);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    expect(() => DirectoryLock.hold(directory)).toThrow('it is open already');
    child.kill('SIGKILL');
    await once(child, 'exit');
    DirectoryLock.hold(directory).release();
  });

  it('that cannot be written is STORAGE_FAILURE', () => {
    expect(() => DirectoryLock.hold('/dev/null/data')).toThrow(expect.objectContaining({ code: 'STORAGE_FAILURE' }));
  });
});
