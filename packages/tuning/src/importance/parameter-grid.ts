import { type Dimension, InvalidInputError, type JsonValue, stepCount, stepValue } from '@mlperf/core';

/** Ranges are looked at on so many points, or fewer where the parameter has fewer values. */
const MOST_POINTS = 50;

/** The values of a parameter put on points 0, 1, 2 …: the range cut evenly (its logarithm, where it is logarithmic). */
export interface ParameterGrid {
  readonly size: number;
  /** Whether neighbouring points are alike. */
  readonly ordered: boolean;
  /** The point nearest to a value; half-way, the lower one. */
  indexOf(value: JsonValue | undefined): number;
}

/**
 * A logarithmic whole range of n values has ⌈log₂ n⌉ + 1 points, a stepped one a point per step, both at most 50; any
 * other range has 50.
 * @returns `undefined` for a parameter of one value, which decides nothing.
 * @see Optuna 5, `optuna.importance.PedAnovaImportanceEvaluator`, whose grid this is.
 */
export function parameterGrid(name: string, dimension: Dimension): ParameterGrid | undefined {
  if (dimension.type === 'boolean' || dimension.type === 'categorical') {
    const choices: readonly (JsonValue | undefined)[] =
      dimension.type === 'boolean' ? [false, true] : dimension.choices;
    if (choices.length === 1) return undefined;
    return {
      size: choices.length,
      ordered: false,
      indexOf(value) {
        const index = choices.indexOf(value);
        if (index === -1) throw unfit(name, `one of ${choices.join(', ')}`, value);
        return index;
      },
    };
  }
  const { type, low, log = false, step = type === 'int' && !log ? 1 : undefined } = dimension;
  const high = step === undefined ? dimension.high : stepValue(dimension, step, stepCount(dimension, step) - 1);
  if (low === high) return undefined;
  const place = log ? Math.log : (x: number) => x;
  const size = pointsOf(type === 'int' && log, low, high, step);
  const width = (place(high) - place(low)) / (size - 1);
  return {
    size,
    ordered: true,
    indexOf(value) {
      if (typeof value !== 'number' || !Number.isFinite(value) || (log && value <= 0)) {
        throw unfit(name, `a finite number${log ? ' above 0' : ''}`, value);
      }
      const index = Math.ceil((place(value) - place(low)) / width - 0.5);
      return Math.min(Math.max(index, 0), size - 1);
    },
  };
}

function pointsOf(wholeLog: boolean, low: number, high: number, step: number | undefined): number {
  if (wholeLog) return Math.min(Math.ceil(Math.log(high - low + 1) / Math.log(2)) + 1, MOST_POINTS);
  return step === undefined ? MOST_POINTS : Math.min(Math.round((high - low) / step) + 1, MOST_POINTS);
}

function unfit(name: string, wanted: string, value: JsonValue | undefined): InvalidInputError {
  return new InvalidInputError(
    'INVALID_TYPE',
    `parameter '${name}' must be ${wanted} in every trial that has it; got ${JSON.stringify(value)}`,
  );
}
