import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson, canonicalRecord, type PerformanceStorage, type TrainingExperiment } from '@mlperf/core';
import { HyperparameterTuner, PercentilePruner, PurgedWalkForward, type TunerEvents } from '@mlperf/tuning';
import { type StumpFamily, stumpFamily, stumpSpace } from '../../unit/tuning/a-family.ts';
import { aSeries } from '../../unit/tuning/a-series.ts';

export const STUDY_ID = 'shared';

export interface SharedSearch {
  readonly nTrials: number;
  /** How long a fit takes at least. */
  readonly fitMs: number;
}

/** The search that every process makes: it learns and prunes, so that every result has its part in the later ones. */
export async function searchTogether(
  storage: PerformanceStorage,
  { nTrials, fitMs }: SharedSearch,
  onTrial?: (event: TunerEvents['trial-completed']) => void,
): Promise<readonly TrainingExperiment[]> {
  const family = stumpFamily();
  const fit: StumpFamily['fit'] = async (train, params, context) => {
    await sleep(fitMs);
    return family.fit(train, params, context);
  };
  const tuner = new HyperparameterTuner({
    family: { ...family, fit },
    searchSpace: stumpSpace,
    baseParams: { jitter: 0.01 },
    splitter: new PurgedWalkForward({ nSplits: 3 }),
    pruner: new PercentilePruner({ percentile: 40, startupTrials: 4 }),
    storage,
    seed: 'shared',
    config: { parallelism: 5 },
    // Chance may strike one trial many times.
    worker: { leaseMs: 1_000, maxLosses: 1_000 },
  });
  if (onTrial !== undefined) tuner.on('trial-completed', onTrial);
  const enqueue = [
    { column: 1, threshold: 0, inverted: true },
    { column: 0, threshold: 0.4, inverted: false },
  ];
  const options = { nTrials, studyId: STUDY_ID, duplicates: 'replicate', enqueue } as const;
  const { experiments } = await tuner.bayesianOptimization(aSeries(260), options);
  return experiments;
}

/** Trials without what depends on who ran them and when, as one text. */
export function contentOf(experiments: readonly TrainingExperiment[]): string {
  const lasting = experiments.map(({ createdAt: _at, trainingTimeSeconds: _seconds, worker: _who, ...rest }) => rest);
  return canonicalJson(canonicalRecord(lasting, 'trials'));
}
