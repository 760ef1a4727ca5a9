import type { OptimizationDirection, SearchSpace, TrainingExperiment } from '@mlperf/core';
import { type BestTrial, beats, type StudyOutcome, type TunedParameters } from './study-result.ts';

/** A trial with the type of its space. */
export interface TypedTrial<S extends SearchSpace> {
  readonly trialNumber: number;
  /** Of the space, and those that are fixed. */
  readonly hyperparameters: TunedParameters<S>;
}

/** The trials of a study that have ended, and the best of them. */
export class StudyProgress<S extends SearchSpace> {
  readonly studyId: string;
  readonly #direction: OptimizationDirection;
  readonly #byNumber = new Map<number, TrainingExperiment>();
  #best: BestTrial<S> | undefined;
  #complete = 0;
  #pruned = 0;
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
    if (experiment.state === 'pruned') this.#pruned++;
    else if (experiment.state !== 'complete') this.#failed++;
    else this.#complete++;
    const score = experiment.state === 'complete' ? experiment.meanCvScore : undefined;
    if (score !== undefined && beats(score, trial.trialNumber, this.#best, this.#direction)) {
      this.#best = { experiment, params: trial.hyperparameters, score };
    }
  }

  result(dataVersion: string): StudyOutcome<S> {
    return {
      studyId: this.studyId,
      dataVersion,
      experiments: this.experiments,
      ...(this.#best === undefined ? {} : { best: this.#best }),
      completeTrials: this.#complete,
      prunedTrials: this.#pruned,
      failedTrials: this.#failed,
      resumedTrials: this.#resumed,
    };
  }
}
