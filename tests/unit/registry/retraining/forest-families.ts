import { randomForestFamily } from '@mlperf/models';

/** What a worker thread can train and load. */
export const families = [randomForestFamily];
