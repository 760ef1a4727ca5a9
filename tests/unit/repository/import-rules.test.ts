import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const DEPCRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

interface Planted {
  readonly file: string;
  readonly imports: string;
  readonly rule: string;
}

/** A file that obeys the table, for each row that grants something. */
const CLEAN: Readonly<Record<string, string>> = {
  'packages/core/src/index.ts': "export { type A } from './types/a.ts';\nexport { sum } from './numeric/sum.ts';",
  'packages/core/src/errors.ts': 'export class E extends Error {}',
  'packages/core/src/clock.ts': "import { E } from './errors.ts';\nexport const clock = E;",
  'packages/core/src/events.ts': "import 'eventemitter3';\nexport const events = 1;",
  'packages/core/src/types/a.ts': 'export interface A { readonly a: number }',
  'packages/core/src/types/b.ts': "import type { A } from './a.ts';\nexport type B = A;",
  'packages/core/src/numeric/sum.ts': "import { E } from '../errors.ts';\nexport const sum = E;",
  'packages/core/src/random/stream.ts': "import 'seedrandom';\nexport const stream = 1;",
  'packages/core/src/records/canonical.ts': "import 'superstruct';\nimport '../errors.ts';",
  'packages/core/src/config/schema.ts': "import 'superstruct';\nimport 'yaml';\nimport 'node:fs/promises';",
  'packages/core/src/metrics/accuracy.ts': "import '../numeric/sum.ts';\nexport const accuracy = 1;",
  'packages/core/src/aggregates/outcomes.ts': "import '../metrics/accuracy.ts';\nexport const outcomes = 1;",
  'packages/core/src/calibration/platt.ts':
    "import '../numeric/sum.ts';\nimport '../records/canonical.ts';\nexport const platt = 1;",
  'packages/core/src/dataset/dataset.ts': "import 'node:crypto';\nexport interface D {}\nexport const hash = 1;",
  'packages/core/src/search-space/space.ts': "import '../random/stream.ts';\nexport interface S {}",
  'packages/core/src/ports/store.ts':
    "import type { A } from '../types/a.ts';\nimport type { D } from '../dataset/dataset.ts';\nexport type P = A | D;",
  'packages/core/src/monitor/monitor.ts':
    "import type { P } from '../ports/store.ts';\nimport '../events.ts';\nimport '../calibration/platt.ts';\nimport '../config/schema.ts';\nimport 'node:fs';\nexport type M = P;",
  'packages/models/src/index.ts': "import type { A } from '@mlperf/core';\nexport type X = A;",
  'packages/tuning/src/index.ts': "import '@mlperf/core';\nexport const tuning = 1;",
  'packages/registry/src/index.ts': "import '@mlperf/core';\nexport const registry = 1;",
  'packages/workers/src/index.ts': "import '@mlperf/core';\nimport 'node:worker_threads';\nexport const workers = 1;",
  'packages/storage-memory/src/index.ts': "import '@mlperf/core';\nexport const memory = 1;",
  'packages/storage-sql/src/index.ts': "import '@mlperf/core';\nimport 'kysely';\nexport const sql = 1;",
  'packages/storage-sqlite/src/index.ts':
    "import '@mlperf/core';\nimport '@mlperf/storage-sql';\nimport 'kysely';\nimport 'node:sqlite';\nexport const sqlite = 1;",
  'packages/storage-postgres/src/directory-lock.ts':
    "import '@mlperf/core';\nimport '@mlperf/storage-sql';\nimport 'node:sqlite';\nexport const lock = 1;",
  'packages/storage-postgres/src/index.ts': "import 'pg';\nimport 'pg-copy-streams';\nimport '@electric-sql/pglite';",
  'packages/storage-conformance/src/index.ts': "import '@mlperf/core';\nimport 'node:assert/strict';",
  'examples/01.ts': "import '@mlperf/core';\nimport '@mlperf/storage-sqlite';",
  'tests/unit/core/sum.test.ts': "import '../../../packages/core/src/numeric/sum.ts';\nimport 'vitest';",
  'tests/integration/loop.test.ts': "import '@mlperf/registry';\nimport '@mlperf/tuning';",
};

const core = (path: string) => `packages/core/src/${path}`;

const PLANTED: readonly Planted[] = [
  { file: core('types/bad.ts'), imports: "import '../errors.ts';", rule: 'core-types-rooms' },
  { file: core('types/bad-type.ts'), imports: "import type { P } from '../ports/store.ts';", rule: 'core-types-rooms' },
  { file: core('types/bad-npm.ts'), imports: "import 'superstruct';", rule: 'core-types-npm' },
  { file: core('ports/bad.ts'), imports: "import '../monitor/monitor.ts';", rule: 'core-ports-rooms' },
  {
    file: core('ports/bad-value.ts'),
    imports: "import { hash } from '../dataset/dataset.ts';",
    rule: 'core-ports-types-only',
  },
  { file: core('ports/bad-io.ts'), imports: "import 'node:fs';", rule: 'core-ports-builtins' },
  { file: core('numeric/bad.ts'), imports: "import type { A } from '../types/a.ts';", rule: 'core-numeric-rooms' },
  { file: core('random/bad.ts'), imports: "import '../metrics/accuracy.ts';", rule: 'core-random-rooms' },
  {
    file: core('metrics/bad-port.ts'),
    imports: "import type { P } from '../ports/store.ts';",
    rule: 'core-metrics-rooms',
  },
  { file: core('metrics/bad-clock.ts'), imports: "import '../clock.ts';", rule: 'core-metrics-rooms' },
  { file: core('metrics/bad-random.ts'), imports: "import '../random/stream.ts';", rule: 'core-metrics-rooms' },
  { file: core('metrics/bad-io.ts'), imports: "import 'node:fs';", rule: 'core-metrics-builtins' },
  { file: core('aggregates/bad.ts'), imports: "import '../monitor/monitor.ts';", rule: 'core-aggregates-rooms' },
  { file: core('calibration/bad.ts'), imports: "import '../metrics/accuracy.ts';", rule: 'core-calibration-rooms' },
  { file: core('calibration/bad-io.ts'), imports: "import 'node:fs';", rule: 'core-calibration-builtins' },
  { file: core('dataset/bad.ts'), imports: "import '../monitor/monitor.ts';", rule: 'core-dataset-rooms' },
  { file: core('dataset/bad-io.ts'), imports: "import 'node:fs';", rule: 'core-dataset-builtins' },
  { file: core('search-space/bad.ts'), imports: "import '../events.ts';", rule: 'core-search-space-rooms' },
  { file: core('records/bad.ts'), imports: "import '../numeric/sum.ts';", rule: 'core-records-rooms' },
  { file: core('config/bad.ts'), imports: "import '../monitor/monitor.ts';", rule: 'core-config-rooms' },
  { file: core('monitor/bad.ts'), imports: "import '../index.ts';", rule: 'core-monitor-rooms' },
  { file: core('monitor/bad-emitter.ts'), imports: "import 'eventemitter3';", rule: 'sole-importer-eventemitter3' },
  { file: core('monitor/bad-seed.ts'), imports: "import 'seedrandom';", rule: 'sole-importer-seedrandom' },
  {
    file: core('monitor/bad-adapter.ts'),
    imports: "import '@mlperf/storage-memory';",
    rule: 'core-imports-no-package',
  },
  { file: core('utils/bad.ts'), imports: "import '../errors.ts';", rule: 'core-known-room' },
  { file: core('numeric/cycle-a.ts'), imports: "import './cycle-b.ts';", rule: 'no-circular-import' },
  { file: 'packages/unheard-of/src/bad.ts', imports: "import '@mlperf/core';", rule: 'known-package' },
  { file: 'packages/models/src/bad.ts', imports: "import '@mlperf/tuning';", rule: 'package-models' },
  { file: 'packages/models/src/bad-adapter.ts', imports: "import '@mlperf/storage-memory';", rule: 'package-models' },
  { file: 'packages/registry/src/bad.ts', imports: "import '@mlperf/workers';", rule: 'package-registry' },
  { file: 'packages/workers/src/bad.ts', imports: "import '@mlperf/models';", rule: 'package-workers' },
  { file: 'packages/tuning/src/bad.ts', imports: "import '@mlperf/registry';", rule: 'package-tuning' },
  { file: 'packages/tuning/src/bad-yaml.ts', imports: "import 'yaml';", rule: 'sole-importer-yaml' },
  { file: 'packages/tuning/src/bad-struct.ts', imports: "import 'superstruct';", rule: 'sole-importer-superstruct' },
  { file: 'packages/storage-sql/src/bad.ts', imports: "import '@mlperf/storage-sqlite';", rule: 'package-storage-sql' },
  {
    file: 'packages/storage-memory/src/bad.ts',
    imports: "import '@mlperf/storage-sql';",
    rule: 'package-storage-memory',
  },
  { file: 'packages/storage-memory/src/bad-sql.ts', imports: "import 'kysely';", rule: 'sole-importer-kysely' },
  {
    file: 'packages/storage-sqlite/src/bad.ts',
    imports: "import '@mlperf/storage-memory';",
    rule: 'package-storage-sqlite',
  },
  { file: 'packages/storage-sql/src/bad-db.ts', imports: "import 'node:sqlite';", rule: 'sole-importer-node-sqlite' },
  { file: 'packages/storage-postgres/src/bad.ts', imports: "import 'node:sqlite';", rule: 'sole-importer-node-sqlite' },
  { file: 'packages/storage-sql/src/bad-pg.ts', imports: "import 'pg';", rule: 'sole-importer-pg' },
  {
    file: 'packages/storage-sqlite/src/bad-pglite.ts',
    imports: "import '@electric-sql/pglite';",
    rule: 'sole-importer-pglite',
  },
  {
    file: 'packages/storage-conformance/src/bad.ts',
    imports: "import '@mlperf/storage-memory';",
    rule: 'package-storage-conformance',
  },
  {
    file: 'packages/storage-conformance/src/bad-io.ts',
    imports: "import 'node:fs';",
    rule: 'package-storage-conformance-builtins',
  },
  {
    file: 'packages/tuning/src/bad-deep.ts',
    imports: "import type { A } from '../../core/src/types/a.ts';",
    rule: 'no-deep-path-between-packages',
  },
  { file: 'packages/tuning/src/bad-subpath.ts', imports: "import '@mlperf/core/src/types/a.ts';", rule: 'resolvable' },
  {
    file: 'packages/tuning/src/bad-outside.ts',
    imports: "import '../../../examples/01.ts';",
    rule: 'packages-stand-alone',
  },
  { file: 'packages/tuning/src/bad-test.ts', imports: "import 'vitest';", rule: 'no-test-framework-in-packages' },
  { file: 'packages/tuning/src/bad-runner.ts', imports: "import 'node:test';", rule: 'no-test-framework-in-packages' },
  { file: 'packages/tuning/src/bad-dependency.ts', imports: "import 'left-pad';", rule: 'only-declared-dependencies' },
  { file: 'examples/bad.ts', imports: "import '../packages/core/src/index.ts';", rule: 'no-deep-path-from-outside' },
  {
    file: 'tests/integration/bad.test.ts',
    imports: "import '../../packages/core/src/index.ts';",
    rule: 'no-deep-path-from-outside',
  },
  {
    file: 'tests/unit/tuning/bad.test.ts',
    imports: "import '../../../packages/core/src/numeric/sum.ts';",
    rule: 'no-deep-path-from-unit-tests',
  },
];

/** The other half of the planted cycle; a cycle is reported once. */
const CYCLE = { [core('numeric/cycle-b.ts')]: "import './cycle-a.ts';" };

const NPM = [
  'eventemitter3',
  'seedrandom',
  'superstruct',
  'yaml',
  'kysely',
  'pg',
  'pg-copy-streams',
  '@electric-sql/pglite',
  'vitest',
  'left-pad',
];

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), `${content}\n`);
}

/** A workspace of the same layout as this one, with tiny stand-ins for the npm packages. */
function plantWorkspace(root: string, files: Readonly<Record<string, string>>): void {
  copyFileSync(join(ROOT, '.dependency-cruiser.cjs'), join(root, '.dependency-cruiser.cjs'));
  write(root, 'package.json', JSON.stringify({ name: 'fixture', private: true, devDependencies: { vitest: '*' } }));
  for (const name of NPM) {
    write(root, `node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(root, `node_modules/${name}/index.js`, 'module.exports = {};');
  }
  const packages = new Set(Object.keys(files).flatMap((path) => /^packages\/([^/]+)\//.exec(path)?.[1] ?? []));
  mkdirSync(join(root, 'node_modules/@mlperf'), { recursive: true });
  for (const name of packages) {
    const exports = { '.': { '@mlperf/source': './src/index.ts', import: './dist/index.js' } };
    const dependencies = Object.fromEntries(NPM.filter((npm) => npm !== 'left-pad').map((npm) => [npm, '*']));
    write(root, `packages/${name}/package.json`, JSON.stringify({ name: `@mlperf/${name}`, exports, dependencies }));
    symlinkSync(`../../packages/${name}`, join(root, 'node_modules/@mlperf', name));
  }
  for (const [path, content] of Object.entries(files)) write(root, path, content);
}

function check(root: string, outputType: 'err' | 'json') {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', outputType, 'packages', 'examples', 'tests'];
  return spawnSync(process.execPath, [DEPCRUISE, ...args], { cwd: root, encoding: 'utf8' });
}

function violations(root: string): string[] {
  const { status, stdout, stderr } = check(root, 'json');
  if (status !== 0) throw new Error(`dependency-cruiser failed: ${stderr}`);
  const report = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return report.summary.violations.map(({ from, rule }) => `${from} ${rule.name}`);
}

describe('the import rules', () => {
  const scratch: string[] = [];
  let found: readonly string[] = [];
  const workspace = (files: Readonly<Record<string, string>>) => {
    const root = mkdtempSync(join(tmpdir(), 'mlperf-imports-'));
    scratch.push(root);
    plantWorkspace(root, files);
    return root;
  };

  beforeAll(() => {
    const planted = Object.fromEntries(PLANTED.map(({ file, imports }) => [file, imports]));
    found = violations(workspace({ ...CLEAN, ...CYCLE, ...planted }));
  });
  afterAll(() => {
    for (const root of scratch) rmSync(root, { recursive: true, force: true });
  });

  it('pass a workspace that keeps to the table', () => {
    const root = workspace(CLEAN);
    expect(violations(root)).toEqual([]);
    expect(check(root, 'err').status).toBe(0);
  });

  it('fail the check for one violation alone', () => {
    const root = workspace({ ...CLEAN, [core('types/bad.ts')]: "import '../errors.ts';" });
    expect(check(root, 'err').status).not.toBe(0);
  });

  it.each(PLANTED)('refuse $file by $rule', ({ file, rule }) => {
    expect(found).toContain(`${file} ${rule}`);
  });

  it('blame planted files only', () => {
    const planted = new Set(PLANTED.map(({ file }) => file));
    expect(found.filter((line) => !planted.has(line.split(' ')[0] ?? ''))).toEqual([]);
  });
});
