import { systemClock, type TrainingExperiment } from '@mlperf/core';
import { gradientBoostingFamily } from '@mlperf/models';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import {
  defineSpace,
  type FitRunner,
  float,
  HyperparameterTuner,
  int,
  logLossScoring,
  PurgedWalkForward,
  SuccessiveHalvingPruner,
} from '@mlperf/tuning';
import { workerThreadExecutor } from '@mlperf/workers';
import { aSeries } from '../a-series.ts';

export const STUDY_ID = 'in-threads';
export const TRIALS = 30;

const space = defineSpace({ learningRate: float(0.01, 0.5, { log: true }), numLeaves: int(2, 16) });

/** A search that learns and prunes by the rounds of boosting, in so many threads. */
export async function searchInThreads(
  path: string,
  executor: FitRunner,
  onTrial?: (experiment: TrainingExperiment) => void,
): Promise<readonly TrainingExperiment[]> {
  const storage = await openSqliteStorage(path);
  await storage.migrate();
  const tuner = new HyperparameterTuner({
    family: gradientBoostingFamily,
    searchSpace: space,
    baseParams: { nEstimators: 40 },
    splitter: new PurgedWalkForward({ nSplits: 3 }),
    metric: logLossScoring,
    pruner: new SuccessiveHalvingPruner({ minResource: 2, reductionFactor: 3 }),
    pruneBy: 'steps',
    storage,
    seed: 'threads',
    clock: systemClock,
    executor,
    config: { parallelism: 4 },
    worker: { leaseMs: 1_000 },
  });
  tuner.on('trial-completed', ({ experiment }) => onTrial?.(experiment));
  const { experiments } = await tuner.bayesianOptimization(aSeries(400), {
    nTrials: TRIALS,
    sampler: 'tpe',
    studyId: STUDY_ID,
  });
  await storage.close();
  return experiments;
}

export function threads(count: number) {
  return workerThreadExecutor({ familiesModule: new URL('./thread-families.ts', import.meta.url), threads: count });
}
