import { InvalidInputError } from '../errors.ts';
import { LARGEST_VALUE } from '../numeric/require-finite.ts';
import type { JudgedOutcome } from '../types/outcome.ts';
import type { Direction, Prediction } from '../types/prediction.ts';

/** Ratios of prices further apart would leave the range of a double. */
const SMALLEST_PRICE = 1e-100;
const LARGEST_PRICE_RATIO = 1e4;

/** What one outcome adds to the sums, and what figures made from the rows of a window need besides. */
export interface OutcomeObservation {
  readonly predicted: Direction;
  readonly observed: Direction;
  /** In (0, 1]. */
  readonly confidence: number;
  readonly netReturn?: number;
  /**
   * Probability given to what was observed, in [0, 1]. Left out it is `confidence` for a hit and 1 − `confidence`, all
   * that was left for being wrong, for a miss: the same for a model that knows two classes.
   */
  readonly observedProbability?: number;
  /** Probability given to `up`, in [0, 1]. Not summed: ROC AUC needs the rows. */
  readonly upProbability?: number;
  /** Observed and predicted price, both or neither, in [1e-100, 1e100]. */
  readonly price?: number;
  readonly predictedPrice?: number;
  /** Epoch milliseconds. Not summed: the overlap of labels needs the rows. */
  readonly predictedAt?: number;
}

/**
 * The observation a stored prediction and its outcome make.
 *
 * - `observedProbability` is there when the model gave the observed class a probability. A model of two classes gives
 *   `flat` none; it then counts as any other miss.
 * - `upProbability` is that of the probabilities; without any, `confidence` of an `up` and 1 − `confidence` of a `down`
 *   prediction. A `flat` prediction without probabilities has none.
 * - Prices are there when both are known, lie in [1e-100, 1e100] and are no more than a factor of 1e4 apart: the error of
 *   a bad tick would outlive its correction in the sums of a day.
 */
export function observationOf(prediction: Prediction, outcome: JudgedOutcome): OutcomeObservation {
  const { direction: predicted, confidence, probabilities, predictedPrice, predictedAt } = prediction;
  const { direction: observed, netReturn, price } = outcome;
  const observation: { -readonly [Field in keyof OutcomeObservation]: OutcomeObservation[Field] } = {
    predicted,
    observed,
    confidence,
    predictedAt,
  };
  if (netReturn !== undefined) observation.netReturn = netReturn;
  const observedProbability = probabilities?.[observed];
  if (observedProbability !== undefined) observation.observedProbability = observedProbability;
  if (probabilities !== undefined) observation.upProbability = probabilities.up;
  else if (predicted !== 'flat') observation.upProbability = predicted === 'up' ? confidence : 1 - confidence;
  if (price !== undefined && predictedPrice !== undefined && areComparable(price, predictedPrice)) {
    observation.price = price;
    observation.predictedPrice = predictedPrice;
  }
  return observation;
}

/**
 * Refuses numbers that sums could not give back; directions are checked where they are used.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `NOT_FINITE`.
 */
export function requireSummable(observation: OutcomeObservation): void {
  const { confidence, netReturn, observedProbability, price, predictedPrice } = observation;
  if (!(confidence > 0 && confidence <= 1)) throw badConfidence(confidence);
  if (netReturn !== undefined && !(Math.abs(netReturn) <= LARGEST_VALUE)) throw badReturn(netReturn);
  if (observedProbability !== undefined && !(observedProbability >= 0 && observedProbability <= 1)) {
    throw badProbability(observedProbability);
  }
  if ((price !== undefined || predictedPrice !== undefined) && !(isSummable(price) && isSummable(predictedPrice))) {
    throw badPrices(price, predictedPrice);
  }
}

function badConfidence(confidence: number): InvalidInputError {
  return new InvalidInputError('OUT_OF_RANGE', `confidence must be above 0 and at most 1; got ${confidence}`);
}

function badReturn(netReturn: number): InvalidInputError {
  return Number.isFinite(netReturn)
    ? new InvalidInputError('OUT_OF_RANGE', `netReturn must be from -1e100 to 1e100; got ${netReturn}`)
    : new InvalidInputError('NOT_FINITE', `netReturn must be a finite number; got ${netReturn}`);
}

function badProbability(probability: number): InvalidInputError {
  return new InvalidInputError('OUT_OF_RANGE', `observedProbability must be from 0 to 1; got ${probability}`);
}

function badPrices(price: number | undefined, predictedPrice: number | undefined): InvalidInputError {
  return new InvalidInputError(
    'OUT_OF_RANGE',
    `price and predictedPrice must both be from 1e-100 to 1e100, or both be absent; got ${price} and ${predictedPrice}`,
  );
}

function isSummable(price: number | undefined): boolean {
  return price !== undefined && price >= SMALLEST_PRICE && price <= LARGEST_VALUE;
}

function areComparable(price: number, predictedPrice: number): boolean {
  if (!isSummable(price) || !isSummable(predictedPrice)) return false;
  return predictedPrice <= price * LARGEST_PRICE_RATIO && price <= predictedPrice * LARGEST_PRICE_RATIO;
}
