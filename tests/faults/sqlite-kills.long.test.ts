import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectAcknowledgedWrites } from '../unit/storage-sqlite/acknowledged-writes.ts';
import { startChild } from '../unit/storage-sqlite/child-process.ts';
import { temporaryDirectory } from '../unit/storage-sqlite/temporary-directory.ts';

const KILLS = 20;

describe('kill -9 of a SQLite writer', () => {
  it(`of ${KILLS} kills on one file none loses or doubles an acknowledged write`, async () => {
    const path = join(temporaryDirectory(), 'store.db');
    for (let kill = 0; kill < KILLS; kill++) {
      const prefix = `run${kill}`;
      const child = startChild('write-outcomes.ts', [path, prefix]);
      // A different moment each time: early, in mid-stream, and when checkpoints have come into play.
      await child.line(`durable ${1 + ((kill * 7) % 40)}`);
      child.process.kill('SIGKILL');
      expect(await child.exit).toBeNull();
      await expectAcknowledgedWrites(path, child.lines, prefix);
    }
  });

  it('two writers on one file, one of them killed: the other goes on, and both keep what they acknowledged', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const [victim, survivor] = ['victim', 'survivor'].map((prefix) => startChild('write-outcomes.ts', [path, prefix]));
    await Promise.all([victim!.line('durable 20'), survivor!.line('durable 20')]);
    victim!.process.kill('SIGKILL');
    await victim!.exit;
    const seen = survivor!.lines.length;
    await survivor!.line(`durable ${seen + 20}`);
    survivor!.process.kill('SIGKILL');
    await survivor!.exit;
    await expectAcknowledgedWrites(path, victim!.lines, 'victim');
    await expectAcknowledgedWrites(path, survivor!.lines, 'survivor');
  });
});
