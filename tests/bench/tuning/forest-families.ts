import { randomForestFamily } from '@mlperf/models';

/** What the threads of a search train. */
export const families = [randomForestFamily];
