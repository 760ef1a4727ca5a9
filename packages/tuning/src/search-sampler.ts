import { InvalidInputError, type SearchSpace } from '@mlperf/core';
import { AutoSampler } from './samplers/auto-sampler.ts';
import { CmaEsSampler } from './samplers/cma-es/cma-es-sampler.ts';
import { GaussianProcessSampler } from './samplers/gaussian-process/gaussian-process-sampler.ts';
import type { Sampler } from './samplers/sampler.ts';
import { TpeSampler } from './samplers/tpe/tpe-sampler.ts';

/** Samplers that learn from the trials before. */
export type BayesianSamplerName = 'auto' | 'tpe' | 'gp' | 'cma-es';

/** @throws {@link InvalidInputError} for a space the sampler does not take. */
export function bayesianSampler<S extends SearchSpace>(name: BayesianSamplerName, space: S): Sampler<S> {
  switch (name) {
    case 'auto':
      return new AutoSampler(space);
    case 'tpe':
      return new TpeSampler(space);
    case 'gp':
      return new GaussianProcessSampler(space);
    case 'cma-es':
      return new CmaEsSampler(space);
    default:
      throw new InvalidInputError('OUT_OF_RANGE', `sampler must be auto, tpe, gp or cma-es; got ${String(name)}`);
  }
}
