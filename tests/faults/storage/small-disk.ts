import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A file system of its own in memory, that can be filled and freed. */
export interface SmallDisk {
  readonly directory: string;
  /** Takes all the room that is left, but for so many bytes. */
  fill(left: number): void;
  /** Gives that room back. */
  free(): void;
}

/** @returns the disk, gone when the test is; or why there can be none: to mount one takes a right that few processes have. */
export function mountSmallDisk(megabytes: number): SmallDisk | { readonly reason: string } {
  const directory = mkdtempSync(join(tmpdir(), 'mlperf-disk-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', directory], { stdio: 'pipe' });
  } catch (error) {
    return { reason: `a file system cannot be mounted here: ${error instanceof Error ? error.message.trim() : error}` };
  }
  onTestFinished(() => void execFileSync('umount', ['-l', directory]));
  // A server runs under a user of its own.
  chmodSync(directory, 0o755);
  const ballast = join(directory, 'ballast');
  return {
    directory,
    fill: (left) => {
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - left), 1));
    },
    free: () => rmSync(ballast),
  };
}
