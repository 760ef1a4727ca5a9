import { randomForestFamily } from '@mlperf/models';

/** What the workers of the forest search load. */
export const families = [randomForestFamily];
