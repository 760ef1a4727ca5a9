import type { ModelFamily } from '@mlperf/core';
import { gradientBoostingFamily, gradientBoostingRegressionFamily } from '@mlperf/models';

/** What a worker thread of these tests can train. */
export const families: readonly ModelFamily[] = [gradientBoostingFamily, gradientBoostingRegressionFamily];
