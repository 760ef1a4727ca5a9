import { InvalidInputError } from '@mlperf/core';
import type { Pruner } from './pruner.ts';

/** @throws {@link InvalidInputError} `INVALID_TYPE` for what cannot decide, or says nothing of itself to store. */
export function requirePruner(pruner: Pruner): Pruner {
  const { name, settings, shouldPrune }: { readonly [K in keyof Pruner]?: unknown } = pruner ?? {};
  if (
    typeof name === 'string' &&
    typeof settings === 'object' &&
    settings !== null &&
    typeof shouldPrune === 'function'
  ) {
    return pruner;
  }
  throw new InvalidInputError(
    'INVALID_TYPE',
    `pruner must have a name, settings and shouldPrune; got ${typeof name}, ${typeof settings} and ${typeof shouldPrune}`,
  );
}
