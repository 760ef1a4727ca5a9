import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';

export const HOUR_MS = 3_600_000;
/** Rows whose labels are known when the first model is trained. */
export const WARM_UP_ROWS = 1_000;
/** Rows served under the first rule before it changes. */
export const ROWS_BEFORE_CHANGE = 300;
/** Outcomes after the change that the policies are compared on. */
export const ROWS_AFTER_CHANGE = 1_000;

const FEATURES = 4;
const KINDS = ['turned round', 'another feature', 'gradual'] as const;

/** How the rule behind a stream changes. */
export type ChangeKind = (typeof KINDS)[number] | 'none';

export interface RegimeStream {
  readonly history: Dataset;
  readonly kind: ChangeKind;
  /** Row of the history with which the comparison begins: the change, where there is one. */
  readonly changeAt: number;
}

/**
 * Hours of a market with one rule, a weighted sum of the features, that the next move follows with a probability of its
 * own between 0.62 and 0.75: how predictable a stream is differs as it does between markets. The rule turns round, moves
 * to other features, or does so gradually over 300 hours; without a change it stays.
 */
export function regimeStream(number: number, changes: boolean): RegimeStream {
  const random = keyedRandom('retraining-bench', changes ? 'change' : 'none', String(number));
  const kind = changes ? KINDS[number % KINDS.length]! : 'none';
  const hitRate = 0.62 + 0.13 * random.next();
  const first = [1, 0.5, 0, 0];
  const later = kind === 'turned round' ? [-1, -0.5, 0, 0] : kind === 'none' ? first : [0, 0, 1, -0.5];
  const changeAt = WARM_UP_ROWS + ROWS_BEFORE_CHANGE;
  const rows = changeAt + ROWS_AFTER_CHANGE;
  const features: number[][] = [];
  const targets: number[] = [];
  for (let row = 0; row < rows; row++) {
    const values = Array.from({ length: FEATURES }, () => 2 * random.next() - 1);
    const over = kind === 'gradual' ? Math.min(1, Math.max(0, (row - changeAt) / 300)) : Number(row >= changeAt);
    const rule = random.next() < over ? later : first;
    const up = values.reduce((sum, value, i) => sum + value * rule[i]!, 0) > 0;
    features.push(values);
    targets.push(up === random.next() < hitRate ? 1 : 0);
  }
  const timestamps = features.map((_, row) => row * HOUR_MS);
  return {
    kind,
    changeAt,
    history: createDataset({
      features,
      featureNames: ['x0', 'x1', 'x2', 'x3'],
      targets,
      classes: ['down', 'up'],
      timestamps,
      labelEndsAt: timestamps.map((at) => at + HOUR_MS),
    }),
  };
}
