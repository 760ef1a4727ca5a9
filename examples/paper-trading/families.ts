import { randomForestFamily } from '@mlperf/models';

/** What the training worker can fit; named by URL in the host's code, never in stored data. */
export const families = [randomForestFamily];
