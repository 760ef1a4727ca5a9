import { InvalidInputError, type JsonObject } from '@mlperf/core';
import { bettingEvidence } from './betting-evidence.ts';
import type { PruneRequest, Pruner, ReportedTrial } from './pruner.ts';
import { lossAt, requireReports } from './read-reports.ts';

export interface PairedFoldsOptions {
  /** The chance to prune a trial that is a match for the best, over all looks together; in (0, 1), default 0.1. */
  readonly level?: number;
}

/**
 * Prunes a trial that is worse, fold by fold, than the best complete trial on the same folds. Steps are folds.
 *
 *   prune ⇔ Σ dᵢ > 0 and W(d₁ … d_n) ≥ 1 / level,  dᵢ = loss of the trial − loss of the best, on fold i
 *
 * W is {@link bettingEvidence}: a trial that is on each fold, given the folds before it, as likely to be better as to be
 * worse than what the best has shown there is pruned with a chance of at most `level`, however often one looks. The best
 * is the seen complete trial with the smallest mean loss among those with all folds of this one, the earlier of equals.
 *
 * @remarks O(trials · folds) per decision. At level 0.1 nothing is pruned before the fourth fold. The promise is
 * towards the losses the best has shown, luck included: a trial that is only as good as the best truly is may be pruned
 * more often, and could not have come out on top by its score. Reports that are not finite keep the trial.
 * @example new PairedFoldsPruner({ level: 0.05 });
 */
export class PairedFoldsPruner implements Pruner {
  readonly name = 'paired-folds';
  readonly judges = 'each-fold';
  readonly settings: JsonObject;
  readonly #level: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ level = 0.1 }: PairedFoldsOptions = {}) {
    if (!(level > 0 && level < 1)) {
      throw new InvalidInputError('OUT_OF_RANGE', `level must lie strictly between 0 and 1; got ${level}`);
    }
    this.#level = level;
    this.settings = { level };
  }

  shouldPrune({ reports, history }: PruneRequest): boolean {
    requireReports(reports);
    const { steps, losses } = reports;
    if (steps.length === 0 || !allFinite(losses)) return false;
    const best = bestOnSteps(history, steps);
    if (best === undefined) return false;
    const differences = Array.from(steps, (step, i) => losses[i]! - lossAt(best, step)!);
    if (!(differences.reduce((sum, difference) => sum + difference, 0) > 0)) return false;
    return bettingEvidence(differences) >= 1 / this.#level;
  }
}

function bestOnSteps(history: readonly ReportedTrial[], steps: ArrayLike<number>): ReportedTrial | undefined {
  let best: ReportedTrial | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const trial of history) {
    if (trial.state !== 'complete' || !allFinite(trial.losses)) continue;
    if (!Array.from(steps).every((step) => lossAt(trial, step) !== undefined)) continue;
    const mean = Array.from(trial.losses).reduce((sum, loss) => sum + loss, 0) / trial.losses.length;
    if (mean < least) {
      best = trial;
      least = mean;
    }
  }
  return best;
}

function allFinite(losses: ArrayLike<number>): boolean {
  return Array.from(losses).every(Number.isFinite);
}
