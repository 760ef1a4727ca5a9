import { InvalidInputError, type OptimizationDirection } from '@mlperf/core';
import type { Pruner, ReportedTrial } from '../pruners/pruner.ts';
import { requireReports } from '../pruners/read-reports.ts';
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

  /** @throws {@link InvalidInputError} `INVALID_CONFIG` when neither this trial nor one that it may see has reported. */
  requireAnyReport(modelType: string): void {
    if (this.#steps.length > 0 || this.#history.some(({ steps }) => steps.length > 0)) return;
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `pruneBy 'steps' must be given a family that reports its steps; '${modelType}' reported none in a whole fit`,
    );
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
   * @throws {@link InvalidInputError} `INVALID_TYPE` for a value that is no number, `OUT_OF_RANGE` | `UNSORTED` for a step
   * that is not whole or does not ascend: it counts for nothing; what the pruner throws.
   */
  stepReached(step: number, value: number): boolean {
    if (typeof value !== 'number') {
      throw new InvalidInputError('INVALID_TYPE', `the value of step ${step} must be a number; got a ${typeof value}`);
    }
    requireReports({ steps: [...this.#steps.slice(-1), step], losses: [...this.#losses.slice(-1), value] });
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
