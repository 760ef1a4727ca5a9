import { lstmFamily, lstmRegressionFamily } from '@mlperf/models';

/** What worker threads of the tests load. */
export const families = [lstmFamily, lstmRegressionFamily];
