import type { InferParameters, JsonObject, SearchSpace } from '@mlperf/core';
import { CmaEsSampler } from './cma-es/cma-es-sampler.ts';
import { GaussianProcessSampler } from './gaussian-process/gaussian-process-sampler.ts';
import type { Sampler, SuggestRequest } from './sampler.ts';
import { TpeSampler } from './tpe/tpe-sampler.ts';

/** So many trials of the study ended before CMA-ES takes over. */
const GAUSSIAN_PROCESS_TRIALS = 250;

/**
 * The sampler that suits the space and how far the study is:
 *
 *   a category, boolean or condition             TPE
 *   else, until 250 trials of the study ended    Gaussian process
 *   after them                                   CMA-ES, which begins from the best of those trials
 *
 * Which one decides is the trial's own history: a trial is the same however many workers there are.
 *
 * @see Optuna's AutoSampler (OptunaHub), whose rule this is
 * @example new AutoSampler(space).suggest({ trialNumber: 40, history, running: [], random: trialRandom('seed-1', 40) });
 */
export class AutoSampler<S extends SearchSpace> implements Sampler<S> {
  readonly name = 'auto';
  readonly learns = true;
  readonly space: S;
  readonly settings: JsonObject;
  readonly #early: Sampler<S>;
  readonly #late: Sampler<S>;

  constructor(space: S) {
    this.space = space;
    if (hasChoices(space)) {
      this.#early = new TpeSampler(space);
      this.#late = this.#early;
      this.settings = { sampler: this.#early.name };
    } else {
      this.#early = new GaussianProcessSampler(space);
      this.#late = new CmaEsSampler(space, { warmTrials: GAUSSIAN_PROCESS_TRIALS });
      this.settings = {
        sampler: this.#early.name,
        lateSampler: this.#late.name,
        gaussianProcessTrials: GAUSSIAN_PROCESS_TRIALS,
      };
    }
  }

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE` as the chosen sampler does. */
  suggest(request: SuggestRequest): InferParameters<S> {
    const own = request.history.filter(({ trialNumber, state }) => trialNumber >= 0 && state !== 'failed').length;
    return own < GAUSSIAN_PROCESS_TRIALS ? this.#early.suggest(request) : this.#late.suggest(request);
  }
}

/** Whether some parameter has more than one choice, or a condition. */
function hasChoices(space: SearchSpace): boolean {
  return Object.values(space).some(
    (dimension) =>
      dimension.type === 'boolean' ||
      (dimension.type === 'categorical' && dimension.choices.length > 1) ||
      dimension.when !== undefined,
  );
}
