import type { SearchSpace } from '@mlperf/core';
import { GaussianProcessSampler } from './samplers/gaussian-process/gaussian-process-sampler.ts';
import type { Sampler } from './samplers/sampler.ts';
import { TpeSampler } from './samplers/tpe/tpe-sampler.ts';

/** Samplers that learn from the trials before. */
export type BayesianSamplerName = 'tpe' | 'gp';

/** @throws {@link InvalidInputError} for a space the sampler does not take. */
export function bayesianSampler<S extends SearchSpace>(name: BayesianSamplerName, space: S): Sampler<S> {
  switch (name) {
    case 'tpe':
      return new TpeSampler(space);
    case 'gp':
      return new GaussianProcessSampler(space);
  }
}
