import {
  ConflictError,
  canonicalRecord,
  type InferParameters,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  NotFoundError,
  type SearchSpace,
  serializeSpace,
  systemClock,
  type TrainingExperiment,
  validateParameters,
} from '@mlperf/core';
import { workerPolicyOf } from '../claims/worker-policy.ts';
import { requirePruner } from '../pruners/require-pruner.ts';
import { requireDuplicates } from '../require-search-options.ts';
import { AutoSampler } from '../samplers/auto-sampler.ts';
import { neverPrunes } from './never-prunes.ts';
import { type BegunTrial, OpenStudy, type StudyDefinition } from './open-study.ts';
import { requireSomePoint } from './point-proposer.ts';
import { runObjective } from './run-objective.ts';
import { openStudy, type StudyContent } from './study-identity.ts';
import type {
  Objective,
  ObjectiveResult,
  OptimizeOptions,
  StudyOptions,
  StudyTrial,
  TrialResult,
} from './study-options.ts';
import type { BestTrial } from './study-result.ts';
import { studyTrial } from './study-trial.ts';
import { outcomeOf } from './told-result.ts';

const MAX_PARALLELISM = 1_024;

/**
 * A search whose trials the host evaluates: ask for a point, tell its value. {@link HyperparameterTuner} runs on the
 * same engine.
 *
 * Trial n is asked for when all trials up to n − W have been told, and its point depends on those alone: same seed,
 * same objective, same study, however many trials are open at once. Every trial is stored as it is told.
 * @example
 * const study = await Study.open({ storage, studyId: 'spread', searchSpace, direction: 'minimize', seed: 's' });
 * const trial = await study.ask();
 * await study.tell(trial, await costOf(trial.parameters));
 * study.best?.params;
 */
export class Study<S extends SearchSpace> {
  readonly studyId: string;
  readonly #definition: StudyDefinition<S>;
  readonly #study: OpenStudy<S>;
  readonly #dataVersion: string;
  readonly #open = new Map<number, BegunTrial<S>>();
  /** Trials that were asked for here and that another process has taken over. */
  readonly #lost = new Set<number>();
  /** Aborts when the study is closed. */
  readonly #closed = new AbortController();
  #highest = -1;
  #beginning = false;

  private constructor(study: OpenStudy<S>, definition: StudyDefinition<S>, dataVersion: string) {
    this.studyId = definition.identity.studyId;
    this.#study = study;
    this.#definition = definition;
    this.#dataVersion = dataVersion;
  }

  /**
   * Creates the study, or goes on with the stored one.
   * @throws {@link InvalidInputError} for options that are none, before anything is written; {@link ConflictError}
   * `CONFLICT` when the stored study of that id is another; storage errors.
   */
  static async open<S extends SearchSpace>(options: StudyOptions<S>): Promise<Study<S>> {
    const { storage, studyId, searchSpace, clock = systemClock, dataVersion = 'none' } = options;
    const definition: StudyDefinition<S> = {
      storage,
      clock,
      identity: {
        studyId,
        modelType: options.modelType ?? 'objective',
        metric: { name: options.metric ?? 'objective' },
      },
      direction: options.direction,
      sampler: options.sampler ?? new AutoSampler(searchSpace),
      seed: options.seed,
      parallelism: requireParallelism(options.parallelism ?? 4),
      baseParams: {},
      duplicates: requireDuplicates(options.duplicates ?? 'replicate'),
      pruning: { pruner: requirePruner(options.pruner ?? neverPrunes), by: 'objective' },
      enqueue: (options.enqueue ?? []).map((point) => validateParameters(searchSpace, point)),
      worker: workerPolicyOf(options.worker),
    };
    if (definition.sampler.space !== searchSpace) {
      throw new InvalidInputError(
        'INVALID_RECORD',
        'sampler must be of the searchSpace of the study; got another space',
      );
    }
    requireSomePoint(definition.sampler, definition.seed);
    const { fromTrial } = await openStudy(storage, studyId, contentOf(definition, dataVersion), clock.now());
    return new Study(await OpenStudy.load({ ...definition, spaceFrom: fromTrial }), definition, dataVersion);
  }

  /** Trials that have ended, by number. */
  get experiments(): readonly TrainingExperiment[] {
    return this.#study.progress.experiments;
  }

  /** Absent until a trial is complete. Its score is the best of many tries: it flatters. */
  get best(): BestTrial<S> | undefined {
    return this.#study.progress.best;
  }

  /** Everything so far. */
  get result(): ObjectiveResult<S> {
    return this.#study.progress.result(this.#dataVersion);
  }

  /**
   * Has a point evaluated by the next trial that nobody has begun. A point that was enqueued before is not repeated.
   * @throws {@link InvalidInputError} for a point that is none of the space.
   */
  async enqueue(point: InferParameters<S>): Promise<void> {
    await this.#study.enqueue(point);
  }

  /**
   * The next trial. Waits for trials of other processes that it must see.
   * @throws {@link ConflictError} `CONFLICT` when it must see a trial that was asked for here and not told yet;
   * `OUT_OF_RANGE` when the sampler has no more points, or may repeat none; `ABORTED`; `CLOSED` after {@link close}.
   */
  async ask({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StudyTrial<S>> {
    return this.#alone(signal, async (ends) => {
      for (;;) {
        const trial = await this.#begin(ends);
        const known = this.#study.lostTrial(trial) ?? this.#study.reusedNow(trial);
        if (known === undefined) return this.#toEvaluate(trial);
        await this.#end(trial, known);
      }
    });
  }

  /**
   * Ends a trial and stores it. A value that is no finite number ends it as failed, with the reason in `notes`.
   * @param trial - As asked for, or its number.
   * @throws {@link NotFoundError} for a trial that was not asked for here; {@link ConflictError} `CONFLICT` when it was
   * told before, `FENCED` when its lease ran out and another process has taken it over; `CLOSED` after {@link close};
   * storage errors.
   */
  async tell(trial: Pick<StudyTrial<S>, 'trialNumber'> | number, result: TrialResult): Promise<TrainingExperiment> {
    const trialNumber = typeof trial === 'number' ? trial : trial.trialNumber;
    const open = this.#open.get(trialNumber);
    if (open === undefined) {
      if (this.#lost.has(trialNumber)) throw takenOver(trialNumber);
      const ended = this.#study.ledger.ended(trialNumber) !== undefined;
      if (!ended) this.#closed.signal.throwIfAborted();
      const subject = `trial ${trialNumber} of study '${this.studyId}'`;
      throw ended
        ? new ConflictError(`${subject} must be told once; it has ended`)
        : new NotFoundError(`${subject} must be asked for before it is told; it was not`);
    }
    const seconds = Math.max(0, this.#definition.clock.now() - open.begunAt) / 1_000;
    const experiment = this.#study.recordOf(open, { startedAt: open.begunAt, outcome: outcomeOf(result, seconds) });
    this.#open.delete(trialNumber);
    try {
      await this.#end(open, experiment);
    } catch (error) {
      if (MlperfError.is(error) && error.code === 'FENCED') this.#lost.add(trialNumber);
      // It can be told again.
      else this.#open.set(trialNumber, open);
      throw error;
    }
    return experiment;
  }

  /**
   * Asks, evaluates and tells until the study has `nTrials` trials or is to stop. An objective that throws, gives no
   * finite number or does not end by the deadline fails its trial; the study goes on.
   * @throws {@link ConflictError} `CONFLICT` while a trial that was asked for is open; `ABORTED`; `CLOSED` after
   * {@link close}; what a callback throws; storage errors.
   * @remarks An objective that never lets the event loop turn cannot be ended in this thread.
   */
  async optimize(objective: Objective<S>, options: OptimizeOptions): Promise<ObjectiveResult<S>> {
    const [open] = this.#open.keys();
    if (open !== undefined) {
      throw new ConflictError(`trial ${open} must be told before others are run; it was asked for and is open`);
    }
    const { sampler, clock } = this.#definition;
    const stoppedBy = await this.#alone(options.signal, (signal) =>
      runObjective({ study: this.#study, space: sampler.space, objective, clock }, { ...options, signal }),
    );
    return { ...this.result, ...(stoppedBy === undefined ? {} : { stoppedBy }) };
  }

  /**
   * Gives back the trials that were asked for and not told, so that another process may run them, and begins no more.
   * What was found can still be read. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed.abort(new InterruptedError('CLOSED', `study '${this.studyId}' must be open; it was closed`));
    this.#open.clear();
    await this.#study.claims.close();
  }

  /** Trials are begun in one place at a time, and none once the study is closed. */
  async #alone<T>(signal: AbortSignal | undefined, work: (ends: AbortSignal) => Promise<T>): Promise<T> {
    const closed = this.#closed.signal;
    closed.throwIfAborted();
    if (this.#beginning) throw new ConflictError('trials are begun by one call at a time; wait for the one before');
    this.#beginning = true;
    try {
      return await work(signal === undefined ? closed : AbortSignal.any([closed, signal]));
    } catch (error) {
      closed.throwIfAborted();
      throw error;
    } finally {
      this.#beginning = false;
    }
  }

  async #begin(signal: AbortSignal): Promise<BegunTrial<S>> {
    const lag = this.#study.ledger.lag;
    const oldest = Math.min(...this.#open.keys());
    if (oldest <= this.#highest + 1 - lag) {
      throw new ConflictError(
        `trial ${this.#highest + 1} must see trial ${oldest}, which was asked for and not told; parallelism is ${lag}`,
      );
    }
    const trialNumber = await this.#study.claims.next(this.#study.plannedOf(Number.MAX_SAFE_INTEGER), signal);
    const trial = trialNumber === undefined ? undefined : await this.#study.beginOrRelease(trialNumber);
    this.#closed.signal.throwIfAborted();
    if (trial === undefined) {
      throw new InvalidInputError('OUT_OF_RANGE', `study '${this.studyId}' has no point left that was not tried`);
    }
    this.#highest = Math.max(this.#highest, trial.trialNumber);
    return trial;
  }

  async #end(trial: BegunTrial<S>, experiment: TrainingExperiment): Promise<void> {
    if (await this.#study.store(trial, experiment)) return this.#study.show(trial, experiment);
    throw takenOver(trial.trialNumber);
  }

  #toEvaluate(trial: BegunTrial<S>): StudyTrial<S> {
    this.#open.set(trial.trialNumber, trial);
    this.#lost.delete(trial.trialNumber);
    return studyTrial(trial, this.#definition.sampler.space);
  }
}

function takenOver(trialNumber: number): ConflictError {
  return new ConflictError(`another process has taken trial ${trialNumber} over; its result counts`, {
    code: 'FENCED',
  });
}

function contentOf<S extends SearchSpace>(study: StudyDefinition<S>, dataVersion: string): StudyContent {
  const { identity, sampler, direction, seed, parallelism, duplicates, pruning } = study;
  const pruner = pruning?.pruner;
  return canonicalRecord<StudyContent>(
    {
      modelType: identity.modelType,
      searchSpace: serializeSpace(sampler.space),
      sampler: sampler.name,
      metric: identity.metric.name,
      direction,
      seed,
      dataVersion,
      parallelism,
      settings: {
        sampler: sampler.settings,
        ...(duplicates === 'replicate' ? {} : { duplicates }),
        ...(pruner === undefined || pruner === neverPrunes
          ? {}
          : { pruner: { name: pruner.name, ...pruner.settings } }),
      },
    },
    'study',
  );
}

function requireParallelism(parallelism: number): number {
  if (Number.isInteger(parallelism) && parallelism >= 1 && parallelism <= MAX_PARALLELISM) return parallelism;
  throw new InvalidInputError(
    'OUT_OF_RANGE',
    `parallelism must be a whole number from 1 to ${MAX_PARALLELISM}; got ${parallelism}`,
  );
}
