import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
const REPORTER = join(ROOT, 'tests/closing-line-reporter.ts');

describe('the closing line', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mlperf-closing-line-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function run(source: string, ...filters: string[]) {
    writeFileSync(join(root, 'sample.test.ts'), source);
    const args = [
      VITEST,
      'run',
      '--root',
      root,
      '--globals',
      '--reporter=default',
      `--reporter=${REPORTER}`,
      ...filters,
    ];
    const totals = join(root, 'totals');
    const env = { ...process.env, MLPERF_TEST_TOTALS: totals, VITEST: undefined, VITEST_WORKER_ID: undefined };
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    const lines = stdout.trimEnd().split('\n');
    return { status, stdout, last: lines.at(-1), totals: readFileSync(totals, 'utf8') };
  }

  it('counts what passed, failed and was skipped, with the reason of a skip', () => {
    const { status, stdout, last, totals } = run(`
      it('adds', () => expect(1 + 1).toBe(2));
      it('breaks', () => expect(1 + 1).toBe(3));
      it('needs a server', (context) => context.skip('no server here'));
    `);
    expect(last).toBe('1 passed, 1 failed, 1 skipped');
    expect(totals).toBe('1 passed, 1 failed, 1 skipped\n');
    expect(stdout).toContain('skipped: sample.test.ts > needs a server: no server here');
    expect(status).toBe(1);
  });

  it('counts a file that cannot be loaded as a failure', () => {
    const { status, last } = run("it('adds', () => {}); throw new Error('no');");
    expect(last).toBe('0 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });

  it('counts a suite whose set-up breaks as a failure', () => {
    const { status, last } = run(`
      it('adds', () => {});
      describe('broken', () => { beforeAll(() => { throw new Error('no'); }); it('never runs', () => {}); });
    `);
    expect(last).toBe('1 passed, 1 failed, 1 skipped');
    expect(status).toBe(1);
  });

  it('counts an error outside any test as a failure', () => {
    const { status, last } = run(`
      it('adds', () => {
        Promise.reject(new Error('nobody waits for this'));
      });
    `);
    expect(last).toBe('1 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });

  it('fails when every test was skipped', () => {
    const { status, last } = run("it.skip('adds', () => {});");
    expect(last).toBe('0 passed, 1 failed, 1 skipped');
    expect(status).toBe(1);
  });

  it('fails when no file matched', () => {
    const { status, last } = run("it('adds', () => {});", 'no-such-file');
    expect(last).toBe('0 passed, 1 failed, 0 skipped');
    expect(status).toBe(1);
  });

  it('ends a good run with exit code 0', () => {
    const { status, last } = run("it('adds', () => {});");
    expect(last).toBe('1 passed, 0 failed, 0 skipped');
    expect(status).toBe(0);
  });
});
