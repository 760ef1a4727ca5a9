import { InvalidInputError } from '../../errors.ts';
import { requireObservedAfter } from '../../records/outcome-resolution.ts';
import type { JudgedOutcome, Outcome } from '../../types/outcome.ts';
import type { Direction, Prediction } from '../../types/prediction.ts';

/** What judging needs to know of a version and of the market. */
export interface JudgingTerms {
  /** A move of at most this size, as a return, is `flat`; ≥ 0. At 0 only an unchanged price is. */
  readonly flatBand: number;
  /** Taken off the return of every `up` or `down` side, as a return; ≥ 0. */
  readonly costPerTrade: number;
}

/**
 * A price ten thousand times the reference: beyond any market, and small enough for sums of squares to forget it to 1e-12
 * once it is corrected.
 */
const LARGEST_MARKET_RETURN = 1e4;

const SIDE: Readonly<Record<Direction, number>> = { up: 1, down: -1, flat: 0 };

/**
 * An outcome against its prediction.
 *
 *   marketReturn = (price − referencePrice) / referencePrice
 *   direction    = the one observed, if given; else flat when |marketReturn| ≤ flatBand, up above, down below
 *   netReturn    = side · marketReturn − costPerTrade for an `up` (+1) or `down` (−1) prediction; 0 for `flat`
 *
 * A `flat` outcome is a miss for a model that knows only `up` and `down`: neither side was right.
 *
 * @param outcome - Valid, with a price, a direction or both; a given direction is taken as it is.
 * @param referencePrice - Used when the prediction has none of its own, such as that of the decision's live prediction.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when neither a direction nor a price to compare with is known, or when
 * the outcome was observed before the prediction was made; `OUT_OF_RANGE` for a |marketReturn| above 1e4, a bad tick.
 * @example judgeOutcome({ …, direction: 'up', referencePrice: 100 }, { observedAt, price: 102 }, terms).marketReturn; // 0.02
 */
export function judgeOutcome(
  prediction: Prediction,
  outcome: Outcome,
  terms: JudgingTerms,
  referencePrice: number | undefined = prediction.referencePrice,
): JudgedOutcome {
  const { observedAt, price } = outcome;
  requireObservedAfter(prediction, observedAt);
  const marketReturn =
    price === undefined || referencePrice === undefined ? undefined : (price - referencePrice) / referencePrice;
  if (marketReturn !== undefined && !(Math.abs(marketReturn) <= LARGEST_MARKET_RETURN)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `the outcome of prediction '${prediction.id}' must have a return of at most ${LARGEST_MARKET_RETURN}; ` +
        `got ${marketReturn}, from ${referencePrice} to ${price}`,
    );
  }
  const direction = outcome.direction ?? directionOf(marketReturn, terms.flatBand);
  if (direction === undefined) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `the outcome of prediction '${prediction.id}' must have a direction, for the prediction has no referencePrice`,
    );
  }
  const side = SIDE[prediction.direction];
  return {
    observedAt,
    ...(price === undefined ? {} : { price }),
    direction,
    correct: direction === prediction.direction,
    ...(marketReturn === undefined
      ? {}
      : { marketReturn, netReturn: side === 0 ? 0 : side * marketReturn - terms.costPerTrade }),
  };
}

function directionOf(marketReturn: number | undefined, flatBand: number): Direction | undefined {
  if (marketReturn === undefined) return undefined;
  if (Math.abs(marketReturn) <= flatBand) return 'flat';
  return marketReturn > 0 ? 'up' : 'down';
}
