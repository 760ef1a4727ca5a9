import type { FitResult } from '@mlperf/core';

/** A model as training gives it: bytes and what is needed to load them and to ask. */
export type FittedModel = Pick<FitResult, 'classes' | 'lookBack'> & {
  readonly modelType: string;
  readonly model: Uint8Array;
};
