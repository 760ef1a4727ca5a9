import type { OptimizationDirection } from '@mlperf/core';
import type { Pruner, ReportedTrial } from '../pruners/pruner.ts';
import { lossOf, type ReportSource, reportDirection } from './observed-trial.ts';
import type { TrialLedger } from './trial-ledger.ts';

export interface Pruning {
  readonly pruner: Pruner;
  readonly by: ReportSource;
}

/**
 * Decides for one trial, at each of its reports, whether it goes on. Compared with the trials it may see: the decision
 * does not depend on what runs beside it.
 */
export class TrialJudge {
  readonly by: ReportSource;
  readonly #pruner: Pruner;
  readonly #studyId: string;
  readonly #trialNumber: number;
  readonly #direction: OptimizationDirection;
  readonly #history: readonly ReportedTrial[];
  readonly #steps: number[] = [];
  readonly #values: number[] = [];
  readonly #losses: number[] = [];

  constructor({ pruner, by }: Pruning, studyId: string, trialNumber: number, ledger: TrialLedger) {
    this.by = by;
    this.#pruner = pruner;
    this.#studyId = studyId;
    this.#trialNumber = trialNumber;
    this.#direction = ledger.direction;
    const view = by === 'folds' && pruner.judges === 'each-fold' ? 'each-fold' : by;
    this.#history = ledger.reported(trialNumber, view);
  }

  /** By step, as it is stored; what is not finite is left out. Absent while nothing was reported. */
  get intermediateValues(): Readonly<Record<string, number>> | undefined {
    const values = this.#steps.map((step, i) => [String(step), this.#values[i]!] as const);
    const finite = values.filter(([, value]) => Number.isFinite(value));
    return finite.length === 0 ? undefined : Object.fromEntries(finite);
  }

  /**
   * @param scores - Of the folds so far; the last one is new.
   * @returns whether the trial is pruned.
   */
  foldEnded(scores: readonly number[]): boolean {
    const score = scores.at(-1)!;
    const mean = scores.reduce((sum, each) => sum + each, 0) / scores.length;
    const judged = this.#pruner.judges === 'each-fold' ? score : mean;
    return this.#report(scores.length - 1, mean, lossOf(judged, this.#direction));
  }

  /**
   * @param value - Of a family's step, larger is better; of an objective, in its unit.
   * @returns whether the trial is pruned.
   * @throws what the pruner throws for steps that are not whole or do not ascend.
   */
  stepReached(step: number, value: number): boolean {
    return this.#report(step, value, lossOf(value, reportDirection(this.by, this.#direction)));
  }

  #report(step: number, value: number, loss: number): boolean {
    this.#steps.push(step);
    this.#values.push(value);
    this.#losses.push(loss);
    return this.#pruner.shouldPrune({
      studyId: this.#studyId,
      trialNumber: this.#trialNumber,
      reports: { steps: this.#steps, losses: this.#losses },
      history: this.#history,
    });
  }
}
