import {
  type Dataset,
  InterruptedError,
  InvalidInputError,
  keyedRandom,
  lookBackWindows,
  MlperfError,
  predictRows,
  type RowPredictor,
  selectRows,
} from '@mlperf/core';
import type { ScoringMetric } from '../../scoring/scoring-metric.ts';
import { blockShuffle, defaultBlockRows } from './block-shuffle.ts';
import { featureClusters } from './feature-clusters.ts';

export interface PermutationOptions {
  readonly metric: ScoringMetric;
  /** Shuffles of each cluster, ≥ 2; default 5. */
  readonly repeats?: number;
  /** Consecutive rows of a series that stay together; default {@link defaultBlockRows}. */
  readonly blockRows?: number;
  /** Features whose ranks correlate above this are shuffled together, see `featureClusters`; default 0.9. */
  readonly clusterAbove?: number;
  readonly seed: string;
  readonly signal?: AbortSignal;
}

/** What a model loses when it does not know some features. */
export interface PermutationImportance {
  /** Names of the features shuffled together. */
  readonly features: readonly string[];
  /** Mean loss of score over the shuffles, in the unit of the metric; at or below 0 the model does not need them. */
  readonly mean: number;
  /** Sample standard deviation over the shuffles. */
  readonly std: number;
}

/**
 * How much worse a model scores when features are shuffled, most important first.
 *
 *   importance = ± (score(data) − mean over shuffles of score(shuffled data)), + where larger is better
 *
 * Shuffled are blocks of consecutive rows within each series, not single rows: a single row of a smooth series would be
 * out of place in a way no live row ever is. Features that tell the same are shuffled together: by itself each would look
 * unimportant, since the other still tells.
 *
 * @param data - Rows that the model was not trained on. Of a model that looks back, rows without enough before them are
 * looked back on only.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`; `INSUFFICIENT_DATA` when no row can be answered; {@link MlperfError}
 * `TRAINING_FAILED` where the metric has no value; `ABORTED`; what the model throws.
 * @remarks clusters · repeats predictions of all rows.
 * @see Breiman (2001), Machine Learning 45:5–32, doi:10.1023/A:1010933404324
 */
export async function permutationImportance(
  model: RowPredictor,
  data: Dataset,
  options: PermutationOptions,
): Promise<readonly PermutationImportance[]> {
  const { metric, repeats = 5, clusterAbove = 0.9, seed, signal } = options;
  const blockRows = options.blockRows ?? defaultBlockRows(data);
  if (!Number.isInteger(repeats) || repeats < 2) {
    throw new InvalidInputError('OUT_OF_RANGE', `repeats must be a whole number of at least 2; got ${repeats}`);
  }
  const { rows } = lookBackWindows(data, model.lookBack);
  if (rows.length === 0) {
    throw new InvalidInputError(
      'INSUFFICIENT_DATA',
      `data must have a row with ${model.lookBack} rows before it in its series; got none`,
    );
  }
  const scoreOf = async (shuffled: Dataset): Promise<number> => {
    if (signal?.aborted) throw new InterruptedError('ABORTED', 'the analysis was aborted', { cause: signal.reason });
    const answered = selectRows(shuffled, rows);
    const probabilities = await predictRows(model, answered, shuffled);
    const score = metric.score(answered.targets, probabilities, model.classes);
    if (score === undefined) throw new MlperfError('TRAINING_FAILED', `${metric.name} has no value on these rows`);
    return metric.direction === 'maximize' ? score : -score;
  };
  const whole = await scoreOf(data);
  const found: PermutationImportance[] = [];
  for (const columns of featureClusters(data, clusterAbove)) {
    const losses: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const source = blockShuffle(data, blockRows, keyedRandom(seed, 'permutation', columns[0]!, repeat));
      losses.push(whole - (await scoreOf(withShuffled(data, columns, source))));
    }
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / repeats;
    const variance = losses.reduce((sum, loss) => sum + (loss - mean) ** 2, 0) / (repeats - 1);
    found.push({ features: columns.map((column) => data.featureNames[column]!), mean, std: Math.sqrt(variance) });
  }
  return found.sort((a, b) => b.mean - a.mean);
}

/** The data with some columns taken from other rows. */
function withShuffled(data: Dataset, columns: readonly number[], source: Uint32Array): Dataset {
  const { features } = data;
  const values = Float64Array.from(features.values);
  source.forEach((from, row) => {
    for (const column of columns) {
      values[row * features.columns + column] = features.values[from * features.columns + column]!;
    }
  });
  return { ...data, features: { ...features, values } };
}
