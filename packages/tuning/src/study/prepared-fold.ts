import {
  type Dataset,
  InvalidInputError,
  lookBackWindows,
  type RowsToPredict,
  selectRows,
  shareDataset,
} from '@mlperf/core';
import { requireSoundFolds } from '../cross-validation/sound-folds.ts';
import type { Splitter } from '../cross-validation/splitter.ts';

/** The rows of one fold, laid out once for all trials; on shared memory, so that threads need no copy. */
export interface PreparedFold {
  readonly train: Dataset;
  /** The test rows, with the whole data set for models that look back: windows read earlier rows only. */
  readonly test: RowsToPredict;
  /** Indices of the test rows in the data set, ascending. */
  readonly testRows: Uint32Array;
  /** Test rows left out because they have too little before them in their series. */
  readonly unscoredRows: number;
}

/**
 * @param lookBack - The largest of any trial: test rows with fewer rows before them in their series are left out, for
 * every trial alike.
 * @throws what the splitter and {@link requireSoundFolds} throw; {@link InvalidInputError} `INSUFFICIENT_DATA` when a
 * fold has no test row left.
 */
export function prepareFolds(dataset: Dataset, splitter: Splitter, lookBack: number): readonly PreparedFold[] {
  const folds = splitter.split(dataset);
  requireSoundFolds(dataset, folds);
  const history = shareDataset(dataset);
  return folds.map((fold, i) => {
    const all = selectRows(dataset, fold.test);
    const answerable = lookBack === 0 ? undefined : lookBackWindows(all, lookBack, dataset).rows;
    if (answerable?.length === 0) {
      throw new InvalidInputError(
        'INSUFFICIENT_DATA',
        `fold ${i + 1} of ${folds.length} must have a test row with ${lookBack} rows before it in its series; got none in ${fold.test.length}`,
      );
    }
    const unscoredRows = answerable === undefined ? 0 : fold.test.length - answerable.length;
    const scored = unscoredRows === 0 ? all : selectRows(all, answerable!);
    return {
      train: shareDataset(selectRows(dataset, fold.train)),
      test: { dataset: shareDataset(scored), history },
      testRows: unscoredRows === 0 ? Uint32Array.from(fold.test) : Uint32Array.from(answerable!, (i) => fold.test[i]!),
      unscoredRows,
    };
  });
}
