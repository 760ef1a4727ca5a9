import type { PerformanceStorage } from '@mlperf/core';
import { boolean, categorical, defineSpace, float, int, Study } from '@mlperf/tuning';
import { expectTypeOf } from 'vitest';

declare const storage: PerformanceStorage;

const searchSpace = defineSpace({ x: float(0, 1), n: int(1, 9), kind: categorical(['a', 'b']), on: boolean() });
const study = await Study.open({ storage, studyId: 's', searchSpace, direction: 'minimize', seed: 's' });
const trial = await study.ask();

expectTypeOf(trial.parameters.x).toEqualTypeOf<number>();
expectTypeOf(trial.parameters.kind).toEqualTypeOf<'a' | 'b'>();
expectTypeOf(trial.report(1, 0.5)).toEqualTypeOf<'continue' | 'stop'>();
expectTypeOf(study.best!.params.on).toEqualTypeOf<boolean>();

await study.tell(trial, 0.5);
await study.tell(trial.trialNumber, { state: 'pruned' });
await study.tell(trial, { state: 'failed', reason: new Error('no data') });
// @ts-expect-error a value is a number
await study.tell(trial, '0.5');
// @ts-expect-error a point has every parameter
await study.enqueue({ x: 0.5 });
// @ts-expect-error an objective gives a number
await study.optimize(() => 'cheap', { nTrials: 3 });
// @ts-expect-error a study has a direction
await Study.open({ storage, studyId: 's', searchSpace, seed: 's' });
await study.optimize(({ x, n, kind }, { signal }) => (kind === 'a' && !signal.aborted ? x : n), { nTrials: 3 });
