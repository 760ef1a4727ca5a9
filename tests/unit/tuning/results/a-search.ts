import { type Dataset, ManualClock, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { HyperparameterTuner, PurgedWalkForward, type TunerOptionsOfFamily } from '@mlperf/tuning';
import { type StumpFamily, stumpFamily, type stumpSpace } from '../a-family.ts';

type Options = Partial<TunerOptionsOfFamily<typeof stumpSpace>>;

/** A tuner of stumps on a store and a clock of its own. */
export function aSearch(options: Options = {}): {
  readonly tuner: HyperparameterTuner<typeof stumpSpace>;
  readonly storage: Pick<PerformanceStorage, 'studies' | 'trials' | 'artifacts'>;
  readonly family: StumpFamily;
} {
  const clock = new ManualClock(1_000_000);
  const family = stumpFamily();
  const storage = options.storage ?? openMemoryStorage({ clock });
  const tuner = new HyperparameterTuner({
    family,
    splitter: new PurgedWalkForward({ nSplits: 4 }),
    seed: 'results',
    clock,
    ...options,
    storage,
  });
  return { tuner, storage, family };
}

/** What a stump says, by hand: the probability of `up` in a row. */
export function stumpAnswer(data: Dataset, row: number, params: Readonly<Record<string, unknown>>): number {
  const value = data.features.values[row * data.features.columns + Number(params.column)]!;
  return value > Number(params.threshold) !== params.inverted ? 0.75 : 0.25;
}
