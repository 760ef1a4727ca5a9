import { InvalidInputError } from '@mlperf/core';
import type { PredictionRequest, ServedPrediction, UnavailablePrediction } from '../prediction-request.ts';
import type { ServedAnswer } from '../served-version.ts';

/** Feature values by name: members may take different features, each picks its own. */
export type NamedRow = Readonly<Record<string, number>>;

/** One row for all members, by name: each takes the features of its model out of it, so it may hold more. */
export interface EnsembleRequest extends Omit<PredictionRequest, 'features' | 'precedingRows'> {
  readonly features: NamedRow;
  /** As `PredictionRequest.precedingRows`: as many as the member needs that looks back furthest. */
  readonly precedingRows?: readonly NamedRow[];
}

/** What one member said, or why it said nothing. */
export interface MemberVote {
  readonly memberName: string;
  readonly modelVersionId?: string;
  /** What its answer counted, all of them summing to 1; 0 when it gave none or is not selected. */
  readonly weight: number;
  readonly answer?: ServedAnswer;
  readonly unavailable?: UnavailablePrediction;
}

export type EnsembleResult =
  | {
      readonly status: 'predicted';
      readonly prediction: ServedPrediction;
      /** In the order of the members. */
      readonly members: readonly MemberVote[];
    }
  | (UnavailablePrediction & { readonly members: readonly MemberVote[] });

/**
 * A member's part of a request.
 * @returns the names that are missing instead, when there are any.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for rows that are none by name.
 */
export function memberRequest(
  request: EnsembleRequest,
  featureNames: readonly string[],
): PredictionRequest | { readonly missing: readonly string[] } {
  const { features, precedingRows = [], ...rest } = request;
  if (!Array.isArray(precedingRows)) {
    throw new InvalidInputError('INVALID_TYPE', 'precedingRows must be a list of rows');
  }
  const rows: readonly unknown[] = [features, ...precedingRows];
  const missing = new Set<string>();
  const projected = rows.map((row) => {
    requireNamedRow(row);
    for (const name of featureNames) if (!Object.hasOwn(row, name)) missing.add(name);
    return Object.fromEntries(featureNames.map((name) => [name, row[name]!]));
  });
  if (missing.size > 0) return { missing: [...missing] };
  const [own, ...before] = projected;
  return { ...rest, features: own!, precedingRows: before };
}

function requireNamedRow(row: unknown): asserts row is NamedRow {
  if (typeof row === 'object' && row !== null && !Array.isArray(row) && !ArrayBuffer.isView(row)) return;
  throw new InvalidInputError('INVALID_TYPE', 'an ensemble needs rows of features by name: its members differ in them');
}
