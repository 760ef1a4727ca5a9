import type { OptimizationDirection, SearchSpace, TrainingExperiment } from '@mlperf/core';
import type { PlannedTrial } from './run-trials.ts';
import { type BestTrial, beats, type StudyResult, type TunedParameters } from './study-result.ts';

/** A trial with the type of its space. */
export interface TypedTrial<S extends SearchSpace> extends PlannedTrial {
  readonly hyperparameters: TunedParameters<S>;
}

/** The trials of a study that have ended, and the best of them. */
export class StudyProgress<S extends SearchSpace> {
  readonly studyId: string;
  readonly #direction: OptimizationDirection;
  readonly #byNumber = new Map<number, TrainingExperiment>();
  #best: BestTrial<S> | undefined;
  #failed = 0;
  #resumed = 0;

  constructor(studyId: string, direction: OptimizationDirection) {
    this.studyId = studyId;
    this.#direction = direction;
  }

  get best(): BestTrial<S> | undefined {
    return this.#best;
  }

  get finishedTrials(): number {
    return this.#byNumber.size;
  }

  /** By trial number. */
  get experiments(): readonly TrainingExperiment[] {
    return [...this.#byNumber].sort(([a], [b]) => a - b).map(([, experiment]) => experiment);
  }

  has(trialNumber: number): boolean {
    return this.#byNumber.has(trialNumber);
  }

  add(trial: TypedTrial<S>, experiment: TrainingExperiment, resumed: boolean): void {
    this.#byNumber.set(trial.trialNumber, experiment);
    if (resumed) this.#resumed++;
    const score = experiment.state === 'complete' ? experiment.meanCvScore : undefined;
    if (score === undefined) this.#failed++;
    else if (beats(score, trial.trialNumber, this.#best, this.#direction)) {
      this.#best = { experiment, params: trial.hyperparameters, score };
    }
  }

  result(dataVersion: string): StudyResult<S> {
    return {
      studyId: this.studyId,
      dataVersion,
      experiments: this.experiments,
      ...(this.#best === undefined ? {} : { best: this.#best }),
      completeTrials: this.#byNumber.size - this.#failed,
      failedTrials: this.#failed,
      resumedTrials: this.#resumed,
    };
  }
}
