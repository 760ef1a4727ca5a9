import type { JsonObject } from '@mlperf/core';
import { requireCount } from '../cross-validation/require-count.ts';
import type { PruneRequest, Pruner, ReportedTrial, Reports } from './pruner.ts';
import { firstFrom, requireReports } from './read-reports.ts';

export interface SuccessiveHalvingOptions {
  /** The step of the first rung; whole, ≥ 1. Default: a hundredth of the last step of the first complete trial, at least 1. */
  readonly minResource?: number;
  /** η: of the trials at a rung one in η goes on; whole, ≥ 2, default 4. */
  readonly reductionFactor?: number;
  /** s: the first rung is at minResource · η^s; whole, ≥ 0, default 0. */
  readonly minEarlyStoppingRate?: number;
}

/**
 * Asynchronous successive halving: at each rung a trial goes on when it is among the best 1/η of the trials seen there.
 *
 *   rung k lies at step r·η^(s + k); a trial's loss at a rung is the first it reported at or after it
 *   go on at rung k ⇔ loss ≤ the max(1, ⌊m/η⌋)-th smallest of the m losses at the rung, its own among them
 *
 * Nothing waits: a decision uses the trials seen (up to n − W), whatever has become of them. A NaN at a rung prunes.
 *
 * @remarks O(rungs reached · trials · log steps) per decision. With trials one after the other and `minResource` given
 * the decisions are those of Optuna's `SuccessiveHalvingPruner`, as long as no report passes two rungs at once; there
 * a pruned trial counts at both rungs here and may count at the first only in Optuna. Without `minResource` Optuna
 * leaves out of the rungs what its first trials did before it had an estimate; here they count.
 * @see Li et al. (2020), A System for Massively Parallel Hyperparameter Tuning, arXiv:1810.05934
 * @example new SuccessiveHalvingPruner({ minResource: 1, reductionFactor: 3 });
 */
export class SuccessiveHalvingPruner implements Pruner {
  readonly name = 'successive-halving';
  readonly settings: JsonObject;
  readonly #minResource: number | undefined;
  readonly #factor: number;
  readonly #rate: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ minResource, reductionFactor = 4, minEarlyStoppingRate = 0 }: SuccessiveHalvingOptions = {}) {
    if (minResource !== undefined) requireCount(minResource, 'minResource');
    requireCount(reductionFactor, 'reductionFactor', 2);
    requireCount(minEarlyStoppingRate, 'minEarlyStoppingRate', 0);
    this.#minResource = minResource;
    this.#factor = reductionFactor;
    this.#rate = minEarlyStoppingRate;
    this.settings = {
      reductionFactor,
      minEarlyStoppingRate,
      ...(minResource === undefined ? {} : { minResource }),
    };
  }

  shouldPrune({ reports, history }: PruneRequest): boolean {
    requireReports(reports);
    const newest = reports.steps.length - 1;
    const step = reports.steps[newest];
    const minResource = this.#minResource ?? estimatedResource(history);
    if (step === undefined || minResource === undefined) return false;
    const before = newest > 0 ? reports.steps[newest - 1]! : -1;
    for (let rung = minResource * this.#factor ** this.#rate; rung <= step; rung *= this.#factor) {
      // Rungs passed by an earlier report were decided then.
      if (before < rung && !this.#goesOn(reports.losses[newest]!, rung, history)) return true;
    }
    return false;
  }

  #goesOn(loss: number, rung: number, history: readonly ReportedTrial[]): boolean {
    if (Number.isNaN(loss)) return false;
    let better = 0;
    let rivals = 1;
    for (const trial of history) {
      const other = lossAtRung(trial, rung);
      if (other === undefined || Number.isNaN(other)) continue;
      rivals++;
      if (other < loss) better++;
    }
    return better < Math.max(1, Math.floor(rivals / this.#factor));
  }
}

function lossAtRung({ steps, losses }: Reports, rung: number): number | undefined {
  return losses[firstFrom(steps, rung)];
}

/** From the first complete trial alone, so that rungs stay where they are as more trials are seen. */
function estimatedResource(history: readonly ReportedTrial[]): number | undefined {
  const last = lastStepOfFirstComplete(history);
  return last === undefined ? undefined : Math.max(1, Math.floor(last / 100));
}

/** `undefined` when no complete trial has reported. `history` is in order of trial numbers. */
export function lastStepOfFirstComplete(history: readonly ReportedTrial[]): number | undefined {
  const first = history.find(({ state, steps }) => state === 'complete' && steps.length > 0);
  return first?.steps[first.steps.length - 1];
}
