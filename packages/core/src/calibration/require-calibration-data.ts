import { InvalidInputError } from '../errors.ts';
import type { CalibrationData, CalibrationOptions } from './calibrator.ts';

const DEFAULT_MINIMUM_ROWS = 50;
/** Squares and long sums of scores stay finite. */
const MAX_SCORE = 1e100;

export interface CalibrationCounts {
  readonly rows: number;
  readonly positives: number;
  readonly lowest: number;
  readonly highest: number;
}

/**
 * Refuses what no calibrator can be fitted on, before anything is computed.
 *
 * @param kind - `probability`: scores in [0, 1]; `score`: any number within ±1e100.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `LENGTH_MISMATCH` | `INVALID_TYPE` | `NOT_FINITE` |
 * `OUT_OF_RANGE` | `INSUFFICIENT_DATA` below `minimumRows` | `SINGLE_CLASS`.
 */
export function requireCalibrationData(
  { observed, scores }: CalibrationData,
  options: CalibrationOptions,
  kind: 'probability' | 'score',
): CalibrationCounts {
  const rows = observed.length;
  requireRows(rows, options, 'observed');
  if (scores.length !== rows) {
    throw new InvalidInputError(
      'LENGTH_MISMATCH',
      `scores must have ${rows} values to match observed; got ${scores.length}`,
    );
  }
  const [min, max] = kind === 'probability' ? [0, 1] : [-MAX_SCORE, MAX_SCORE];
  let positives = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < rows; i++) {
    const came: unknown = observed[i];
    const score = scores[i]!;
    if (typeof came !== 'boolean') {
      throw new InvalidInputError('INVALID_TYPE', `observed[${i}] must be true or false; got ${String(came)}`);
    }
    if (!Number.isFinite(score)) {
      throw new InvalidInputError('NOT_FINITE', `scores[${i}] must be a finite number; got ${String(score)}`);
    }
    if (score < min || score > max) {
      throw new InvalidInputError('OUT_OF_RANGE', `scores[${i}] must be from ${min} to ${max}; got ${score}`);
    }
    if (came) positives++;
    if (score < lowest) lowest = score;
    if (score > highest) highest = score;
  }
  if (positives === 0 || positives === rows) {
    const only = positives === 0 ? 'false' : 'true';
    throw new InvalidInputError('SINGLE_CLASS', `observed must hold both true and false; all ${rows} are ${only}`);
  }
  return { rows, positives, lowest, highest };
}

/**
 * Refuses too few rows.
 * @param name - Names the rows in messages.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `INSUFFICIENT_DATA` | `OUT_OF_RANGE` for a bad `minimumRows`.
 */
export function requireRows(rows: number, { minimumRows = DEFAULT_MINIMUM_ROWS }: CalibrationOptions, name: string) {
  if (!Number.isSafeInteger(minimumRows) || minimumRows < 2) {
    throw new InvalidInputError('OUT_OF_RANGE', `minimumRows must be a whole number of at least 2; got ${minimumRows}`);
  }
  if (rows === 0) throw new InvalidInputError('EMPTY_INPUT', `${name} must hold at least ${minimumRows} rows; got 0`);
  if (rows < minimumRows) {
    throw new InvalidInputError('INSUFFICIENT_DATA', `${name} must hold at least ${minimumRows} rows; got ${rows}`);
  }
}

/** @throws {@link InvalidInputError} `INSUFFICIENT_DATA` when all scores are one: no slope follows from them. */
export function requireVariation({ rows, lowest, highest }: CalibrationCounts): void {
  if (lowest < highest) return;
  throw new InvalidInputError('INSUFFICIENT_DATA', `scores must differ from one another; all ${rows} are ${lowest}`);
}
