import {
  boolean,
  categorical,
  defineSpace,
  float,
  type InferParameters,
  int,
  type SearchSpace,
  validateParameters,
  when,
} from '@mlperf/core';
import { expectTypeOf } from 'vitest';

const space = defineSpace({
  depth: int(1, 9),
  rate: float(0, 1),
  criterion: categorical(['gini', 'entropy']),
  width: categorical([16, 32]),
  bootstrap: boolean(),
});

expectTypeOf<InferParameters<typeof space>>().toEqualTypeOf<{
  readonly depth: number;
  readonly rate: number;
  readonly criterion: 'gini' | 'entropy';
  readonly width: 16 | 32;
  readonly bootstrap: boolean;
}>();

const parameters = validateParameters(space, {});
expectTypeOf(parameters.criterion).toEqualTypeOf<'gini' | 'entropy'>();

// @ts-expect-error no such parameter
parameters.leaves;
// @ts-expect-error parameters are read-only
parameters.depth = 3;
// @ts-expect-error a choice must be text, a number or a boolean
categorical([{ name: 'gini' }]);
// @ts-expect-error a dimension comes from a builder
defineSpace({ depth: 3 });
// @ts-expect-error no such choice
({ ...parameters, criterion: 'mse' }) satisfies InferParameters<typeof space>;

const conditionalSpace = defineSpace({
  booster: categorical(['tree', 'linear']),
  ...when('booster', 'tree', { depth: int(1, 9), pruned: boolean() }),
  loss: when('booster', 'linear', categorical(['l1', 'l2'])),
});

expectTypeOf<InferParameters<typeof conditionalSpace>>().toEqualTypeOf<{
  readonly booster: 'tree' | 'linear';
  readonly depth?: number;
  readonly pruned?: boolean;
  readonly loss?: 'l1' | 'l2';
}>();
expectTypeOf<InferParameters<SearchSpace>>().toEqualTypeOf<{
  readonly [parameter: string]: string | number | boolean;
}>();

const conditionalParameters = validateParameters(conditionalSpace, {});
// @ts-expect-error a conditional parameter may be absent
conditionalParameters.depth satisfies number;
// @ts-expect-error a part holds dimensions
when('booster', 'tree', { depth: 3 });
