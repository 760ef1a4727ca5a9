import { createRequire } from 'node:module';
import {
  type ChartSpec,
  experimentCharts,
  intermediateValues,
  optimizationHistory,
  parallelCoordinates,
  parameterImportanceChart,
  slices,
  trialTimeline,
} from '@mlperf/charts';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { anExperiment, aPrunedExperiment, aStudy, mixedExperiments, STARTED_AT } from '../a-study.ts';
import { rowsOf, subtitleOf, viewsOf } from '../spec-data.ts';

const charts = createRequire(new URL('../../../../packages/charts/package.json', import.meta.url));
const schema: object = charts('vega-lite/vega-lite-schema.json');
const isVegaLite = new Ajv({ strict: false, validateFormats: false }).compile(schema);

function requireVegaLite(spec: ChartSpec): void {
  isVegaLite(spec);
  expect(isVegaLite.errors ?? []).toEqual([]);
}

const set = { study: aStudy, experiments: mixedExperiments };

describe('the charts of a study', () => {
  it('are each what the published schema of Vega-Lite 6 calls a specification, and plain data', () => {
    const found = experimentCharts(set, { importance: { importance: { learningRate: 0.7, booster: 0.3 } } });
    expect(found.map(({ name }) => name)).toEqual([
      'optimization-history',
      'parameter-importance',
      'slices',
      'parallel-coordinates',
      'intermediate-values',
      'trial-timeline',
    ]);
    for (const { spec } of found) {
      requireVegaLite(spec);
      expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
      expect(spec.description).toMatch(/\S: /);
      expect(subtitleOf(spec)).toContain('gradient-boosting · study hourly-direction · tpe');
    }
  });

  it('leave their input as it was and give the same for any order of it', () => {
    const frozen = { study: aStudy, experiments: Object.freeze([...mixedExperiments]) };
    const first = experimentCharts(frozen);
    expect(experimentCharts({ study: aStudy, experiments: [...mixedExperiments].reverse() })).toEqual(first);
  });

  it('say that there is nothing to see, and why, of a study without trials', () => {
    for (const { spec } of experimentCharts({ study: aStudy, experiments: [] })) {
      requireVegaLite(spec);
      expect(rowsOf(spec, 0)[0]?.reason).toMatch(/^No trial /);
    }
    expect(rowsOf(parameterImportanceChart({ importance: {} }), 0)[0]?.reason).toMatch(/Too few trials/);
  });

  it('refuse an experiment of another study', () => {
    const experiments = [anExperiment(0), anExperiment(1, { studyId: 'another' })];
    expect(() => optimizationHistory({ study: aStudy, experiments })).toThrow(/must be of study 'hourly-direction'/);
  });
});

describe('the optimization history', () => {
  it('steps where a complete trial beats all before it, and ends at the last trial', () => {
    expect(rowsOf(optimizationHistory(set), 1).map(({ trial, value }) => [trial, value])).toEqual([
      [0, 0.52],
      [3, 0.55],
      [6, 0.55],
    ]);
    const least = optimizationHistory({ ...set, direction: 'minimize' });
    expect(rowsOf(least, 1).map(({ trial, value }) => [trial, value])).toEqual([
      [0, 0.52],
      [1, 0.51],
      [6, 0.51],
    ]);
  });

  it('shows a pruned trial at its last report, by step and not by text, and never as the best', () => {
    const points = rowsOf(optimizationHistory(set), 0);
    expect(points.find(({ trial }) => trial === 2)).toMatchObject({
      value: 0.49,
      end: 'pruned',
      state: 'pruned after step 10',
    });
    const brilliant = [anExperiment(0, { meanCvScore: 0.5 }), aPrunedExperiment(1, { 0: 0.99 })];
    expect(rowsOf(optimizationHistory({ study: aStudy, experiments: brilliant }), 2)[0]?.value).toBe(0.5);
  });

  it('keeps failed trials apart, with the reason', () => {
    const [failed, ...others] = rowsOf(optimizationHistory(set), 3);
    expect(failed).toMatchObject({ trial: 4, end: 'failed', notes: 'fold 2 of 5: SINGLE_CLASS' });
    expect(others).toEqual([]);
    expect(subtitleOf(optimizationHistory(set))).toContain(
      '7 trials: 5 complete, 1 pruned (last value reported), 1 failed',
    );
  });

  it('tells states apart by shape and by colour', () => {
    const { shape, color } = viewsOf(optimizationHistory(set))[0]!.encoding;
    expect(color?.scale).toEqual({
      domain: ['complete', 'pruned', 'failed'],
      range: ['#0072b2', '#e69f00', '#d55e00'],
    });
    expect(shape?.scale).toEqual({ domain: ['complete', 'pruned', 'failed'], range: ['circle', 'diamond', 'cross'] });
  });

  it('shows any figure of the experiments, and says its name and which way is better', () => {
    const spec = optimizationHistory({ ...set, metric: 'holdout_accuracy' });
    expect(viewsOf(spec)[0]?.encoding.y?.title).toBe('holdout accuracy (higher is better)');
    expect(rowsOf(spec, 0)[0]?.value).toBe(0.51);
  });

  it('puts experiments of several studies in the order of time', () => {
    const experiments = [
      anExperiment(0, { studyId: 'second', experimentId: 'b', createdAt: STARTED_AT + 5 }),
      anExperiment(0, { studyId: 'first', experimentId: 'a', createdAt: STARTED_AT, meanCvScore: 0.6 }),
    ];
    expect(rowsOf(optimizationHistory({ experiments }), 0).map(({ trial, value }) => [trial, value])).toEqual([
      [0, 0.6],
      [1, 0.5],
    ]);
  });

  it('leaves out a score that is no finite number', () => {
    const experiments = [anExperiment(0, { meanCvScore: Number.NaN }), anExperiment(1, { meanCvScore: 0.6 })];
    expect(rowsOf(optimizationHistory({ study: aStudy, experiments }), 0).map(({ trial }) => trial)).toEqual([1]);
  });
});

describe('the range of scores', () => {
  const values = Array.from({ length: 40 }, (_, n) => (n === 3 ? 4_000 : 0.6 + (n % 10) / 100));
  const experiments = values.map((meanCvScore, n) => anExperiment(n, { meanCvScore }));

  it('leaves a score that is worse by orders of magnitude on the edge, and says so', () => {
    const spec = optimizationHistory({ study: aStudy, experiments, direction: 'minimize' });
    const [low, high] = viewsOf(spec)[0]!.encoding.y!.scale!.domain as [number, number];
    // Quartiles 0.62 and 0.67: what is above 0.67 + 8 · 0.05 is far.
    expect(low).toBeLessThan(0.6);
    expect(high).toBeGreaterThan(0.67 + 8 * 0.05);
    expect(high).toBeLessThan(1.2);
    expect(subtitleOf(spec)).toContain('1 worse than 1.07 on the edge');
    expect(subtitleOf(slices({ study: aStudy, experiments, direction: 'minimize' }))).toContain('on the edge');
  });

  it('never cuts the best, however far it is', () => {
    const spec = optimizationHistory({ study: aStudy, experiments, direction: 'maximize' });
    const [, high] = viewsOf(spec)[0]!.encoding.y!.scale!.domain as [number, number];
    expect(high).toBeGreaterThan(4_000);
    expect(subtitleOf(spec)).not.toContain('on the edge');
  });
});

describe('slices', () => {
  it('have a panel for each parameter of the space, logarithmic where the parameter is, and none for a fixed one', () => {
    const panels = viewsOf(slices(set));
    expect(panels.map(({ encoding }) => encoding.x?.title)).toEqual([
      'booster',
      'learningRate (log)',
      'maxDepth',
      'early',
    ]);
    expect(panels.map(({ encoding }) => encoding.x?.scale?.type)).toEqual([undefined, 'log', 'linear', undefined]);
    expect(panels[1]?.encoding.x?.scale?.domain).toEqual([1e-4, 1]);
  });

  it('leave a trial out where it does not have the parameter', () => {
    // Trials 2 and 5 are linear, without a depth; 4 failed.
    expect(rowsOf(slices(set), 2).map(({ trial }) => trial)).toEqual([0, 1, 3, 6]);
    expect(rowsOf(slices(set), 0).map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 5, 6]);
  });

  it('widen to values beyond the space that a study was begun with', () => {
    const experiments = [
      ...mixedExperiments,
      anExperiment(7, { hyperparameters: { booster: 'dart', learningRate: 10 } }),
    ];
    const panels = viewsOf(slices({ study: aStudy, experiments }));
    expect(panels[0]?.encoding.x?.scale?.domain).toEqual(['tree', 'linear', 'dart']);
    expect(panels[1]?.encoding.x?.scale?.domain).toEqual([1e-4, 10]);
  });

  it('without a study, show the parameters that differ', () => {
    const panels = viewsOf(slices({ experiments: mixedExperiments }));
    expect(panels.map(({ encoding }) => encoding.x?.title)).toEqual([
      'booster',
      'early',
      'learningRate (log)',
      'maxDepth',
    ]);
  });
});

describe('parallel coordinates', () => {
  it('place each value between the ends of its axis, on the logarithm where the parameter is logarithmic', () => {
    const lines = rowsOf(parallelCoordinates(set), 1).filter(({ trial }) => trial === 1);
    // Trial 1: accuracy 0.51 in [0.51, 0.55], tree, rate 0.1 in [1e-4, 1], depth 3 in [2, 12], early false.
    expect(lines.map(({ position }) => Number(position).toFixed(6))).toEqual(
      [0, 0, 3 / 4, (3 - 2) / (12 - 2), 0].map((position) => position.toFixed(6)),
    );
  });

  it('pass below the axis of a parameter the trial does not have, and say so', () => {
    const spec = parallelCoordinates(set);
    const depth = rowsOf(spec, 1).find(({ trial, axis }) => trial === 5 && axis === 3);
    expect(depth?.position).toBeLessThan(0);
    expect(rowsOf(spec, 3).filter(({ label }) => label === 'not there')).toEqual([
      { axis: 3, position: depth?.position, label: 'not there' },
    ]);
  });

  it('draw the best line last, so that it lies on top', () => {
    const orders = rowsOf(parallelCoordinates(set), 1).map(({ trial }) => trial);
    expect([...new Set(orders)]).toEqual([1, 0, 5, 6, 3]);
  });
});

describe('intermediate values', () => {
  it('order the reports by step and end pruned curves with a mark', () => {
    const spec = intermediateValues(set);
    const ofPruned = rowsOf(spec, 0).filter(({ trial }) => trial === 2);
    expect(ofPruned.map(({ step }) => step)).toEqual([0, 9, 10]);
    expect(rowsOf(spec, 1)).toMatchObject([{ trial: 2, step: 10, value: 0.49 }]);
  });

  it('make the best complete trial bold', () => {
    expect(rowsOf(intermediateValues(set), 2).map(({ trial, step }) => [trial, step])).toEqual([
      [3, 0],
      [3, 1],
    ]);
  });

  it('keep the first and the last of many reports', () => {
    const reports = Object.fromEntries(Array.from({ length: 5_000 }, (_, step) => [step, step]));
    const rows = rowsOf(intermediateValues({ experiments: [anExperiment(0, { intermediateValues: reports })] }), 2);
    expect(rows).toHaveLength(200);
    expect([rows[0]?.step, rows.at(-1)?.step]).toEqual([0, 4_999]);
  });
});

describe('the timeline', () => {
  it('has a bar as long as the training took, and rows for what ran at once', () => {
    const bars = rowsOf(trialTimeline(set), 0);
    // Starts are 2 s apart and each took 3 s: two at once.
    expect(bars.slice(0, 3).map(({ row, from, to }) => [row, from, to])).toEqual([
      ['1', STARTED_AT, STARTED_AT + 3_000],
      ['2', STARTED_AT + 2_000, STARTED_AT + 5_000],
      ['1', STARTED_AT + 4_000, STARTED_AT + 7_000],
    ]);
  });

  it('has a row for each worker where they are known, in the order of their numbers', () => {
    const workers = ['w10', 'w2', 'w1'];
    const spec = trialTimeline(set, { workerOf: ({ trialNumber }) => workers[trialNumber! % 4] });
    expect(viewsOf(spec)[0]?.encoding.y).toMatchObject({
      title: 'worker',
      scale: { domain: ['not recorded', 'w1', 'w2', 'w10'] },
    });
  });

  it('has rows of its own for each process where several are recorded', () => {
    const processes = ['rack-1', 'rack-2'];
    const experiments = Array.from({ length: 6 }, (_, i) =>
      anExperiment(i, { createdAt: STARTED_AT + 1_000 * i, worker: processes[i < 4 ? 0 : 1]! }),
    );
    const bars = rowsOf(trialTimeline({ study: aStudy, experiments }), 0);
    // Each took 3 s: three at once in the first process.
    expect(bars.map(({ row }) => row)).toEqual([
      'rack-1 1',
      'rack-1 2',
      'rack-1 3',
      'rack-1 1',
      'rack-2 1',
      'rack-2 2',
    ]);
    const alone = experiments.map((experiment) => ({ ...experiment, worker: 'rack-1' }));
    expect(rowsOf(trialTimeline({ study: aStudy, experiments: alone }), 0)[0]?.row).toBe('1');
  });

  it('keeps a trial that took no time to be seen', () => {
    const spec = trialTimeline({
      study: aStudy,
      experiments: [anExperiment(0), anExperiment(1, { trainingTimeSeconds: 0 })],
    });
    const [, quick] = rowsOf(spec, 0);
    expect(Number(quick?.to) - Number(quick?.from)).toBe(3_000 / 300);
    expect(quick?.seconds).toBe(0);
  });

  it('marks the start of a trial that is running, which has no length yet', () => {
    const experiments = [anExperiment(0), anExperiment(1, { state: 'running', trainingTimeSeconds: 0 })];
    const spec = trialTimeline({ study: aStudy, experiments });
    expect(rowsOf(spec, 0).map(({ trial }) => trial)).toEqual([0]);
    expect(rowsOf(spec, 1)).toMatchObject([{ trial: 1, from: STARTED_AT + 2_000 }]);
  });
});

describe('the chart of importance', () => {
  it('sorts the bars and refuses what is no share', () => {
    const spec = parameterImportanceChart({ importance: { a: 0.1, b: 0.6, c: 0.3 }, method: 'PED-ANOVA' });
    expect(rowsOf(spec, 0).map(({ parameter }) => parameter)).toEqual(['b', 'c', 'a']);
    expect(() => parameterImportanceChart({ importance: { a: 1.5 } })).toThrow(/importance of 'a'.*got 1.5/);
    expect(() => parameterImportanceChart({ importance: { a: Number.NaN } })).toThrow(/got NaN/);
  });
});

describe('charts of 100,000 trials', () => {
  const many = Array.from({ length: 100_000 }, (_, n) =>
    anExperiment(n, { meanCvScore: 0.5 + ((n * 7_919) % 100_000) / 1e6, intermediateValues: { 0: 0.5, 1: 0.6 } }),
  );
  const found = experimentCharts({ study: aStudy, experiments: many });

  it('hold a few thousand marks and say what is left out', () => {
    for (const { name, spec } of found) {
      const marks = viewsOf(spec).reduce((sum, { data }) => sum + data.values.length, 0);
      expect(marks, name).toBeLessThan(5_000);
      expect(subtitleOf(spec), name).toMatch(/ of 100,000 trials shown: the best [\d,]+, others at even steps/);
    }
  });

  it('have the best trial in them and the running best of all trials', () => {
    const best = many.reduce((a, b) => (b.meanCvScore! > a.meanCvScore! ? b : a)).trialNumber;
    const [history] = found;
    expect(rowsOf(history!.spec, 0).some(({ trial }) => trial === best)).toBe(true);
    expect(rowsOf(history!.spec, 1).at(-2)?.trial).toBe(best);
  });
});
