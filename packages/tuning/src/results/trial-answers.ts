import { decodeColumns, encodeColumns, requireColumn, requireFormat } from './column-file.ts';

const FORMAT = 'mlperf-trial-answers/1';

/** What a trial says of every scored row, in the order of {@link ScoredRows}. */
export interface TrialAnswers {
  /** Probabilities per row and class (or one value per row), row-major. */
  readonly predictions: Float32Array;
  /** One per row, larger is better. */
  readonly scores: Float32Array;
}

/**
 * The bytes of a trial's answers, 4 · rows · (classes + 1) and a header.
 *
 * Predictions are kept, so that any metric can be computed later, and row scores, so that no metric is needed to read
 * what a search is worth. Both as float32: each is off by at most a share 2⁻²⁴ (6·10⁻⁸) of itself, far below what tells
 * two models apart; scores are taken before rounding, so that right stays right. All classes are kept, since 1 − p
 * would lose a small probability next to a large one.
 */
export function encodeAnswers({ predictions, scores }: TrialAnswers): Uint8Array {
  return encodeColumns({ header: { format: FORMAT }, columns: { predictions, scores } });
}

/** @throws `ARTIFACT_CORRUPT`. */
export function decodeAnswers(bytes: Uint8Array): TrialAnswers {
  const file = decodeColumns(bytes);
  requireFormat(file, FORMAT);
  return {
    predictions: requireColumn(file, 'predictions', Float32Array),
    scores: requireColumn(file, 'scores', Float32Array),
  };
}
