import { ManualClock, type PerformanceStorage } from '@mlperf/core';
import { ModelRegistry, type RegisterModelRequest } from '@mlperf/registry';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { ruleFamily, serialized } from './rule-family.ts';

export const NAME = 'BTC-USD/1h/direction';

/** A version to register; the certainty tells one from the other. */
export function aRequest(certainty: number, change: Partial<RegisterModelRequest> = {}): RegisterModelRequest {
  return {
    modelName: NAME,
    model: serialized({ follow: true, certainty, featureNames: ['momentum'] }),
    flatBand: 0.001,
    hyperparameters: { certainty },
    trainingMetrics: { accuracy: certainty },
    dataVersion: 'd'.repeat(64),
    ...change,
  };
}

/** An empty registry on memory, its clock at 1,000. */
export async function aRegistry(): Promise<{
  readonly clock: ManualClock;
  readonly storage: PerformanceStorage;
  readonly registry: ModelRegistry;
}> {
  const clock = new ManualClock(1_000);
  const storage = openMemoryStorage({ clock });
  return { clock, storage, registry: await ModelRegistry.open({ storage, families: [ruleFamily] }) };
}
