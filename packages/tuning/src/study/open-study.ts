import {
  type Clock,
  type JsonObject,
  type OptimizationDirection,
  type OutOfSampleRefs,
  type SearchSpace,
  type StorageStores,
  type TrainingExperiment,
  validateParameters,
} from '@mlperf/core';
import { StoredClaims } from '../claims/stored-claims.ts';
import type { WorkerPolicy } from '../claims/worker-policy.ts';
import type { ObservedTrial, Sampler } from '../samplers/sampler.ts';
import { type DuplicatePolicy, PointProposer, type Proposal, requirePoint } from './point-proposer.ts';
import { requireStoredPoint, storedTrials } from './stored-trials.ts';
import { StudyProgress, type TypedTrial } from './study-progress.ts';
import { StudyQueue } from './study-queue.ts';
import type { TrialClaims } from './trial-claims.ts';
import { type Pruning, TrialJudge } from './trial-judge.ts';
import { pointIn, TrialLedger } from './trial-ledger.ts';
import {
  type FinishedTrial,
  mergeHyperparameters,
  type TrialIdentity,
  trialExperimentId,
  trialRecord,
} from './trial-record.ts';

/** What decides the trials of a study, whatever evaluates them. */
export interface StudyDefinition<S extends SearchSpace> {
  readonly storage: Pick<StorageStores, 'studies' | 'trials'>;
  readonly clock: Clock;
  readonly identity: TrialIdentity;
  readonly direction: OptimizationDirection;
  readonly sampler: Sampler<S>;
  readonly seed: string;
  /** W: trial n begins when all trials up to n − W have ended, and sees how they ended. */
  readonly parallelism: number;
  readonly baseParams: JsonObject;
  readonly duplicates: DuplicatePolicy;
  readonly pruning?: Pruning;
  /** Points for the first trials, in order; a study that goes on has them already. */
  readonly enqueue: readonly Readonly<Record<string, unknown>>[];
  /** This process as one of those that may run the study. */
  readonly worker: WorkerPolicy;
  /** The first trial that has the space of the sampler; those before have a narrower one. Default 0. */
  readonly spaceFrom?: number;
  /** Trials of earlier studies that samplers see as well. */
  readonly before?: readonly ObservedTrial[];
}

/** A trial whose turn has come. */
export interface BegunTrial<S extends SearchSpace> extends TypedTrial<S>, Proposal {
  /** How many earlier trials had the point. */
  readonly repetition: number;
  readonly judge?: TrialJudge;
  readonly begunAt: number;
}

/** A study whose row is stored and whose trials so far are known. */
export class OpenStudy<S extends SearchSpace> {
  readonly ledger: TrialLedger;
  readonly progress: StudyProgress<S>;
  readonly claims: TrialClaims;
  readonly #definition: StudyDefinition<S>;
  readonly #queue = new StudyQueue();
  readonly #proposer: PointProposer<S>;

  private constructor(definition: StudyDefinition<S>) {
    const { identity, sampler, direction, parallelism, seed, duplicates } = definition;
    this.#definition = definition;
    this.ledger = new TrialLedger(sampler.space, direction, parallelism, definition.pruning?.by ?? 'folds');
    this.progress = new StudyProgress<S>(identity.studyId, direction);
    this.claims = new StoredClaims({
      stores: definition.storage,
      clock: definition.clock,
      studyId: identity.studyId,
      ledger: this.ledger,
      owner: definition.worker.name,
      ttlMs: definition.worker.leaseMs,
      adopt: (trialNumber, experiment) => this.#adopt(trialNumber, experiment),
      onQueued: ({ trialNumber, parameters }) => this.#queue.set(trialNumber, requirePoint(sampler.space, parameters)),
    });
    this.#proposer = new PointProposer({
      sampler,
      seed,
      ledger: this.ledger,
      duplicates,
      before: definition.before ?? [],
      queuedAt: (trialNumber) => this.#queue.at(trialNumber),
      queuedBelow: (trialNumber) => this.#queue.below(trialNumber),
      spaceFrom: definition.spaceFrom ?? 0,
    });
  }

  /**
   * Takes over the stored trials.
   * @throws {@link InvalidInputError} for a queued point that is none of the space; {@link ConflictError} `CONFLICT`
   * when a stored trial is of another point than the study gives it.
   */
  static async load<S extends SearchSpace>(definition: StudyDefinition<S>): Promise<OpenStudy<S>> {
    const study = new OpenStudy(definition);
    const { storage, identity, sampler, enqueue } = definition;
    const points = enqueue.map((point) => requirePoint(sampler.space, point));
    if (points.length > 0) await storage.studies.enqueue(identity.studyId, points);
    await study.claims.readQueue();
    const stored = await storedTrials(storage, identity.studyId);
    for (const [trialNumber, experiment] of [...stored].sort(([a], [b]) => a - b))
      study.#adopt(trialNumber, experiment);
    return study;
  }

  /** Trials the study is to have: a grid has its points beside those that were asked for. */
  plannedOf(trials: number): number {
    const { sampler, spaceFrom = 0 } = this.#definition;
    if (sampler.size === undefined) return trials;
    const asked = this.#queue.size - this.#queue.below(spaceFrom);
    return Math.min(trials, spaceFrom + this.#proposer.gridPointsLeft() + asked);
  }

  /**
   * Begins a trial that this process has claimed; where it cannot, the trial is given back.
   * @returns `undefined` when the space has no point left for it.
   * @throws what the sampler throws.
   */
  async beginOrRelease(trialNumber: number): Promise<BegunTrial<S> | undefined> {
    let begun: BegunTrial<S> | undefined;
    try {
      begun = this.begin(trialNumber);
    } catch (error) {
      // Where that fails too, the lease runs out by itself.
      await this.claims.release(trialNumber).catch(() => undefined);
      throw error;
    }
    if (begun === undefined) await this.claims.release(trialNumber);
    return begun;
  }

  /** @returns `undefined` when the space has no point left for it. */
  begin(trialNumber: number): BegunTrial<S> | undefined {
    const proposal = this.#proposer.propose(trialNumber);
    if (proposal === undefined) return undefined;
    const { pruning, identity, clock } = this.#definition;
    return {
      ...this.#typed(trialNumber, proposal.point),
      ...proposal,
      repetition: this.#definition.duplicates === 'replicate' ? proposal.earlier.length : 0,
      begunAt: clock.now(),
      ...(pruning === undefined ? {} : { judge: new TrialJudge(pruning, identity.studyId, trialNumber, this.ledger) }),
    };
  }

  /**
   * How an earlier trial of the same point ended, for this trial, where the study reuses results. Waits for it. A trial
   * that failed is not reused.
   * @returns `undefined` at once where there is none to wait for.
   */
  reused(trial: BegunTrial<S>, signal: AbortSignal): Promise<TrainingExperiment | undefined> | undefined {
    if (this.#definition.duplicates === 'replicate' || trial.earlier.length === 0) return undefined;
    return this.#twinOf(trial, signal);
  }

  async #twinOf(trial: BegunTrial<S>, signal: AbortSignal): Promise<TrainingExperiment | undefined> {
    for (const number of trial.earlier) {
      const twin = await this.claims.untilEnded(number, signal);
      if (twin.state !== 'failed') return this.#copyOf(twin, number, trial);
    }
    return undefined;
  }

  /** The same of those trials that have ended; waits for none. */
  reusedNow(trial: BegunTrial<S>): TrainingExperiment | undefined {
    if (this.#definition.duplicates === 'replicate') return undefined;
    for (const number of trial.earlier) {
      const twin = this.ledger.ended(number);
      if (twin !== undefined && twin.state !== 'failed') return this.#copyOf(twin, number, trial);
    }
    return undefined;
  }

  #copyOf(twin: TrainingExperiment, number: number, trial: BegunTrial<S>): TrainingExperiment {
    return {
      ...twin,
      experimentId: this.#experimentId(trial.trialNumber),
      trialNumber: trial.trialNumber,
      trainingTimeSeconds: 0,
      createdAt: trial.begunAt,
      worker: this.#definition.worker.name,
      notes: `the point of trial ${number}, which was not evaluated again`,
    };
  }

  /** Has a point evaluated by the next trial that nobody has begun, unless it is queued already. */
  async enqueue(point: Readonly<Record<string, unknown>>): Promise<void> {
    const { storage, identity, sampler } = this.#definition;
    await storage.studies.enqueue(identity.studyId, [requirePoint(sampler.space, point)]);
    await this.claims.readQueue();
  }

  /** A trial as it is to be stored. */
  recordOf(
    trial: BegunTrial<S>,
    { startedAt, outcome }: Pick<FinishedTrial, 'startedAt' | 'outcome'>,
    outOfSample?: OutOfSampleRefs,
  ): TrainingExperiment {
    const { trialNumber, hyperparameters, judge } = trial;
    const values = outcome.state === 'failed' ? undefined : judge?.intermediateValues;
    return trialRecord(
      this.#definition.identity,
      {
        trialNumber,
        hyperparameters,
        worker: this.#definition.worker.name,
        startedAt,
        outcome,
        ...(values === undefined ? {} : { intermediateValues: values }),
      },
      outOfSample,
    );
  }

  /**
   * Stores how a trial ended.
   * @returns false when another process has taken the trial over: then its result counts, and this one is dropped.
   */
  async store(trial: TypedTrial<S>, experiment: TrainingExperiment): Promise<boolean> {
    const kept = await this.claims.finish(trial.trialNumber, experiment);
    if (kept) this.progress.add(trial, experiment, false);
    return kept;
  }

  /** Lets later trials see how a stored one ended, those that wait for it first. */
  show(trial: TypedTrial<S>, experiment: TrainingExperiment): void {
    this.ledger.end(trial.trialNumber, experiment);
    this.claims.noted(trial.trialNumber);
  }

  /** @returns the end of a trial that is not tried again, since the workers that had it are gone; else `undefined`. */
  lostTrial(trial: BegunTrial<S>): TrainingExperiment | undefined {
    const losses = this.claims.losses(trial.trialNumber);
    if (losses < this.#definition.worker.maxLosses) return undefined;
    return {
      experimentId: this.#experimentId(trial.trialNumber),
      studyId: this.#definition.identity.studyId,
      trialNumber: trial.trialNumber,
      modelType: this.#definition.identity.modelType,
      hyperparameters: trial.hyperparameters,
      cvScores: [],
      trainingTimeSeconds: 0,
      testMetrics: {},
      state: 'failed',
      createdAt: trial.begunAt,
      worker: this.#definition.worker.name,
      notes: `WORKER_FAILURE: ${losses} workers were lost over it`,
    };
  }

  #adopt(trialNumber: number, experiment: TrainingExperiment): void {
    const { sampler, baseParams, duplicates, spaceFrom = 0 } = this.#definition;
    const point = pointIn(sampler.space, experiment);
    const asked = this.#queue.at(trialNumber) !== undefined;
    const chosen = sampler.learns || duplicates === 'skip' || asked || trialNumber < spaceFrom;
    // What a sampler that learns has chosen is not asked of it again: that would cost as much as the study did.
    const expected = chosen ? point : this.#proposer.propose(trialNumber)!.point;
    requireStoredPoint(experiment, mergeHyperparameters(baseParams, expected), sampler.space, point);
    this.progress.add(this.#typed(trialNumber, point), experiment, true);
    this.ledger.end(trialNumber, experiment);
  }

  #typed(trialNumber: number, point: Proposal['point']): TypedTrial<S> {
    const { baseParams, sampler } = this.#definition;
    return {
      trialNumber,
      hyperparameters: mergeHyperparameters(baseParams, validateParameters(sampler.space, point)),
    };
  }

  #experimentId(trialNumber: number): string {
    return trialExperimentId(this.#definition.identity.studyId, trialNumber);
  }
}
