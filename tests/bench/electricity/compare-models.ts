import assert from 'node:assert/strict';
import {
  type Dataset,
  type FitContext,
  purgeTrainingRows,
  type RowPredictor,
  selectRows,
  sliceDataset,
} from '@mlperf/core';
import {
  compareWithBaselines,
  gradientBoostingFamily,
  lstmFamily,
  randomForestFamily,
  type TestScores,
} from '@mlperf/models';
import type { Report } from '../harness/figure.ts';
import { openPeer, type Peer } from '../peers/peer.ts';

interface Size {
  readonly trainRows: number;
  readonly testRows: number;
  readonly trees: number;
  readonly epochs: number;
}

const FULL: Size = { trainRows: 20_000, testRows: 5_000, trees: 100, epochs: 30 };
const QUICK: Size = { trainRows: 2_000, testRows: 500, trees: 10, epochs: 2 };

const CONTEXT: FitContext = {
  seed: 'electricity',
  signal: new AbortController().signal,
  report: async () => 'continue',
  onProgress() {},
};

/**
 * Every family with its defaults beside the baselines and the Python peers, all trained on the same first rows and
 * asked for the same next ones. Features alone: no label of the past is among them. Rows whose label is known only
 * while a test row lives are purged.
 */
export async function compareModels(report: Report, data: Dataset, quick: boolean): Promise<void> {
  const size = quick ? QUICK : FULL;
  const { trainRows, testRows } = size;
  const first = Array.from({ length: trainRows }, (_, row) => row);
  const tested = Array.from({ length: testRows }, (_, i) => trainRows + i);
  const train = selectRows(data, purgeTrainingRows(data, first, tested));
  const test = sliceDataset(data, trainRows, trainRows + testRows);

  const seconds = new Map<string, number>();
  const models: Record<string, RowPredictor> = {};
  const trained = async (name: string, build: () => Promise<RowPredictor>) => {
    const started = performance.now();
    models[name] = await build();
    seconds.set(name, (performance.now() - started) / 1_000);
  };
  const { trees, epochs } = size;
  await trained('random forest', () => randomForestFamily.fit(train, { nEstimators: trees }, CONTEXT));
  await trained('gradient boosting', () => gradientBoostingFamily.fit(train, { nEstimators: trees }, CONTEXT));
  await trained('LSTM', () => lstmFamily.fit(train, { epochs }, CONTEXT));
  const ours = Object.keys(models);
  await addPeers(models, seconds, train, test, trees);

  // Prices are never negative; above their median is the sign that has a meaning here.
  const lastSign = { feature: 'nswprice', center: 'median' } as const;
  const compared = await compareWithBaselines(train, test, models, { lastSign, history: data });
  assert.equal(compared.rows, testRows);
  const rows = `rows ${trainRows + 1} to ${trainRows + testRows}`;
  for (const scores of [compared.noSkill, ...compared.baselines, ...compared.models]) {
    reportScores(report, rows, scores, seconds.get(scores.name));
  }
  if (!('scikit-learn forest' in models)) {
    report({
      name: `${rows}: scikit-learn forest, accuracy`,
      unit: 'fraction',
      skipped: 'the peers are not installed',
    });
    report({ name: `${rows}: LightGBM, accuracy`, unit: 'fraction', skipped: 'the peers are not installed' });
  }
  const best = Math.max(...compared.models.filter(({ name }) => ours.includes(name)).map(({ accuracy }) => accuracy));
  const budget = quick ? {} : { budget: { min: 0.6 } };
  report({ name: `${rows}: best of ours`, value: best, unit: 'fraction', ...budget });
  const above = { name: `${rows}: best of ours above no skill`, value: best - compared.noSkill.accuracy };
  report({ ...above, unit: 'fraction', ...(quick ? {} : { budget: { min: 0.001 } }) });
}

function reportScores(report: Report, rows: string, { name, accuracy, logLoss }: TestScores, seconds?: number): void {
  assert(accuracy >= 0 && accuracy <= 1 && logLoss >= 0, `${name} must have scores`);
  report({ name: `${rows}: ${name}, accuracy`, value: accuracy, unit: 'fraction' });
  report({ name: `${rows}: ${name}, log loss`, value: logLoss, unit: 'nats' });
  if (seconds !== undefined) report({ name: `${rows}: ${name}, training`, value: seconds, unit: 's' });
}

async function addPeers(
  models: Record<string, RowPredictor>,
  seconds: Map<string, number>,
  train: Dataset,
  test: Dataset,
  trees: number,
): Promise<void> {
  const peer = await openPeer('electricity_models.py');
  if ('missing' in peer) return;
  try {
    const payload = { columns: train.features.columns, train: asText(train), test: asText(test) };
    await peer.call('load', payload);
    await addPeer('scikit-learn forest', peer, 'forest', { trees });
    await addPeer('LightGBM', peer, 'boosting', { rounds: trees });
  } finally {
    await peer.close();
  }

  async function addPeer(name: string, { call }: Peer, fn: string, parameters: object): Promise<void> {
    const answer = await call<readonly number[]>(fn, parameters);
    const up = answer.result;
    assert.equal(up.length, test.features.rows);
    seconds.set(name, answer.seconds);
    models[name] = {
      classes: ['down', 'up'],
      lookBack: 0,
      predict: () => Float64Array.from(up.flatMap((p) => [1 - p, p])),
    };
  }
}

function asText({ features, targets }: Dataset): { readonly features: string; readonly targets: string } {
  const text = (values: Float64Array) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
  return { features: text(features.values), targets: text(targets) };
}
