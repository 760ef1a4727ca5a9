import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

const examples = (await readdir(join(root, 'examples'))).filter((name) => /^\d\d-.*\.ts$/.test(name));

/** The demo writes where it is told, so that a run here touches no file of the checkout. */
const PAPER_TRADING = '01-paper-trading.ts';

/** What takes minutes in full. */
const SHORTENED: Readonly<Record<string, readonly string[]>> = { '04-soak.ts': ['--quick'] };

it.for(examples.filter((name) => name !== PAPER_TRADING))('%s runs and asserts what it prints', async (name) => {
  const example = join(root, 'examples', name);
  const { stdout } = await run(process.execPath, ['--conditions=@mlperf/source', example, ...(SHORTENED[name] ?? [])]);
  expect(stdout).not.toBe('');
});

it('the demo tells the same story twice, and a second run on its file changes nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'mlperf-demo-'));
  const play = async (database: string) => {
    const { stdout } = await run(process.execPath, [
      '--conditions=@mlperf/source',
      join(root, 'examples', PAPER_TRADING),
      '--database',
      join(directory, database),
    ]);
    return stdout;
  };
  const story = (text: string) => text.slice(text.indexOf('predictions  '), text.indexOf('\ndatabase  '));
  try {
    const first = await play('first.sqlite');
    expect(story(first)).toContain('no-skill baseline');
    const again = await play('first.sqlite');
    expect(again).toContain('nothing was changed');
    expect(story(again)).toBe(story(first));
    expect(story(await play('second.sqlite'))).toBe(story(first));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
