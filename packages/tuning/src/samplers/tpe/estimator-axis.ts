import { type CategoryValue, type Dimension, stepCount, stepValue } from '@mlperf/core';

/** A range as kernels see it. Values of a row are those of the parameter itself. */
export interface NumericAxis {
  readonly kind: 'numeric';
  readonly name: string;
  /** Kernels live on the logarithm of the values. */
  readonly log: boolean;
  /** 0: every value between. Otherwise a value stands for the cell of this width around it. */
  readonly step: number;
  /** Ends of what kernels are cut to, on their scale; half a step beyond the range. */
  readonly low: number;
  readonly high: number;
  /** The allowed value nearest to one on the kernels' scale. */
  readonly nearest: (position: number) => number;
}

/** A choice; a row holds its index. */
export interface CategoryAxis {
  readonly kind: 'category';
  readonly name: string;
  readonly choices: readonly CategoryValue[];
}

export type EstimatorAxis = NumericAxis | CategoryAxis;

/** The axis of a dimension; `undefined` when it has one value only and nothing to estimate. */
export function axisOf(name: string, dimension: Dimension): EstimatorAxis | undefined {
  if (dimension.type === 'boolean') return { kind: 'category', name, choices: [false, true] };
  if (dimension.type === 'categorical') {
    return dimension.choices.length === 1 ? undefined : { kind: 'category', name, choices: dimension.choices };
  }
  const { type, low, high } = dimension;
  if (low === high) return undefined;
  const log = dimension.log === true;
  const step = dimension.step ?? (type === 'int' ? 1 : 0);
  if (step === 0) {
    const scaled = (value: number) => (log ? Math.log(value) : value);
    const nearest = (position: number) => Math.min(Math.max(log ? Math.exp(position) : position, low), high);
    return { kind: 'numeric', name, log, step, low: scaled(low), high: scaled(high), nearest };
  }
  const count = stepCount(dimension, step);
  const last = stepValue(dimension, step, count - 1);
  const [from, to] = [low - step / 2, last + step / 2];
  return {
    kind: 'numeric',
    name,
    log,
    step,
    low: log ? Math.log(from) : from,
    high: log ? Math.log(to) : to,
    nearest: (position) => {
      const k = Math.round(((log ? Math.exp(position) : position) - low) / step);
      return stepValue(dimension, step, Math.min(Math.max(k, 0), count - 1));
    },
  };
}

/** A parameter's value as a row holds it. */
export function rowValue(axis: EstimatorAxis, value: CategoryValue): number {
  return axis.kind === 'category' ? axis.choices.indexOf(value) : Number(value);
}

/** The value back. */
export function parameterValue(axis: EstimatorAxis, inRow: number): CategoryValue {
  return axis.kind === 'category' ? axis.choices[inRow]! : inRow;
}
