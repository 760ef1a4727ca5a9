import type { ResolvedPrediction } from '../../types/outcome.ts';
import type { Direction } from '../../types/prediction.ts';
import { type ClassRows, classesOf, classRowsOf, observedOf } from './class-rows.ts';
import { placementVariance } from './placement-variance.ts';
import type { SamplingSpread } from './sampling-spread.ts';

/** The spreads of one class against the rest. */
export interface ClassSpreads {
  readonly precision: SamplingSpread;
  readonly recall: SamplingSpread;
  readonly f1_score: SamplingSpread;
  /** By how much F1 of one class stretches the spread: rows that bear on it by TP + ½·(FP + FN); 0 without any. */
  readonly f1Stretch: number;
  readonly roc_auc: SamplingSpread;
  /** Least and greatest probability the model gave the class, before calibration. */
  readonly lowest: number;
  readonly highest: number;
}

/** What an estimate must know of the resolved predictions its calibrator was fitted on. Plain data. */
export interface EstimationReference {
  readonly classes: readonly Direction[];
  readonly rows: number;
  /** Rows without overlap of their labels that would say as much. */
  readonly effectiveRows: number;
  /** `predictedAt` of the earliest and the latest, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly accuracy: SamplingSpread;
  /** In the order of `classes`. */
  readonly spreads: readonly ClassSpreads[];
}

/**
 * Sums up the resolved predictions that later estimates refer to.
 *
 * @param resolved - Of one model version, each once, in any order.
 * @throws {@link InvalidInputError} `EMPTY_INPUT` | `INVALID_RECORD`.
 * @remarks O(n log n) time.
 */
export function estimationReference(resolved: readonly ResolvedPrediction[]): EstimationReference {
  const classes = classesOf(resolved);
  return summarise(classRowsOf(resolved, classes, 'resolved'), observedOf(resolved, classes));
}

/** As {@link estimationReference}, of rows that are read already. */
export function summarise(rows: ClassRows, observed: Uint8Array): EstimationReference {
  const { classes, predicted, probabilities, effectiveRows, from, to } = rows;
  let correct = 0;
  for (let i = 0; i < observed.length; i++) if (predicted[i] === observed[i]) correct++;
  return {
    classes,
    rows: observed.length,
    effectiveRows,
    from,
    to,
    accuracy: spread(correct, observed.length, observed.length),
    spreads: classes.map((_, c) => {
      let truePositives = 0;
      let falsePositives = 0;
      let falseNegatives = 0;
      for (let i = 0; i < observed.length; i++) {
        if (observed[i] === c && predicted[i] === c) truePositives++;
        else if (predicted[i] === c) falsePositives++;
        else if (observed[i] === c) falseNegatives++;
      }
      const relevant = truePositives + falsePositives + falseNegatives;
      const scores = Float64Array.from(probabilities, (row) => row[c]!);
      return {
        precision: spread(truePositives, truePositives + falsePositives, observed.length),
        recall: spread(truePositives, truePositives + falseNegatives, observed.length),
        f1_score: spread(truePositives, relevant, observed.length),
        f1Stretch: relevant === 0 ? 0 : relevant / (truePositives + (falsePositives + falseNegatives) / 2),
        roc_auc: placementVariance(
          scores,
          Uint8Array.from(observed, (label) => (label === c ? 1 : 0)),
        ),
        lowest: scores.reduce((least, p) => Math.min(least, p)),
        highest: scores.reduce((most, p) => Math.max(most, p)),
      };
    }),
  };
}

/** Variance of `hits` ones among `relevant` zeros and ones. */
function spread(hits: number, relevant: number, rows: number): SamplingSpread {
  if (relevant === 0) return { variance: 0, share: 0 };
  return { variance: (hits / relevant) * (1 - hits / relevant), share: relevant / rows };
}
