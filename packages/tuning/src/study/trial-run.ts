import { type Clock, InterruptedError, type JsonObject, MlperfError } from '@mlperf/core';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import { type CrossValidationResult, type FoldOutcome, summarizeFolds } from './cross-validation-result.ts';
import type { FitRunner } from './family-runner.ts';
import type { PreparedFold } from './prepared-fold.ts';
import { scoreFold } from './score-fold.ts';

/** What every trial of a study shares. */
export interface TrialSetting {
  readonly modelType: string;
  readonly folds: readonly PreparedFold[];
  readonly runner: FitRunner;
  readonly metric: ScoringMetric;
  readonly clock: Clock;
  /** The same for every trial, so that trials differ by their hyperparameters alone. */
  readonly seed: string;
  /** Ends the whole study. */
  readonly signal: AbortSignal;
  /** From the start of a trial's first fold. */
  readonly trialDeadlineMs?: number;
}

export type TrialOutcome =
  | {
      readonly state: 'complete';
      readonly result: CrossValidationResult;
      /** Per fold, as `FoldOutcome.predictions`. */
      readonly predictions: readonly Float64Array[];
    }
  | {
      readonly state: 'failed';
      readonly error: unknown;
      /** 0-based. */
      readonly fold: number;
      /** Of the folds that ended well. */
      readonly trainingTimeSeconds: number;
    };

/** Errors that no other hyperparameters would cure: they end the study instead of failing one trial after another. */
const STUDY_ERRORS: ReadonlySet<string> = new Set(['UNKNOWN_MODEL_TYPE', 'CLOSED']);

/**
 * The folds of one set of hyperparameters. A failed fold ends the folds after it and leaves the ones before it to end
 * by themselves: which failure is reported does not depend on how many ran at once.
 */
export class TrialRun {
  readonly #setting: TrialSetting;
  readonly #hyperparameters: JsonObject;
  readonly #outcomes: (FoldOutcome | undefined)[];
  readonly #controllers: readonly AbortController[];
  readonly #finished = new AbortController();
  readonly #deadline = new AbortController();
  #failure: { readonly fold: number; readonly error: unknown } | undefined;
  #startedAt: number | undefined;
  #left: number;

  constructor(setting: TrialSetting, hyperparameters: JsonObject) {
    this.#setting = setting;
    this.#hyperparameters = hyperparameters;
    this.#left = setting.folds.length;
    this.#outcomes = setting.folds.map(() => undefined);
    this.#controllers = setting.folds.map(() => new AbortController());
  }

  /** Clock time of the first fold's start. */
  get startedAt(): number {
    return this.#startedAt ?? this.#setting.clock.now();
  }

  /**
   * Runs one fold; each fold once, in order of their numbers.
   * @returns the trial's outcome when this was its last fold to end.
   * @throws `ABORTED` with the study's signal; an error that ends the study.
   */
  async runFold(fold: number): Promise<TrialOutcome | undefined> {
    this.#start();
    try {
      this.#outcomes[fold] = await this.#evaluate(fold);
    } catch (error) {
      this.#setting.signal.throwIfAborted();
      if (MlperfError.is(error) && STUDY_ERRORS.has(error.code)) throw error;
      this.#fail(fold, error);
    }
    this.#left--;
    return this.#left === 0 ? this.#settle() : undefined;
  }

  #start(): void {
    if (this.#startedAt !== undefined) return;
    const { clock, trialDeadlineMs, signal } = this.#setting;
    this.#startedAt = clock.now();
    if (trialDeadlineMs === undefined) return;
    clock.sleep(trialDeadlineMs, AbortSignal.any([this.#finished.signal, signal]), { background: true }).then(
      () =>
        this.#deadline.abort(
          new InterruptedError('DEADLINE_EXCEEDED', `a trial must end within ${trialDeadlineMs} ms; it was ended`),
        ),
      // Cancelled: the trial ended in time.
      () => undefined,
    );
  }

  async #evaluate(fold: number): Promise<FoldOutcome> {
    const { folds, runner, metric, modelType, seed, trialDeadlineMs, clock } = this.#setting;
    const prepared = folds[fold]!;
    const signal = AbortSignal.any([this.#setting.signal, this.#deadline.signal, this.#controllers[fold]!.signal]);
    signal.throwIfAborted();
    const request = {
      modelType,
      hyperparameters: this.#hyperparameters,
      seed: JSON.stringify([seed, 'fold', fold]),
      train: prepared.train,
      predictRows: [prepared.test],
      returnModel: false,
    };
    const deadline =
      trialDeadlineMs === undefined
        ? {}
        : { deadlineMs: Math.max(1, trialDeadlineMs - (clock.now() - this.startedAt)) };
    const result = await endedBy(signal, runner.fit(request, { signal, ...deadline }));
    return scoreFold(prepared, result, metric);
  }

  #fail(fold: number, error: unknown): void {
    if (this.#failure !== undefined && this.#failure.fold < fold) return;
    this.#failure = { fold, error };
    for (const later of this.#controllers.slice(fold + 1)) {
      later.abort(new InterruptedError('ABORTED', 'an earlier fold of the trial failed'));
    }
  }

  #settle(): TrialOutcome {
    this.#finished.abort();
    const outcomes = this.#outcomes.filter((outcome) => outcome !== undefined);
    if (this.#failure === undefined) {
      return {
        state: 'complete',
        result: summarizeFolds(outcomes, this.#setting.folds[0]!.train.featureNames),
        predictions: outcomes.map(({ predictions }) => predictions),
      };
    }
    const trainingTimeSeconds = outcomes.reduce((sum, fold) => sum + fold.trainingTimeSeconds, 0);
    return { state: 'failed', ...this.#failure, trainingTimeSeconds };
  }
}

/** The promise, or the signal's reason as soon as it aborts: work that ignores its signal is not waited for. */
function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
