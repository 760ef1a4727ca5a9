import type { ModelFamily } from '@mlperf/core';
import { logisticRegressionFamily } from '@mlperf/models';

/** A training that throws. */
const crashingFamily: ModelFamily = {
  ...logisticRegressionFamily,
  modelType: 'crashing',
  fit() {
    return Promise.reject(new Error('the trainer crashed'));
  },
};

/** A training that never ends and looks at no signal: only its thread can be ended. */
const hangingFamily: ModelFamily = {
  ...logisticRegressionFamily,
  modelType: 'hanging',
  fit() {
    for (;;);
  },
};

/** What the worker threads can fit; the last two only ever fail. */
export const families = [logisticRegressionFamily, crashingFamily, hangingFamily];
