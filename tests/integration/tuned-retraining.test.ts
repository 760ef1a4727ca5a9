import { createDataset, defineSpace, int, keyedRandom, ManualClock, type TuningRequest } from '@mlperf/core';
import { randomForestFamily } from '@mlperf/models';
import { ModelRegistry, RetrainingManager } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { retrainingTuner } from '@mlperf/tuning';
import { inlineExecutor } from '@mlperf/workers';
import { expect, it } from 'vitest';

const HOUR = 3_600_000;
const modelName = 'SYN/1h/direction';

/** The direction follows the sign of the product of two features four times in five: a tree of depth one sees nothing. */
function market(rows: number) {
  const random = keyedRandom('tuned');
  const features = Array.from({ length: rows }, () => [random.next() - 0.5, random.next() - 0.5]);
  const timestamps = features.map((_, hour) => hour * HOUR);
  return createDataset({
    features,
    featureNames: ['a', 'b'],
    targets: features.map(([a, b]) => (a! * b! > 0 === random.next() < 0.8 ? 1 : 0)),
    classes: ['down', 'up'],
    timestamps,
    labelEndsAt: timestamps.map((at) => at + HOUR),
  });
}

it('a retraining searches hyperparameters, trains with what it found, and starts the next search from there', async () => {
  const rows = 900;
  const clock = new ManualClock(rows * HOUR);
  const storage = openMemoryStorage();
  const families = [randomForestFamily];
  const executor = inlineExecutor({ families });
  const registry = await ModelRegistry.open({ storage, clock });
  const asked: TuningRequest[] = [];
  const real = retrainingTuner({
    families,
    storage,
    executor,
    clock,
    sampler: 'tpe',
    searchSpaces: { 'random-forest': defineSpace({ maxDepth: int(1, 4) }) },
  });
  const tuner: typeof real = {
    tune(request) {
      asked.push(request);
      return real.tune(request);
    },
  };
  const manager = await RetrainingManager.open({
    registry,
    storage,
    executor,
    tuner,
    clock,
    modelName,
    modelType: 'random-forest',
    hyperparameters: { nEstimators: 8, maxDepth: 1 },
    flatBand: 0,
    gather: async () => market(rows),
    config: {
      holdoutRows: 200,
      minTrainingRows: 200,
      bootstrapReplicates: 200,
      tuningTrials: 5,
      trainingWindow: 'all',
    },
    seed: 'tuned',
    checkEveryMs: false,
  });
  expect(await manager.executeRetraining('manual')).toMatchObject({ status: 'promoted' });
  const version = (await registry.getActiveModel(modelName))!;
  // The point given cannot do it; what was not searched stays.
  expect(version.hyperparameters).toMatchObject({ nEstimators: 8, maxDepth: expect.any(Number) });
  expect(version.hyperparameters.maxDepth).toBeGreaterThan(1);
  expect(version.trainingMetrics.accuracy).toBeGreaterThan(0.7);
  const [entry] = (await storage.retrainings.history({ modelName })).items;
  const { studyId } = entry!.evidence!.tuning as { studyId: string };
  expect(entry!.evidence!.tuning).toMatchObject({ completeTrials: expect.any(Number), score: expect.any(Number) });
  expect(version.metadata.lineage).toMatchObject({ studyId });
  expect(await storage.studies.get(studyId)).toMatchObject({ modelType: 'random-forest' });

  clock.advance(1);
  const again = await manager.executeRetraining('manual');
  expect(again).toMatchObject({
    status: 'rejected',
    entry: { evidence: { tuning: { completeTrials: expect.any(Number) } } },
  });
  expect(asked.map(({ warmStartStudies }) => warmStartStudies)).toEqual([[], [studyId]]);
  expect(asked[1]!.enqueue[0]).toEqual(version.hyperparameters);
  await manager.close();
  await executor.close();
});
