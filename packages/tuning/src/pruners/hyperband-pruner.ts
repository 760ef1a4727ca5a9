import { crc32 } from 'node:zlib';
import { InvalidInputError, type JsonObject } from '@mlperf/core';
import { requireCount } from '../cross-validation/require-count.ts';
import type { PruneRequest, Pruner } from './pruner.ts';
import { requireReports } from './read-reports.ts';
import { lastStepOfFirstComplete, SuccessiveHalvingPruner } from './successive-halving-pruner.ts';

export interface HyperbandOptions {
  /** The step of the first rung of the first bracket; whole, ≥ 1, default 1. */
  readonly minResource?: number;
  /** The most a trial may use; whole, ≥ minResource. Default: one more than the last step of the first complete trial. */
  readonly maxResource?: number;
  /** η; whole, ≥ 2, default 3. */
  readonly reductionFactor?: number;
}

/**
 * Hyperband: several successive halvings side by side, the later ones sparing trials for longer, since it is not known
 * how early a loss tells good trials from bad.
 *
 *   brackets b = 0 … B − 1, B = ⌊log_η(max / min)⌋ + 1; bracket b halves with its first rung at min · η^b
 *   share of bracket b: ⌈B · η^s / (s + 1)⌉, s = B − 1 − b
 *   trial n belongs to the bracket in whose share crc32(`studyId_n`) mod (sum of shares) falls
 *
 * A trial competes within its bracket only. Which bracket is fixed by the study and the trial's number.
 *
 * @remarks As {@link SuccessiveHalvingPruner}. With `maxResource` given the decisions are those of Optuna's
 * `HyperbandPruner` for a study of that name, except where max/min is a power of η of which floating-point logarithms
 * lose a bracket (243 = 3⁵): here it is counted.
 * @see Li et al. (2018), JMLR 18(185):1–52
 * @example new HyperbandPruner({ minResource: 1, maxResource: 100 });
 */
export class HyperbandPruner implements Pruner {
  readonly name = 'hyperband';
  readonly settings: JsonObject;
  readonly #minResource: number;
  readonly #maxResource: number | undefined;
  readonly #factor: number;

  /** @throws {@link InvalidInputError} `OUT_OF_RANGE`. */
  constructor({ minResource = 1, maxResource, reductionFactor = 3 }: HyperbandOptions = {}) {
    requireCount(minResource, 'minResource');
    requireCount(reductionFactor, 'reductionFactor', 2);
    if (maxResource !== undefined && !(Number.isSafeInteger(maxResource) && maxResource >= minResource)) {
      throw new InvalidInputError(
        'OUT_OF_RANGE',
        `maxResource must be a whole number, at least minResource, ${minResource}; got ${maxResource}`,
      );
    }
    this.#minResource = minResource;
    this.#maxResource = maxResource;
    this.#factor = reductionFactor;
    this.settings = { minResource, reductionFactor, ...(maxResource === undefined ? {} : { maxResource }) };
  }

  shouldPrune(request: PruneRequest): boolean {
    requireReports(request.reports);
    const { studyId, trialNumber, history } = request;
    const shares = this.#shares(history);
    if (shares === undefined) return false;
    const bracket = bracketOf(studyId, trialNumber, shares);
    const halving = new SuccessiveHalvingPruner({
      minResource: this.#minResource,
      reductionFactor: this.#factor,
      minEarlyStoppingRate: bracket,
    });
    const rivals = history.filter((trial) => bracketOf(studyId, trial.trialNumber, shares) === bracket);
    return halving.shouldPrune({ ...request, history: rivals });
  }

  /** Of the brackets, the one that prunes first first; `undefined` while the most resource is not known. */
  #shares(history: PruneRequest['history']): readonly number[] | undefined {
    const last = lastStepOfFirstComplete(history);
    const most = this.#maxResource ?? (last === undefined ? undefined : last + 1);
    if (most === undefined) return undefined;
    let brackets = 1;
    while (this.#minResource * this.#factor ** brackets <= most) brackets++;
    return Array.from({ length: brackets }, (_, bracket) => {
      const s = brackets - 1 - bracket;
      return Math.ceil((brackets * this.#factor ** s) / (s + 1));
    });
  }
}

function bracketOf(studyId: string, trialNumber: number, shares: readonly number[]): number {
  let left = crc32(`${studyId}_${trialNumber}`) % shares.reduce((sum, share) => sum + share, 0);
  return shares.findIndex((share) => {
    left -= share;
    return left < 0;
  });
}
