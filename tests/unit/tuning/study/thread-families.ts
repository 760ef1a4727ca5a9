import { setTimeout as sleep } from 'node:timers/promises';
import { gradientBoostingFamily } from '@mlperf/models';
import { learnerFamily } from './a-learner.ts';

const learner = learnerFamily();

/** Fits as the learner does, each no quicker than a few milliseconds; at one point it never ends and never yields. */
const slowLearner: typeof learner = {
  ...learner,
  async fit(train, params, context) {
    if (params.pull === 0.125) for (;;);
    await sleep(15);
    return learner.fit.call(learner, train, params, context);
  },
};

/** What a worker thread trains. */
export const families = [slowLearner, gradientBoostingFamily];
