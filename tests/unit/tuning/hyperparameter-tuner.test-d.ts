import type { JsonValue, ModelFamily, PerformanceStorage } from '@mlperf/core';
import { categorical, defineSpace, HyperparameterTuner, int } from '@mlperf/tuning';
import { expectTypeOf } from 'vitest';
import type { StumpFamily } from './a-family.ts';

declare const family: ModelFamily;
declare const typedFamily: StumpFamily;
declare const storage: PerformanceStorage;

const searchSpace = defineSpace({ depth: int(1, 9), criterion: categorical(['gini', 'entropy']) });
const tuner = new HyperparameterTuner({ family, searchSpace, storage, seed: 's', baseParams: { trees: 50 } });
const best = tuner.bestParams!;

expectTypeOf(best.depth).toEqualTypeOf<number>();
expectTypeOf(best.criterion).toEqualTypeOf<'gini' | 'entropy'>();
// A fixed parameter is there, as plain data.
expectTypeOf(best.trees).toEqualTypeOf<JsonValue | undefined>();

// @ts-expect-error hyperparameters are read-only
best.depth = 3;
// @ts-expect-error storage is needed
new HyperparameterTuner({ family, searchSpace, seed: 's' });
// @ts-expect-error a search has no field of that name
const _search: Parameters<typeof tuner.randomSearch>[1] = { nTrails: 5 };

// Without a space of its own, the space of the family.
const ofFamily = new HyperparameterTuner({ family: typedFamily, storage, seed: 's' });
expectTypeOf(ofFamily.bestParams!.inverted).toEqualTypeOf<boolean>();
expectTypeOf(ofFamily.getSearchSpaceConfig().column.high).toEqualTypeOf<number>();
