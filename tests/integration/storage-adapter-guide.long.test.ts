import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import * as conformance from '@mlperf/storage-conformance';
import { expect, it, onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const guidePath = resolve(root, 'docs/guides/writing-a-storage-adapter.md');

it('the adapter of the guide passes the suite, and its program prints what the guide says', async () => {
  const guide = await readFile(guidePath, 'utf8');
  const files = [...guide.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)];
  expect(files.map(([, name]) => name)).toEqual(['metered-storage.ts', 'conformance.ts']);
  // Inside the checkout, where the packages are found, and not under node_modules, whose TypeScript Node does not run.
  const directory = await mkdtemp(join(import.meta.dirname, 'guide-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [, name, code] of files) await writeFile(join(directory, name!), code!);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@mlperf/source', join(directory, 'conformance.ts')],
    { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const [, stated] = /```text\n([\s\S]*?)```/.exec(guide)!;
  expect(stdout.trim()).toBe(stated!.trim());
});

it('the guide names every list of checks that the suite has', async () => {
  const guide = await readFile(guidePath, 'utf8');
  const promises = guide.slice(guide.indexOf('## Which check holds'));
  const lists = Object.keys(conformance).filter((name) => name.endsWith('Checks') && name !== 'storageChecks');
  const unnamed = lists.filter((name) => !promises.includes(name));
  expect(unnamed).toEqual([]);
});
