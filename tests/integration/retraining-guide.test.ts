import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

it('the program of the retraining guide prints what the guide says', async () => {
  const guide = await readFile(resolve(root, 'docs/guides/retraining.md'), 'utf8');
  const [, code] = /```ts\n([\s\S]*?)```/.exec(guide)!;
  const [, stated] = /```text\n([\s\S]*?)```/.exec(guide)!;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@mlperf/source', '--input-type=module-typescript', '--eval', code!],
    { cwd: root },
  );
  expect(stdout.trim()).toBe(stated!.trim());
  expect(stated!.trim().split('\n')).toHaveLength(3);
});
