import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

const readme = await readFile(join(root, 'README.md'), 'utf8');
const programs = [...readme.matchAll(/## ([^\n]*)\n(?:(?!## )[^\n]*\n)*?```ts\n([\s\S]*?)```/g)];

it('the README has a program to monitor and one to tune', () => {
  expect(programs.map(([, section]) => section)).toEqual(['In your application', 'Tuning that is not fooled']);
});

it.each(programs.map(([, section, code]) => [section!, code!]))(
  'the code of "%s" in the README runs as printed and ends in the result it states',
  async (_section, code) => {
    const stated = /console\.log\(.*\); \/\/ (.*)/.exec(code)![1]!;
    const directory = await mkdtemp(join(tmpdir(), 'mlperf-readme-'));
    try {
      const database = join(directory, 'trading.sqlite');
      const source = code.replace("'trading.sqlite'", JSON.stringify(database));
      const run = promisify(execFile);
      const { stdout } = await run(
        process.execPath,
        ['--conditions=@mlperf/source', '--input-type=module-typescript', '--eval', source],
        { cwd: root },
      );
      expect(stdout.trim()).toBe(stated);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
