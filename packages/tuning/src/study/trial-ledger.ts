import {
  type CategoryValue,
  canonicalJson,
  type OptimizationDirection,
  type SearchSpace,
  type TrainingExperiment,
} from '@mlperf/core';
import type { ReportedTrial } from '../pruners/pruner.ts';
import type { ObservedTrial, SampledPoint } from '../samplers/sampler.ts';
import { observedTrial, type ReportSource, type ReportView, reportedTrial } from './observed-trial.ts';

/**
 * The trials of a study as they may be seen: trial n sees how the trials up to n − W ended, and of those between only
 * their points. So what is decided for a trial is a function of the study alone, not of who happened to be quicker.
 */
export class TrialLedger {
  /** W: how many trials may be under way at once. */
  readonly lag: number;
  readonly direction: OptimizationDirection;
  readonly space: SearchSpace;
  readonly #source: ReportSource;
  readonly #ended = new Map<number, TrainingExperiment>();
  readonly #points = new Map<number, SampledPoint>();
  readonly #numbersByPoint = new Map<string, number[]>();
  /** Of trials 0, 1, 2 … without a gap. */
  readonly #observed: ObservedTrial[] = [];
  readonly #reported: Record<ReportView, ReportedTrial[]> = {
    folds: [],
    'each-fold': [],
    steps: [],
    window: [],
    objective: [],
  };
  readonly #waiting = new Map<number, (() => void)[]>();

  constructor(space: SearchSpace, direction: OptimizationDirection, lag: number, source: ReportSource) {
    this.space = space;
    this.#source = source;
    this.direction = direction;
    this.lag = lag;
  }

  /** How many trials have ended of which all before have ended too. */
  get endedWithoutGap(): number {
    return this.#observed.length;
  }

  ended(trialNumber: number): TrainingExperiment | undefined {
    return this.#ended.get(trialNumber);
  }

  pointOf(trialNumber: number): SampledPoint | undefined {
    return this.#points.get(trialNumber);
  }

  /** Notes the point of a trial that is under way. */
  begin(trialNumber: number, point: SampledPoint): void {
    if (this.#points.has(trialNumber)) return;
    this.#points.set(trialNumber, point);
    const key = canonicalJson(point);
    const numbers = this.#numbersByPoint.get(key);
    if (numbers === undefined) this.#numbersByPoint.set(key, [trialNumber]);
    else numbers.push(trialNumber);
  }

  /** Notes how a trial ended, as it is stored. */
  end(trialNumber: number, experiment: TrainingExperiment): void {
    this.begin(trialNumber, pointIn(this.space, experiment));
    this.#ended.set(trialNumber, experiment);
    for (let next: TrainingExperiment | undefined; ; ) {
      next = this.#ended.get(this.#observed.length);
      if (next === undefined) break;
      const number = this.#observed.length;
      this.#observed.push(observedTrial(number, this.#points.get(number)!, next, this.direction, this.#source));
      this.#wake(number);
    }
    this.#wake(trialNumber);
  }

  /** Whether all trials that trial n sees have ended, so that it may begin. */
  maySee(trialNumber: number): boolean {
    return this.endedWithoutGap > trialNumber - this.lag;
  }

  /** Resolves when {@link maySee} is true. */
  async untilMaySee(trialNumber: number): Promise<void> {
    while (!this.maySee(trialNumber)) await this.#next(this.endedWithoutGap);
  }

  async untilEnded(trialNumber: number): Promise<TrainingExperiment> {
    for (;;) {
      const experiment = this.#ended.get(trialNumber);
      if (experiment !== undefined) return experiment;
      await this.#next(trialNumber);
    }
  }

  /** How the trials that trial n sees ended, by number. */
  history(trialNumber: number): readonly ObservedTrial[] {
    return this.#observed.slice(0, this.#seenBy(trialNumber));
  }

  /** What the same trials reported, as a pruner reads it. */
  reported(trialNumber: number, view: ReportView): readonly ReportedTrial[] {
    const known = this.#reported[view];
    const seen = this.#seenBy(trialNumber);
    for (let number = known.length; number < seen; number++) {
      known.push(reportedTrial(number, this.#ended.get(number)!, this.direction, view));
    }
    return known.slice(0, seen);
  }

  /** The points of the trials between those and trial n, by number. */
  running(trialNumber: number): readonly SampledPoint[] {
    const points: SampledPoint[] = [];
    for (let number = this.#seenBy(trialNumber); number < trialNumber; number++) {
      points.push(this.#points.get(number)!);
    }
    return points;
  }

  /** Numbers below `trialNumber` that have this point, ascending. */
  sameAs(point: SampledPoint, trialNumber: number): readonly number[] {
    const numbers = this.#numbersByPoint.get(canonicalJson(point)) ?? [];
    return numbers.filter((number) => number < trialNumber).sort((a, b) => a - b);
  }

  #seenBy(trialNumber: number): number {
    return Math.max(0, trialNumber - this.lag + 1);
  }

  #next(trialNumber: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(trialNumber);
      if (waiting === undefined) this.#waiting.set(trialNumber, [resolve]);
      else waiting.push(resolve);
    });
  }

  #wake(trialNumber: number): void {
    const waiting = this.#waiting.get(trialNumber);
    this.#waiting.delete(trialNumber);
    for (const resolve of waiting ?? []) resolve();
  }
}

/** What was searched of a trial's hyperparameters. */
export function pointIn(
  space: SearchSpace,
  { hyperparameters }: Pick<TrainingExperiment, 'hyperparameters'>,
): SampledPoint {
  const point: Record<string, CategoryValue> = {};
  for (const name of Object.keys(space)) {
    const value = Object.hasOwn(hyperparameters, name) ? hyperparameters[name] : undefined;
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') point[name] = value;
  }
  return point;
}
