import { join } from 'node:path';
import { SCHEMA_VERSION } from '@mlperf/storage-sql';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it } from 'vitest';
import { expectAcknowledgedWrites } from './acknowledged-writes.ts';
import { startChild } from './child-process.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('several processes on one file', () => {
  it('two that open one absent file at once both find the schema', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const children = [startChild('open-store.ts', [path]), startChild('open-store.ts', [path])];
    await Promise.all(children.map((child) => child.line('ready')));
    for (const child of children) child.process.stdin!.write('go\n');
    expect(await Promise.all(children.map((child) => child.line('opened')))).toEqual([
      `opened ${SCHEMA_VERSION}`,
      `opened ${SCHEMA_VERSION}`,
    ]);
    expect(await Promise.all(children.map((child) => child.exit))).toEqual([0, 0]);
  });

  it('registrations of two at once get the versions 1 to 20', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const children = ['a', 'b'].map((prefix) => startChild('register-versions.ts', [path, prefix]));
    await Promise.all(children.map((child) => child.line('ready')));
    for (const child of children) child.process.stdin!.write('go\n');
    await Promise.all(children.map((child) => child.line('registered')));
    const storage = await openSqliteStorage(path);
    const { items } = await storage.models.list({ modelName: 'alpha' });
    expect(items.map((item) => item.version)).toEqual(Array.from({ length: 20 }, (_, i) => 20 - i));
    expect(await storage.slots.get('alpha')).toMatchObject({ nextVersion: 21 });
    await storage.close();
  });

  it('a writer killed in mid-stream has lost nothing it called durable', async () => {
    const path = join(temporaryDirectory(), 'store.db');
    const child = startChild('write-outcomes.ts', [path, 'first']);
    await child.line('durable 25');
    child.process.kill('SIGKILL');
    expect(await child.exit).toBeNull();
    await expectAcknowledgedWrites(path, child.lines, 'first');
  });
});
