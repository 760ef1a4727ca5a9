import { type Dataset, type Matrix, selectRows, shareDataset } from '@mlperf/core';
import { requireSoundFolds } from '../cross-validation/sound-folds.ts';
import type { Splitter } from '../cross-validation/splitter.ts';

/** The rows of one fold, laid out once for all trials; on shared memory, so that threads need no copy. */
export interface PreparedFold {
  readonly train: Dataset;
  readonly testFeatures: Matrix;
  readonly yTrue: Float64Array;
}

/** @throws what the splitter and {@link requireSoundFolds} throw. */
export function prepareFolds(dataset: Dataset, splitter: Splitter): readonly PreparedFold[] {
  const folds = splitter.split(dataset);
  requireSoundFolds(dataset, folds);
  return folds.map((fold) => {
    const test = shareDataset(selectRows(dataset, fold.test));
    return {
      train: shareDataset(selectRows(dataset, fold.train)),
      testFeatures: test.features,
      yTrue: test.targets,
    };
  });
}
