import { randomForestFamily } from '@mlperf/models';

/** What a worker thread trains, and what the host serves. */
export const families = [randomForestFamily];
