import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineSpace, type ModelFamily, type SearchSpace, validateParameters } from '@mlperf/core';
import * as models from '@mlperf/models';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, RandomSampler, trialRandom } from '@mlperf/tuning';
import { afterAll, describe, expect, it } from 'vitest';
import { stumpFamily, stumpSpace } from './a-family.ts';
import { aSeries } from './a-series.ts';

const storage = await openMemoryStorage();
const folder = await mkdtemp(join(tmpdir(), 'charts-'));
afterAll(() => rm(folder, { recursive: true }));

const aTuner = (changes: { readonly families?: readonly ModelFamily[] } = {}) =>
  new HyperparameterTuner({ family: stumpFamily(), storage, seed: 'a-seed', ...changes });
const data = aSeries(400);
const searched = aTuner();
const { studyId } = await searched.randomSearch(data, { nTrials: 40 });

describe('the charts of a tuner', () => {
  it('are those of the study run last, with the importance of its parameters', async () => {
    const { charts, files, importance, ...rest } = await searched.visualizeExperiments('accuracy');
    expect(rest).toEqual({ studyId });
    expect(charts.map(({ name }) => name)).toEqual([
      'optimization-history',
      'parameter-importance',
      'slices',
      'parallel-coordinates',
      'trial-timeline',
    ]);
    expect(Object.keys(importance?.shares ?? {}).sort()).toEqual(['column', 'inverted', 'threshold']);
    const shares = JSON.stringify(charts[1]?.spec);
    for (const share of Object.values(importance?.shares ?? {})) expect(shares).toContain(String(share));
    expect(files).toHaveLength(1);
    expect(files[0]?.text).toContain(`<h1>Study ${studyId}</h1>`);
    expect(files[0]?.text.match(/<figure /g)).toHaveLength(5);
  });

  it('are of a stored study for another process, by any name of the metric', async () => {
    const fromStorage = await aTuner().visualizeExperiments('accuracy', { studyId, format: 'vega-lite' });
    for (const metric of ['meanCvScore', 'cv_accuracy']) {
      const found = await aTuner().visualizeExperiments(metric, { studyId, format: 'vega-lite' });
      expect(found.charts).toEqual(fromStorage.charts);
    }
    expect(fromStorage.charts).toEqual(
      (await searched.visualizeExperiments('accuracy', { format: 'vega-lite' })).charts,
    );
    expect(JSON.parse(fromStorage.files[0]!.text)).toEqual(fromStorage.charts[0]?.spec);
  });

  it('are of all experiments of the family where there is no study', async () => {
    const { charts, studyId: none } = await aTuner().visualizeExperiments('accuracy', { format: 'vega-lite' });
    expect(none).toBeUndefined();
    expect(JSON.stringify(charts[0]?.spec.title)).toContain('40 trials');
  });

  it('are written as one page or as files in a folder, which is made', async () => {
    const page = join(folder, 'deep/down/study.html');
    const { files } = await searched.visualizeExperiments('accuracy', { path: page });
    expect(await readFile(page, 'utf8')).toBe(files[0]?.text);
    const pictures = join(folder, 'pictures');
    await searched.visualizeExperiments('accuracy', { path: pictures, format: 'svg' });
    expect((await readdir(pictures)).sort()).toEqual([
      'optimization-history.svg',
      'parallel-coordinates.svg',
      'parameter-importance.svg',
      'slices.svg',
      'trial-timeline.svg',
    ]);
    await expect(
      searched.visualizeExperiments('accuracy', { path: join(page, 'below-a-file.html') }),
    ).rejects.toMatchObject({ code: 'IO_FAILURE' });
  });

  it('show another figure of the experiments, told which way it is better', async () => {
    const result = await searched.crossValidate(data, { column: 0, threshold: 0, inverted: false });
    await searched.saveExperiment({
      experimentId: 'single',
      hyperparameters: { column: 0, threshold: 0, inverted: false },
      result,
      testMetrics: { holdout_loss: 0.4 },
    });
    const tuner = aTuner();
    await expect(tuner.visualizeExperiments('holdout_loss')).rejects.toMatchObject({ code: 'INVALID_TYPE' });
    const { charts } = await tuner.visualizeExperiments('holdout_loss', { direction: 'minimize', format: 'vega-lite' });
    expect(JSON.stringify(charts[0]?.spec)).toContain('holdout loss (lower is better)');
  });

  it('are refused for what is not there, before anything is written', async () => {
    const refused = (metric: string, options: object) => searched.visualizeExperiments(metric, options);
    const path = join(folder, 'never.html');
    await expect(refused('accuracy', { studyId: 'unknown', path })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(refused('acuracy', { path })).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      message: expect.stringContaining('(accuracy, cv_accuracy)'),
    });
    await expect(refused('accuracy', { format: 'png', path })).rejects.toMatchObject({ code: 'OUT_OF_RANGE' });
    await expect(refused('accuracy', { direction: 'up', path })).rejects.toMatchObject({
      code: 'OUT_OF_RANGE',
      message: "direction must be 'minimize' or 'maximize'; got 'up'",
    });
    expect(await readdir(folder)).not.toContain('never.html');
  });
});

describe('the search spaces of families', () => {
  const shipped = Object.values(models).filter(
    (value): value is typeof value & ModelFamily =>
      typeof value === 'object' && value !== null && 'modelType' in value && 'searchSpace' in value,
  );

  it('are told of those given to a tuner, and of no other', () => {
    const tuner = aTuner({ families: [models.gradientBoostingFamily, models.lstmFamily] });
    expect(tuner.getSearchSpaceConfig()).toEqual(stumpSpace);
    expect(tuner.getSearchSpaceConfig('stump')).toEqual(stumpSpace);
    expect(tuner.getSearchSpaceConfig('lstm')).toEqual(models.lstmFamily.searchSpace);
    expect(() => tuner.getSearchSpaceConfig('random-forest')).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_MODEL_TYPE',
        message: expect.stringContaining("('stump', 'gradient-boosting', 'lstm')"),
      }),
    );
  });

  it('are there for every family we ship, but for the two that have nothing to tune', () => {
    const spaces = shipped.map(({ modelType, searchSpace }) => [modelType, Object.keys(searchSpace).length] as const);
    expect(
      spaces
        .filter(([, parameters]) => parameters === 0)
        .map(([name]) => name)
        .sort(),
    ).toEqual(['last-sign', 'majority-class']);
    expect(spaces.length).toBeGreaterThanOrEqual(9);
  });

  it.each(shipped.filter(({ searchSpace }) => Object.keys(searchSpace).length > 0))(
    'are sound for $modelType: its parameters, and a range around what it does by default',
    ({ searchSpace, defaults }) => {
      const space: SearchSpace = defineSpace(searchSpace);
      const sampler = new RandomSampler(space);
      for (let trialNumber = 0; trialNumber < 20; trialNumber++) {
        const random = trialRandom('a-seed', trialNumber);
        const point = sampler.suggest({ trialNumber, random });
        expect(validateParameters(space, point)).toEqual(point);
      }
      for (const name of Object.keys(space)) expect(Object.keys(defaults)).toContain(name);
    },
  );
});
