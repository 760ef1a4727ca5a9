import type { HeapProfiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { createDataset, keyedRandom } from '@mlperf/core';
import { randomForestFamily, randomForestRegressionFamily } from '@mlperf/models';
import { expect, it } from 'vitest';
import { fitContext, noisyRule } from './noisy-rule.ts';

const PREDICTIONS = 30_000;
const train = noisyRule(400, 'allocation');

function asValues() {
  const { features, featureNames, targets, timestamps, labelEndsAt } = train;
  const random = keyedRandom('allocation', 'values');
  const values = targets.map((target) => target + random.next());
  return createDataset({ features, featureNames, targets: values, timestamps, labelEndsAt });
}

it.each([
  ['classes', () => randomForestFamily.fit(train, { nEstimators: 20, minSamplesLeaf: 3 }, fitContext()), 2],
  ['values', () => randomForestRegressionFamily.fit(asValues(), { nEstimators: 20 }, fitContext()), 1],
] as const)('predicting one row of %s into an array allocates nothing', async (_, trained, width) => {
  const model = await trained();
  const features = { values: Float64Array.of(0.1, -0.2, 0.3, 0.05), rows: 1, columns: 4 };
  const out = new Float64Array(width);
  const predict = () => {
    for (let i = 0; i < PREDICTIONS; i++) void model.predict(features, out);
  };
  // Compiled first: code that is not yet optimised boxes numbers.
  predict();
  predict();
  const session = new Session();
  session.connect();
  const everything = { includeObjectsCollectedByMinorGC: true, includeObjectsCollectedByMajorGC: true };
  await session.post('HeapProfiler.startSampling', { samplingInterval: 512, ...everything });
  predict();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  // The smallest object is 12 bytes: one per prediction would be seen.
  expect(allocatedBy(profile.head) / PREDICTIONS).toBeLessThan(2);
});

/** Bytes sampled within `predict` and what it calls, the test's loop included. */
function allocatedBy(node: HeapProfiler.SamplingHeapProfileNode, isInside = false): number {
  const inside = isInside || node.callFrame.functionName === 'predict';
  return node.children.reduce((sum, child) => sum + allocatedBy(child, inside), inside ? node.selfSize : 0);
}
