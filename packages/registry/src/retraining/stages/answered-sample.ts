import type { Dataset } from '@mlperf/core';
import type { ModelBundle } from '../../bundle/model-bundle.ts';
import type { ModelAnswers } from '../gate/row-scores.ts';

/** The evaluation rows and what both models say of them. */
export interface AnsweredSample {
  readonly sample: Dataset;
  readonly challenger: ModelAnswers;
  readonly champion: ModelAnswers | undefined;
  /** Evaluation rows left out because too little comes before them in their series. */
  readonly unscoredRows: number;
  /** What another model says of the same rows. */
  readonly answersOf: (bundle: ModelBundle) => Promise<ModelAnswers>;
}
