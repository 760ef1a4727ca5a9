import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { benchmarkNames, runBenchmarks } from '../../bench/harness/run-benchmarks.ts';

describe('npm run bench', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mlperf-bench-'));
    writeFileSync(join(folder, 'run.ts'), '');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function plant(name: string, body: string, exportedName = name): void {
    const source = `export const name = '${exportedName}';\nexport async function run(report, options) { ${body} }`;
    writeFileSync(join(folder, `${name}.ts`), source);
  }

  async function bench(...args: string[]) {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runBenchmarks(folder, args, { out: (line) => out.push(line), err: (line) => err.push(line) });
    return { code, out: out.join('\n'), err: err.join('\n'), lines: out };
  }

  it('lists what is available when the name is unknown or missing', async () => {
    plant('alpha', '');
    plant('beta', '');
    expect(benchmarkNames(folder)).toEqual(['alpha', 'beta']);
    const unknown = await bench('gamma');
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('unknown benchmark: gamma');
    expect(unknown.err).toContain('available: alpha, beta');
    expect((await bench()).err).toContain('available: alpha, beta');
    expect((await bench('alpha', '--fast')).code).toBe(2);
  });

  it('prints a table under a header with the machine and the version of Node', async () => {
    plant('alpha', "report({ name: 'track', value: 1.23456, unit: 'µs', budget: { max: 2 } });");
    const { code, out } = await bench('alpha');
    expect(code).toBe(0);
    expect(out).toContain(`Node ${process.versions.node}`);
    expect(out).toMatch(/track +1\.23 +µs +≤ 2 +ok/);
  });

  it('prints one JSON line per figure and nothing else with --json', async () => {
    plant(
      'alpha',
      `report({ name: 'a', value: 3, unit: 'ms', budget: { max: 2 } });
       report({ name: 'b', value: 50000, unit: '1/s', budget: { min: 50000 } });
       report({ name: 'c', value: 7, unit: 'ms' });
       report({ name: 'd', unit: '×', budget: { min: 20 }, skipped: 'river is not installed' });`,
    );
    const { code, lines } = await bench('alpha', '--json');
    expect(code).toBe(0);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { name: 'a', value: 3, unit: 'ms', budget: { max: 2 }, ok: false },
      { name: 'b', value: 50000, unit: '1/s', budget: { min: 50000 }, ok: true },
      { name: 'c', value: 7, unit: 'ms', budget: null, ok: null },
      { name: 'd', value: null, unit: '×', budget: { min: 20 }, ok: null, reason: 'river is not installed' },
    ]);
  });

  it('fails on a broken budget only with --strict', async () => {
    plant('alpha', "report({ name: 'a', value: 3, unit: 'ms', budget: { max: 2 } });");
    expect((await bench('alpha')).code).toBe(0);
    expect((await bench('alpha', '--strict')).code).toBe(1);
  });

  it('does not take a skipped figure for a kept budget, nor for a broken one', async () => {
    plant('alpha', "report({ name: 'd', unit: '×', budget: { min: 20 }, skipped: 'no peer' });");
    const { code, out } = await bench('alpha', '--strict');
    expect(code).toBe(0);
    expect(out).toContain('skipped: no peer');
    expect(out).not.toMatch(/\bok\b/);
  });

  it('fails on a wrong result and still shows the figures it has', async () => {
    plant('alpha', "report({ name: 'a', value: 3, unit: 'ms' }); throw new Error('counts differ');");
    const { code, out, err } = await bench('alpha');
    expect(code).toBe(1);
    expect(err).toContain('alpha failed: Error: counts differ');
    expect(out).toMatch(/a +3 +ms/);
  });

  it.each([
    ['a figure that is not a number', "report({ name: 'a', value: NaN, unit: 'ms' });", 'must be a finite number'],
    ['a figure without a unit', "report({ name: 'a', value: 1, unit: '' });", 'must have a name and a unit'],
    ['an empty budget', "report({ name: 'a', value: 1, unit: 'ms', budget: {} });", 'must have a max or a min'],
    ['a skip without a reason', "report({ name: 'a', unit: 'ms', skipped: '' });", 'without a reason'],
    ['no figure at all', '', 'reported no figure'],
  ])('refuses %s', async (_what, body, message) => {
    plant('alpha', body);
    const { code, err } = await bench('alpha');
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it('refuses a file that exports another name', async () => {
    plant('alpha', '', 'beta');
    expect((await bench('alpha')).err).toContain("must export name = 'alpha'");
  });

  it('tells a benchmark whether to be quick', async () => {
    plant('alpha', "report({ name: 'quick', value: options.quick ? 1 : 0, unit: 'flag' });");
    expect((await bench('alpha', '--json', '--quick')).out).toContain('"value":1');
    expect((await bench('alpha', '--json')).out).toContain('"value":0');
  });
});
