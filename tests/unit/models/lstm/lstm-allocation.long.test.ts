import type { HeapProfiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { lstmFamily, lstmRegressionFamily } from '@mlperf/models';
import { expect, it } from 'vitest';
import { fitContext, quick, signOfSum, valueOfSum } from './toy-sequences.ts';

const PREDICTIONS = 30_000;

it.each([
  ['classes', () => lstmFamily.fit(signOfSum(100, 'train'), { ...quick, units: 16, epochs: 1 }, fitContext()), 2],
  ['values', () => lstmRegressionFamily.fit(valueOfSum(100, 'train'), { ...quick, epochs: 1 }, fitContext()), 1],
] as const)('predicting one row of %s into an array allocates nothing', async (_, trained, width) => {
  const model = await trained();
  const { features } = signOfSum(4, 'fresh');
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
