import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackedPackage, packWorkspace, temporaryFolder, userEnvironment } from './packed-tarballs.ts';
import { ROOT } from './workspace-packages.ts';

const MEGABYTE = 1_000_000;
/** A program that does not end by itself is a failure too: something of ours keeps it alive. */
const PROGRAM_MS = 60_000;
const folder = temporaryFolder('install');
let packed: readonly PackedPackage[] = [];
let everything = '';

/** A project as a user has it: npm, a manifest, and the packages from their tarballs. */
function install(name: string, packages: readonly PackedPackage[]): string {
  const project = join(folder.path, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', ...packages.map(({ tarball }) => tarball)], {
    cwd: project,
    env: userEnvironment(),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return project;
}

function run(project: string, file: string, source: string): string {
  writeFileSync(join(project, file), source);
  return execFileSync(process.execPath, [file], {
    cwd: project,
    env: userEnvironment(),
    encoding: 'utf8',
    timeout: PROGRAM_MS,
  });
}

/** One program in either module format. @param imports - `name from 'module'`. */
function programOf(extension: string, imports: readonly string[], body: string): string {
  const lines = imports.map((line) => {
    const [name, module] = line.split(' from ');
    return extension === 'mjs' ? `import { ${name} } from ${module};` : `const { ${name} } = require(${module});`;
  });
  return extension === 'mjs' ? [...lines, body].join('\n') : [...lines, `(async () => {${body}})();`].join('\n');
}

function bytesUnder(path: string): number {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

beforeAll(() => {
  const tarballs = join(folder.path, 'tarballs');
  mkdirSync(tarballs);
  packed = packWorkspace(tarballs);
  everything = install('everything', packed);
});
afterAll(() => folder.dispose());

describe('the packages, installed by npm from their tarballs', () => {
  it('export the same names to ESM and to CommonJS', () => {
    const names = JSON.stringify(packed.map(({ manifest }) => manifest.name));
    const esm = run(
      everything,
      'exports.mjs',
      `const found = {};
       for (const name of ${names}) found[name] = Object.keys(await import(name)).filter((key) => key !== 'module.exports').sort();
       console.log(JSON.stringify(found));`,
    );
    const cjs = run(
      everything,
      'exports.cjs',
      `const found = {};
       for (const name of ${names}) found[name] = Object.keys(require(name)).sort();
       console.log(JSON.stringify(found));`,
    );
    expect(JSON.parse(cjs)).toEqual(JSON.parse(esm));
    for (const [name, exported] of Object.entries(JSON.parse(esm) as Record<string, string[]>)) {
      expect(exported.length, `${name} exports no value`).toBeGreaterThan(0);
    }
  });

  it.each(['mts', 'cts'])('have declarations that a strict TypeScript project compiles: .%s', (extension) => {
    const imports = packed.map(({ manifest }, index) => `import * as package${index} from '${manifest.name}';`);
    const uses = packed.map((_, index) => `void package${index};`);
    writeFileSync(join(everything, `consumer.${extension}`), [...imports, ...uses].join('\n'));
    const config = join(everything, `tsconfig.${extension}.json`);
    writeFileSync(
      config,
      JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          lib: ['es2024', 'esnext.disposable'],
          module: 'nodenext',
          strict: true,
          exactOptionalPropertyTypes: true,
          noEmit: true,
          skipLibCheck: false,
          types: ['node'],
          typeRoots: [join(ROOT, 'node_modules/@types')],
        },
        files: [`consumer.${extension}`],
      }),
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    expect(execFileSync(process.execPath, [tsc, '-p', config], { encoding: 'utf8' })).toBe('');
  });

  it.each(['mjs', 'cjs'])('open a SQLite file from a .%s program: written once, read by the next', (extension) => {
    const program = `
      const storage = await openSqliteStorage(${JSON.stringify(`smoke-${extension}.db`)});
      const before = (await storage.artifacts.list()).items.length;
      const { sha256 } = await storage.artifacts.put(Buffer.from('kept'));
      const found = Buffer.from(await storage.artifacts.get(sha256)).toString();
      console.log(JSON.stringify({ durability: storage.durability, before, found }));
      await storage.close();`;
    const source = programOf(extension, ["openSqliteStorage from '@mlperf/storage-sqlite'"], program);
    const runs = [1, 2].map(() => JSON.parse(run(everything, `sqlite.${extension}`, source)) as unknown);
    expect(runs).toEqual([
      { durability: 'power-loss', before: 0, found: 'kept' },
      { durability: 'power-loss', before: 1, found: 'kept' },
    ]);
  });

  it.each(['mjs', 'cjs'])('fit a forest in a worker thread from a .%s program', (extension) => {
    const families = programOf(extension, ["randomForestFamily from '@mlperf/models'"], '').trim();
    const exported = extension === 'mjs' ? 'export const families' : 'exports.families';
    writeFileSync(join(everything, `families.${extension}`), `${families}\n${exported} = [randomForestFamily];`);
    const program = `
      const executor = workerThreadExecutor({
        familiesModule: pathToFileURL(${JSON.stringify(join(everything, `families.${extension}`))}),
        threads: 1,
      });
      const rows = 40;
      const times = Float64Array.from({ length: rows }, (_, row) => row);
      const train = {
        features: { values: times.slice(), rows, columns: 1 },
        featureNames: ['x'],
        targets: Float64Array.from({ length: rows }, (_, row) => (row < rows / 2 ? 0 : 1)),
        classes: ['down', 'up'],
        timestamps: times,
        labelEndsAt: times,
      };
      const hyperparameters = { ...randomForestFamily.defaults, nEstimators: 5, maxFeatures: 1, minSamplesSplit: 2 };
      const predict = [{ values: Float64Array.of(0, rows - 1), rows: 2, columns: 1 }];
      const { classes, predictions } = await executor.fit({
        modelType: randomForestFamily.modelType, hyperparameters, seed: 'smoke', train, predict,
      });
      await executor.close();
      const likeliest = [0, 1].map((row) => classes[predictions[0][row * 2] > predictions[0][row * 2 + 1] ? 0 : 1]);
      console.log(JSON.stringify(likeliest));`;
    const imports = [
      "randomForestFamily from '@mlperf/models'",
      "workerThreadExecutor from '@mlperf/workers'",
      "pathToFileURL from 'node:url'",
    ];
    const printed = run(everything, `executor.${extension}`, programOf(extension, imports, program));
    expect(JSON.parse(printed)).toEqual(['down', 'up']);
  });

  it.each(['mjs', 'cjs'])(
    'fit an LSTM and boosted trees, with no TensorFlow.js installed, from a .%s program',
    (extension) => {
      const program = `
      const rows = 200;
      const times = Float64Array.from({ length: rows }, (_, row) => row);
      const train = createDataset({
        features: { values: Float64Array.from(times, (row) => Math.sin(row / 3)), rows, columns: 1 },
        featureNames: ['x'],
        targets: Float64Array.from(times, (row) => (Math.sin((row + 1) / 3) > Math.sin(row / 3) ? 1 : 0)),
        classes: ['down', 'up'],
        timestamps: times,
        labelEndsAt: times,
      });
      const signal = new AbortController().signal;
      const context = { seed: 'smoke', signal, report: async () => 'continue', onProgress() {} };
      const sizes = [];
      for (const [family, params] of [
        [lstmFamily, { units: 4, lookBack: 5, epochs: 2, patience: 0 }],
        [gradientBoostingFamily, { nEstimators: 5 }],
      ]) {
        const model = await family.fit(train, params, context);
        const again = await family.load(model.serialize());
        const out = await again.predict({ values: train.features.values.slice(0, 10), rows: 10, columns: 1 });
        sizes.push(out.length / again.classes.length + again.lookBack);
        model.dispose();
        again.dispose();
      }
      console.log(JSON.stringify(sizes));`;
      const imports = [
        "createDataset from '@mlperf/core'",
        "gradientBoostingFamily from '@mlperf/models'",
        "lstmFamily from '@mlperf/models'",
      ];
      expect(JSON.parse(run(everything, `models.${extension}`, programOf(extension, imports, program)))).toEqual([
        10, 10,
      ]);
    },
  );

  it.each(['mjs', 'cjs'])(
    'draw charts without a browser, and a page that holds Vega, from a .%s program',
    (extension) => {
      const program = `
      const experiments = [0.5, 0.6, 0.55].map((meanCvScore, trialNumber) => ({
        experimentId: 'e' + trialNumber, trialNumber, modelType: 'forest', hyperparameters: { depth: trialNumber + 1 },
        cvScores: [], meanCvScore, trainingTimeSeconds: 1, testMetrics: {}, state: 'complete', createdAt: trialNumber,
      }));
      const svg = await renderSvg(optimizationHistory({ experiments }));
      const page = await renderHtml(experimentCharts({ experiments }), { title: 'Forests' });
      const found = [svg.slice(0, 4), svg.includes('trial 1'), page.split('<figure ').length, page.length > 500000];
      console.log(JSON.stringify(found));`;
      const imports = ['experimentCharts', 'optimizationHistory', 'renderHtml', 'renderSvg'];
      const source = programOf(
        extension,
        imports.map((name) => `${name} from '@mlperf/charts'`),
        program,
      );
      expect(JSON.parse(run(everything, `charts.${extension}`, source))).toEqual(['<svg', true, 5, true]);
    },
  );

  it('give operators the mlperf command', () => {
    const mlperf = (...args: readonly string[]) =>
      execFileSync('npx', ['--no-install', 'mlperf', 'storage', ...args], {
        cwd: everything,
        env: userEnvironment(),
        encoding: 'utf8',
        timeout: PROGRAM_MS,
      });
    expect(mlperf('migrate', 'operated.db')).toMatch(/^applied 0001-initial-schema/);
    expect(JSON.parse(mlperf('status', 'operated.db', '--json'))).toMatchObject({
      kind: 'sqlite',
      pendingMigrations: [],
    });
    expect(mlperf('verify', 'operated.db')).toMatch(/no problems\n$/);
    expect(mlperf('backup', 'operated.db', '--to', 'copy.db')).toMatch(/checked and synced/);
  });
});

describe('@mlperf/core alone', () => {
  it('installs within 5 MB, dependencies included', () => {
    const core = install(
      'core',
      packed.filter(({ folder: name }) => name === 'core'),
    );
    const bytes = bytesUnder(join(core, 'node_modules'));
    console.log(`install of @mlperf/core with its dependencies: ${(bytes / MEGABYTE).toFixed(2)} MB (budget 5 MB)`);
    expect(bytes).toBeLessThanOrEqual(5 * MEGABYTE);
  });
});
