import { InvalidInputError, type JsonObject } from '@mlperf/core';
import { requireCount } from '../cross-validation/require-count.ts';
import type { PruneRequest, Pruner } from './pruner.ts';
import { leastLoss, requireReports } from './read-reports.ts';

export interface PatienceOptions {
  /** Reports without an improvement that are borne; whole, ≥ 0. */
  readonly patience: number;
  /** What counts as getting worse, in the unit of the loss; ≥ 0, default 0. */
  readonly minDelta?: number;
  /** Asked once patience is out; default: the trial is pruned. */
  readonly pruner?: Pruner;
}

/**
 * Prunes a trial that has stopped improving, or lets another pruner decide only then.
 *
 *   out of patience ⇔ min(losses before the last patience + 1 reports) + minDelta < min(those last reports)
 *
 * NaN is left out; a side that is all NaN keeps the trial.
 *
 * @remarks O(steps) per decision. The decisions are those of Optuna's `PatientPruner`.
 * @example new PatiencePruner({ patience: 5, pruner: new MedianPruner() });
 */
export class PatiencePruner implements Pruner {
  readonly name = 'patience';
  readonly judges?: 'each-fold';
  readonly settings: JsonObject;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #pruner: Pruner | undefined;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ patience, minDelta = 0, pruner }: PatienceOptions) {
    requireCount(patience, 'patience', 0);
    if (!(minDelta >= 0 && Number.isFinite(minDelta))) {
      throw new InvalidInputError('OUT_OF_RANGE', `minDelta must be finite and at least 0; got ${minDelta}`);
    }
    this.#patience = patience;
    this.#minDelta = minDelta;
    this.#pruner = pruner;
    if (pruner?.judges !== undefined) this.judges = pruner.judges;
    this.settings = {
      patience,
      minDelta,
      ...(pruner === undefined ? {} : { pruner: { name: pruner.name, settings: pruner.settings } }),
    };
  }

  shouldPrune(request: PruneRequest): boolean {
    requireReports(request.reports);
    const { losses } = request.reports;
    const recent = losses.length - this.#patience - 1;
    if (recent <= 0) return false;
    const before = leastLoss(losses, 0, recent);
    const since = leastLoss(losses, recent);
    if (before === undefined || since === undefined || !(before + this.#minDelta < since)) return false;
    return this.#pruner?.shouldPrune(request) ?? true;
  }
}
