import type { JsonObject } from '@mlperf/core';
import type { FittedStep } from './preprocessing-step.ts';

/**
 * Writes `out[i]` from `values[i]` for i = at, at + width, … below length. The loop is the rule's own: a number
 * returned from a function that is not inlined costs memory.
 */
export type ColumnRule = (values: Float64Array, out: Float64Array, at: number, width: number, length: number) => void;

/** What every fitted step that maps values one by one is made of. */
export interface ColumnStepContent {
  readonly kind: string;
  readonly inputNames: readonly string[];
  /** The columns mapped. */
  readonly columns: readonly number[];
  /** What was learned and set, as stored. */
  readonly learned: JsonObject;
  /** The map of the k-th of `columns`; keeps NaN. */
  readonly rule: (k: number) => ColumnRule;
}

/** A step that changes values and neither names nor number of columns. */
export function columnStep({ kind, inputNames, columns, learned, rule }: ColumnStepContent): FittedStep {
  const width = inputNames.length;
  const rules = columns.map((_, k) => rule(k));
  return {
    inputNames,
    featureNames: inputNames,
    sources: Int32Array.from(inputNames, (_, column) => column),
    completes: false,
    transformInto(values, rows, out) {
      const length = rows * width;
      for (let i = 0; i < length; i++) out[i] = values[i]!;
      for (let k = 0; k < rules.length; k++) {
        rules[k]!(values, out, columns[k]!, width, length);
      }
    },
    toJSON: () => ({ kind, formatVersion: 1, featureNames: [...inputNames], columns: [...columns], ...learned }),
  };
}
