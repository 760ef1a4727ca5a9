import { type Dataset, type RowsToPredict, selectRows, shareDataset } from '@mlperf/core';
import { requireSoundFolds } from '../cross-validation/sound-folds.ts';
import type { Splitter } from '../cross-validation/splitter.ts';

/** The rows of one fold, laid out once for all trials; on shared memory, so that threads need no copy. */
export interface PreparedFold {
  readonly train: Dataset;
  /** The test rows, with the whole data set for models that look back: windows read earlier rows only. */
  readonly test: RowsToPredict;
}

/** @throws what the splitter and {@link requireSoundFolds} throw. */
export function prepareFolds(dataset: Dataset, splitter: Splitter): readonly PreparedFold[] {
  const folds = splitter.split(dataset);
  requireSoundFolds(dataset, folds);
  const history = shareDataset(dataset);
  return folds.map((fold) => ({
    train: shareDataset(selectRows(dataset, fold.train)),
    test: { dataset: shareDataset(selectRows(dataset, fold.test)), history },
  }));
}
