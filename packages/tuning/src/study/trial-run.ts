import { type Clock, type FitRequest, InterruptedError, type JsonObject, MlperfError } from '@mlperf/core';
import type { WorkerPolicy } from '../claims/worker-policy.ts';
import type { ScoringMetric } from '../scoring/scoring-metric.ts';
import { type CrossValidationResult, type FoldOutcome, summarizeFolds } from './cross-validation-result.ts';
import type { FitRunner } from './family-runner.ts';
import type { FitSlots } from './fit-slots.ts';
import type { PreparedFold } from './prepared-fold.ts';
import { scoreFold } from './score-fold.ts';
import type { TrainingWindow, TrainingWindows } from './training-windows.ts';
import type { TrialJudge } from './trial-judge.ts';

/** What every trial of a study shares. */
export interface TrialSetting {
  readonly modelType: string;
  readonly folds: readonly PreparedFold[];
  readonly runner: FitRunner;
  readonly slots: FitSlots;
  /** Of the first fold; where trials are judged by them. */
  readonly windows?: TrainingWindows | undefined;
  readonly metric: ScoringMetric;
  readonly clock: Clock;
  /** The same for every trial, so that trials differ by their hyperparameters alone. */
  readonly seed: string;
  /** Ends the whole study. */
  readonly signal: AbortSignal;
  /** From the start of a trial's first fold. */
  readonly trialDeadlineMs?: number;
  /** How many threads one fold may cost before its trial has failed; absent: one. */
  readonly worker?: Pick<WorkerPolicy, 'maxLosses'>;
}

/** What one trial has of its own. */
export interface TrialToRun {
  readonly hyperparameters: JsonObject;
  /** How many earlier trials of the study had these hyperparameters; each repetition has fits of its own seeds. */
  readonly repetition?: number;
  /** Absent: never pruned. */
  readonly judge?: TrialJudge;
}

export type TrialOutcome =
  | {
      readonly state: 'complete';
      readonly result: CrossValidationResult;
      /** Per fold, as `FoldOutcome.predictions`. */
      readonly predictions: readonly Float64Array[];
    }
  | {
      readonly state: 'pruned';
      /** Of the folds that ended before. */
      readonly cvScores: readonly number[];
      readonly trainingTimeSeconds: number;
    }
  | {
      readonly state: 'failed';
      readonly error: unknown;
      /** 0-based; absent for a trial without folds. */
      readonly fold?: number;
      /** Of the folds that ended well. */
      readonly trainingTimeSeconds: number;
    };

/** Errors that no other hyperparameters would cure: they end the study instead of failing one trial after another. */
const STUDY_ERRORS: ReadonlySet<string> = new Set(['UNKNOWN_MODEL_TYPE', 'INVALID_CONFIG', 'CLOSED']);

/**
 * The folds of one set of hyperparameters: all at once as far as there are slots, or one after the other where a pruner
 * decides in between. A failed fold ends the folds after it and leaves the ones before it to end by themselves: which
 * failure is reported does not depend on how many ran at once.
 */
export class TrialRun {
  readonly #setting: TrialSetting;
  readonly #trial: TrialToRun;
  readonly #outcomes: (FoldOutcome | undefined)[];
  readonly #controllers: readonly AbortController[];
  readonly #finished = new AbortController();
  readonly #deadline = new AbortController();
  #failure: { readonly fold: number; readonly error: unknown } | undefined;
  #pruned = false;
  /** The highest step that was judged. */
  #lastStep = Number.NEGATIVE_INFINITY;
  #windowSeconds = 0;
  #startedAt: number | undefined;

  constructor(setting: TrialSetting, trial: TrialToRun) {
    this.#setting = setting;
    this.#trial = trial;
    this.#outcomes = setting.folds.map(() => undefined);
    this.#controllers = setting.folds.map(() => new AbortController());
  }

  /** Clock time of the first fold's start. */
  get startedAt(): number {
    return this.#startedAt ?? this.#setting.clock.now();
  }

  /** Runs the trial; once. @throws `ABORTED` with the study's signal; an error that ends the study. */
  async run(): Promise<TrialOutcome> {
    const by = this.#trial.judge?.by;
    const folds = this.#setting.folds.length;
    // Where a pruner decides, what it may save is not begun before.
    const alone = by === 'folds' ? folds : by === 'steps' || by === 'window' ? 1 : 0;
    try {
      for (const window of by === 'window' ? this.#windows.windows : []) {
        if (this.#goesOn) await this.#runWindow(window);
      }
      for (let fold = 0; fold < alone && this.#goesOn; fold++) {
        await this.#runFold(fold);
        if (by === 'folds' && this.#goesOn) this.#judgeFold(fold);
        if (by === 'window' && this.#goesOn) this.#judgeWindow(this.#windows.times, this.#outcomes[fold]!.score);
      }
      if (this.#goesOn) {
        await Promise.all(Array.from({ length: folds - alone }, (_, i) => this.#runFold(alone + i)));
      }
    } finally {
      this.#finished.abort();
    }
    return this.#outcome();
  }

  get #windows(): TrainingWindows {
    return this.#setting.windows ?? { windows: [], times: 0 };
  }

  get #goesOn(): boolean {
    return this.#failure === undefined && !this.#pruned;
  }

  async #runFold(fold: number): Promise<void> {
    this.#outcomes[fold] = await this.#fitted(fold);
  }

  async #runWindow(window: TrainingWindow): Promise<void> {
    const outcome = await this.#fitted(0, window);
    if (outcome === undefined) return;
    this.#windowSeconds += outcome.trainingTimeSeconds;
    this.#judgeWindow(window.times, outcome.score);
  }

  /** @returns `undefined` for one that failed or was pruned. */
  async #fitted(fold: number, window?: TrainingWindow): Promise<FoldOutcome | undefined> {
    const { signal, slots } = this.#setting;
    const ends = AbortSignal.any([signal, this.#deadline.signal, this.#controllers[fold]!.signal]);
    try {
      return await slots.run(ends, () => this.#evaluateOrAgain(fold, ends, window));
    } catch (error) {
      signal.throwIfAborted();
      if (MlperfError.is(error) && STUDY_ERRORS.has(error.code)) throw error;
      this.#fail(fold, error);
      return undefined;
    }
  }

  /** The deadline runs from the first fit, not from the wait for it. */
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

  /** A thread that died is no fault of the hyperparameters until it has happened again and again: same seed, same fit. */
  async #evaluateOrAgain(
    fold: number,
    signal: AbortSignal,
    window: TrainingWindow | undefined,
  ): Promise<FoldOutcome | undefined> {
    const maxLosses = this.#setting.worker?.maxLosses ?? 1;
    for (let losses = 1; ; losses++) {
      try {
        return await this.#evaluate(fold, signal, window);
      } catch (error) {
        if (losses >= maxLosses || !(MlperfError.is(error) && error.code === 'WORKER_FAILURE')) throw error;
        signal.throwIfAborted();
      }
    }
  }

  async #evaluate(
    fold: number,
    signal: AbortSignal,
    window: TrainingWindow | undefined,
  ): Promise<FoldOutcome | undefined> {
    this.#start();
    const { folds, runner, metric, trialDeadlineMs, clock } = this.#setting;
    const deadline =
      trialDeadlineMs === undefined
        ? {}
        : { deadlineMs: Math.max(1, trialDeadlineMs - (clock.now() - this.startedAt)) };
    const steps = this.#stepReports(fold);
    const result = await runner.fit(this.#request(fold, window), {
      signal,
      ...deadline,
      ...(steps === undefined ? {} : { onReport: steps.onReport }),
    });
    if (steps?.failed() !== undefined) throw steps.failed();
    if (steps !== undefined) this.#trial.judge!.requireAnyReport(this.#setting.modelType);
    return this.#pruned ? undefined : scoreFold(folds[fold]!, result, metric);
  }

  #request(fold: number, window: TrainingWindow | undefined): FitRequest {
    const { folds, modelType, seed } = this.#setting;
    const { hyperparameters, repetition = 0, judge } = this.#trial;
    const { train, test } = folds[fold]!;
    const judged = judge?.by === 'steps' && fold === 0;
    return {
      modelType,
      hyperparameters,
      seed: JSON.stringify([
        ...[seed, 'fold', fold],
        ...(window === undefined ? [] : ['window', window.times]),
        ...(repetition === 0 ? [] : ['repetition', repetition]),
      ]),
      train: window?.train ?? train,
      ...(judged ? { validation: test.dataset } : {}),
      ...(judged && test.history !== undefined ? { validationHistory: test.history } : {}),
      predictRows: [test],
      returnModel: false,
    };
  }

  #stepReports(fold: number) {
    const { judge } = this.#trial;
    if (judge?.by !== 'steps' || fold > 0) return undefined;
    let failure: unknown;
    const judgedBefore = this.#lastStep;
    const onReport = (step: number, value: number): 'continue' | 'stop' => {
      // The thread that was lost has told of it already.
      if (step <= judgedBefore) return 'continue';
      if (!this.#pruned && failure === undefined) {
        try {
          this.#pruned = judge.stepReached(step, value);
          this.#lastStep = step;
        } catch (error) {
          failure = error;
        }
      }
      return this.#pruned || failure !== undefined ? 'stop' : 'continue';
    };
    return { onReport, failed: () => failure };
  }

  #judgeWindow(times: number, score: number): void {
    try {
      this.#pruned = this.#trial.judge!.stepReached(times, score);
    } catch (error) {
      this.#fail(0, error);
    }
    // The only fold is done: there is nothing left to save.
    if (times === this.#windows.times && this.#setting.folds.length === 1) this.#pruned = false;
  }

  #judgeFold(fold: number): void {
    try {
      this.#pruned = this.#trial.judge!.foldEnded(this.#outcomes.slice(0, fold + 1).map((outcome) => outcome!.score));
    } catch (error) {
      this.#fail(fold, error);
    }
    // All folds are done: there is nothing left to save.
    if (fold === this.#setting.folds.length - 1) this.#pruned = false;
  }

  #fail(fold: number, error: unknown): void {
    if (this.#failure !== undefined && this.#failure.fold < fold) return;
    this.#failure = { fold, error };
    for (const later of this.#controllers.slice(fold + 1)) {
      later.abort(new InterruptedError('ABORTED', 'an earlier fold of the trial failed'));
    }
  }

  #outcome(): TrialOutcome {
    const outcomes = this.#outcomes.filter((outcome) => outcome !== undefined);
    const trainingTimeSeconds = outcomes.reduce((sum, fold) => sum + fold.trainingTimeSeconds, this.#windowSeconds);
    if (this.#failure !== undefined) return { state: 'failed', ...this.#failure, trainingTimeSeconds };
    if (this.#pruned) return { state: 'pruned', cvScores: outcomes.map(({ score }) => score), trainingTimeSeconds };
    return {
      state: 'complete',
      result: this.#withWindows(summarizeFolds(outcomes, this.#setting.folds[0]!.train.featureNames)),
      predictions: outcomes.map(({ predictions }) => predictions),
    };
  }

  /** The fits on windows took their time too. */
  #withWindows(result: CrossValidationResult): CrossValidationResult {
    if (this.#windowSeconds === 0) return result;
    return { ...result, trainingTimeSeconds: result.trainingTimeSeconds + this.#windowSeconds };
  }
}
