import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** What the guide's host has: a quick family of the parameters the guide searches, rows of a coin, a store. */
const HOST = `
import { createDataset, defineSpace as space, float as real, int as whole, keyedRandom } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { inlineExecutor } from '@mlperf/workers';
import { HyperparameterTuner as Tuner, showProgress } from '@mlperf/tuning';
const family = {
  modelType: 'leaning', task: 'classification', defaults: { maxDepth: 4, nEstimators: 50, maxFeatures: 0.5 },
  searchSpace: space({ maxDepth: whole(2, 12), nEstimators: whole(20, 400, { log: true }), maxFeatures: real(0.1, 1) }),
  async fit(train, params) {
    const up = 0.3 + 0.4 * (params.maxFeatures ?? 0.5);
    return {
      modelType: 'leaning', classes: train.classes, featureNames: train.featureNames, lookBack: 0,
      predict: ({ rows }, out = new Float64Array(2 * rows)) => {
        for (let row = 0; row < rows; row++) out.set([1 - up, up], 2 * row);
        return out;
      },
      serialize: () => new Uint8Array(1), dispose() {},
    };
  },
  async load() { throw new Error('not asked for'); },
};
const random = keyedRandom('guide');
const times = Array.from({ length: 90 }, (_, i) => i);
const data = createDataset({
  features: times.map(() => [random.next()]), featureNames: ['x'], classes: ['down', 'up'],
  targets: times.map(() => (random.next() < 0.6 ? 1 : 0)), timestamps: times, labelEndsAt: times.map((t) => t + 1),
});
const storage = openMemoryStorage();
const executor = inlineExecutor({ families: [family] });
const searchSpace = space({ half: real(-1, 1) });
const costOf = async ({ half }) => half ** 2;
const retrainWith = () => {};
`;

/** Of a part that goes on with a tuner. */
const TUNER = `const tuner = new Tuner({ family, storage, seed: 'guide' });\n`;

async function blockOf(heading: string): Promise<string> {
  const guide = await readFile(resolve(root, 'docs/guides/tuning.md'), 'utf8');
  const [, part] = guide.split(`\n## ${heading}\n`);
  const [, code] = /```ts\n([\s\S]*?)```/.exec(part!)!;
  return code!;
}

async function run(code: string): Promise<string> {
  const flags = ['--conditions=@mlperf/source', '--input-type=module-typescript', '--eval', code];
  return (await promisify(execFile)(process.execPath, flags, { cwd: root })).stdout;
}

it('the search of the tuning guide runs, and tells of its trials', async () => {
  const lines = (await run(HOST + (await blockOf('A search')))).trim().split('\n');
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.every((line) => /^\d+ (0\.\d+|undefined)/.test(line))).toBe(true);
});

it('a study that is asked and told runs as the tuning guide says', async () => {
  const shown = 'console.log(study.best.score);';
  expect(Number(await run(`${HOST}${await blockOf('Asking and telling')}${shown}`))).toBeLessThan(1e-3);
});

it('the report of the tuning guide is printed, and is of the form the guide shows', async () => {
  const guide = await readFile(resolve(root, 'docs/guides/tuning.md'), 'utf8');
  const [, shown] = /```\n(Study study-[\s\S]*?)```/.exec(guide)!;
  const labels = (text: string) =>
    text.split('\n').flatMap((line) => /^ {2}([a-z][a-z() ]+?) {2,}/i.exec(line)?.[1] ?? []);
  const printed = await run(
    `${HOST}import { HyperparameterTuner } from '@mlperf/tuning';${await blockOf('What a best score is worth')}`,
  );
  expect(labels(shown!).length).toBeGreaterThan(6);
  expect(labels(shown!)).toEqual(expect.arrayContaining(labels(printed)));
  expect(printed).toMatch(/suggestion +DO NOT DEPLOY/i);
});

it('progress and charts of the tuning guide run', async () => {
  const page = resolve(tmpdir(), `tuning-guide-${process.pid}.html`);
  const code = (await blockOf('Seeing it')).replace('charts/study.html', page);
  await run(HOST + TUNER + code);
  expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>/i);
});
