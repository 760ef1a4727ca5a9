import { type Dataset, InvalidInputError } from '@mlperf/core';
import { classDecider } from '../../serving/class-decision.ts';
import { requireProbabilityRows } from '../../serving/probability-rows.ts';

/** What one model said of the evaluation rows. */
export interface ModelAnswers {
  /** In the order of the probability columns. */
  readonly classes: readonly string[];
  /** Shape (rows × classes), row-major. */
  readonly probabilities: Float64Array;
  /** Those of its bundle, which decide as they do in serving. */
  readonly thresholds?: Readonly<Record<string, number>>;
}

/** `net-return`: return of the side taken after costs. `hit`: 1 when the class is right, else 0. */
export type ScoreKind = 'net-return' | 'hit';

export interface RowScores {
  /** One per row, in the unit of the score kind. */
  readonly scores: Float64Array;
  /** 1 or 0 per row. */
  readonly hits: Float64Array;
}

const SIDES: Readonly<Record<string, number>> = { up: 1, down: -1, flat: 0 };

/** What the rows can be judged by: net returns when they hold returns and their classes are directions, else hits. */
export function scoreKindOf(rows: Pick<Dataset, 'returns' | 'classes'>): ScoreKind {
  const directions = rows.classes?.every((name) => SIDES[name] !== undefined) ?? false;
  return rows.returns !== undefined && directions ? 'net-return' : 'hit';
}

/**
 * How good each answer was.
 *
 *   hitᵢ = 1 if the decided class is the row's label, else 0
 *   netᵢ = sideᵢ · returnᵢ − cost · |sideᵢ|,  side: up +1, down −1, flat 0
 *
 * @param rows - The evaluation rows, with their classes.
 * @param answers - Of the same rows in the same order.
 * @param costPerTrade - Fraction of the position, ≥ 0, paid once a row by any side but `flat`.
 * @throws {@link InvalidInputError} `INVALID_RECORD` when the model's classes are not among the rows'; and what
 * {@link requireProbabilityRows} refuses.
 */
export function scoreRows(rows: Dataset, answers: ModelAnswers, kind: ScoreKind, costPerTrade: number): RowScores {
  const { classes, probabilities, thresholds } = answers;
  requireProbabilityRows(probabilities, rows.features.rows, classes.length);
  const labelOf = classes.map((name) => requireClass(rows, name));
  const decide = classDecider(classes, thresholds);
  const decided = Int32Array.from(
    { length: rows.features.rows },
    (_, row) => labelOf[decide(probabilities, row * classes.length).index]!,
  );
  return scoreLabels(rows, (row) => decided[row]!, kind, costPerTrade);
}

/**
 * The scores of no skill: of the answer that, given to every one of these very rows, has the best mean score. A bar that
 * only hindsight can set. For net returns staying out of the market, at 0, is one of the answers; for hits the best is
 * the most frequent class. A tie goes to the class that stands first.
 */
export function scoreNoSkill(rows: Dataset, kind: ScoreKind, costPerTrade: number): RowScores {
  const labels = rows.classes?.keys() ?? [];
  const candidates = Array.from(labels, (label) => scoreLabels(rows, () => label, kind, costPerTrade));
  if (kind === 'net-return') candidates.push(stayingOut(rows));
  const totals = candidates.map(({ scores }) => scores.reduce((sum, score) => sum + score, 0));
  return candidates[totals.indexOf(Math.max(...totals))] ?? stayingOut(rows);
}

/** Share of the most frequent class among the rows. */
export function mostFrequentShare(rows: Dataset): number {
  const counts = new Float64Array(rows.classes?.length ?? 0);
  for (const label of rows.targets) counts[label]!++;
  return counts.reduce((most, count) => Math.max(most, count), 0) / rows.features.rows;
}

/** Whether a model decides on the same class for every row. */
export function answersAlike({ classes, probabilities, thresholds }: ModelAnswers): boolean {
  const decide = classDecider(classes, thresholds);
  const first = decide(probabilities, 0).index;
  for (let at = classes.length; at < probabilities.length; at += classes.length) {
    if (decide(probabilities, at).index !== first) return false;
  }
  return true;
}

function stayingOut(rows: Dataset): RowScores {
  const nothing = new Float64Array(rows.features.rows);
  return { scores: nothing, hits: nothing };
}

function scoreLabels(
  rows: Dataset,
  labelAt: (row: number) => number,
  kind: ScoreKind,
  costPerTrade: number,
): RowScores {
  const count = rows.features.rows;
  const hits = new Float64Array(count);
  for (let row = 0; row < count; row++) hits[row] = labelAt(row) === rows.targets[row] ? 1 : 0;
  if (kind === 'hit') return { scores: hits, hits };
  const scores = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const side = SIDES[rows.classes?.[labelAt(row)] ?? 'flat'] ?? 0;
    scores[row] = side * rows.returns![row]! - Math.abs(side) * costPerTrade;
  }
  return { scores, hits };
}

function requireClass(rows: Dataset, name: string): number {
  const label = rows.classes?.indexOf(name) ?? -1;
  if (label < 0) {
    const known = rows.classes?.join(', ') ?? 'none';
    throw new InvalidInputError('INVALID_RECORD', `a model's classes must be the data's (${known}); got '${name}'`);
  }
  return label;
}
