import { activationOrder, parseSpace, type SearchSpace } from '@mlperf/core';
import type { ExperimentSet } from '../experiments/experiment-set.ts';
import type { ChartTrial } from './chart-trials.ts';

/** How the values of one parameter are laid out along an axis. */
export type ParameterAxis =
  | {
      readonly name: string;
      readonly scale: 'linear' | 'log';
      readonly low: number;
      readonly high: number;
      readonly whole: boolean;
    }
  /** Values as {@link categoryText} writes them, in the order of the space. */
  | { readonly name: string; readonly scale: 'category'; readonly values: readonly string[] };

const MOST_INFERRED_CATEGORIES = 24;

/**
 * The parameters of a study's space, with its scales, widened to what the trials have (a study may have been extended);
 * without a study, those that differ between the experiments.
 */
export function parameterAxes({ study }: ExperimentSet, trials: readonly ChartTrial[]): readonly ParameterAxis[] {
  if (study === undefined) return inferredAxes(trials);
  const space = parseSpace(study.searchSpace);
  return activationOrder(space).map((name) => axisOf(space, name, trials));
}

/** The value of a parameter in a trial as its axis places it; absent where it does not exist or does not fit. */
export function axisValue(axis: ParameterAxis, { hyperparameters }: ChartTrial): number | string | undefined {
  const value = Object.hasOwn(hyperparameters, axis.name) ? hyperparameters[axis.name] : undefined;
  if (axis.scale === 'category') return isCategory(value) ? categoryText(value) : undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return axis.scale === 'log' && value <= 0 ? undefined : value;
}

/** Where on the axis a value lies: 0 at its low end, 1 at its high end. */
export function axisPosition(axis: ParameterAxis, value: number | string): number {
  if (axis.scale === 'category') {
    return axis.values.length < 2 ? 0.5 : axis.values.indexOf(String(value)) / (axis.values.length - 1);
  }
  if (axis.low === axis.high) return 0.5;
  const place = axis.scale === 'log' ? Math.log : (x: number) => x;
  return (place(Number(value)) - place(axis.low)) / (place(axis.high) - place(axis.low));
}

function axisOf(space: SearchSpace, name: string, trials: readonly ChartTrial[]): ParameterAxis {
  const dimension = space[name]!;
  if (dimension.type === 'boolean' || dimension.type === 'categorical') {
    const values = dimension.type === 'boolean' ? ['false', 'true'] : dimension.choices.map(categoryText);
    return { name, scale: 'category', values: [...new Set([...values, ...categoriesIn(name, trials)])] };
  }
  const log = dimension.log === true;
  const { low, high } = extent(
    numbersIn(name, trials).filter((value) => !log || value > 0),
    dimension,
  );
  return { name, scale: log ? 'log' : 'linear', low, high, whole: dimension.type === 'int' };
}

function inferredAxes(trials: readonly ChartTrial[]): readonly ParameterAxis[] {
  const names = [...new Set(trials.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))].sort();
  return names.flatMap((name): ParameterAxis[] => {
    const values = trials
      .filter(({ hyperparameters }) => Object.hasOwn(hyperparameters, name))
      .map(({ hyperparameters }) => hyperparameters[name]);
    const different = new Set(values);
    if (different.size < 2) return [];
    if (values.every((value) => typeof value === 'number' && Number.isFinite(value))) {
      const numbers = numbersIn(name, trials);
      const { low, high } = extent(numbers);
      // Nobody said so: three orders of magnitude are read on a logarithm.
      const scale = low > 0 && high / low >= 1_000 ? 'log' : 'linear';
      return [{ name, scale, low, high, whole: numbers.every(Number.isInteger) }];
    }
    if (!values.every(isCategory) || different.size > MOST_INFERRED_CATEGORIES) return [];
    return [{ name, scale: 'category', values: [...new Set(values.map(categoryText))].sort() }];
  });
}

function isCategory(value: unknown): value is string | number | boolean {
  return (
    typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  );
}

function categoryText(value: string | number | boolean): string {
  return String(value);
}

function categoriesIn(name: string, trials: readonly ChartTrial[]): readonly string[] {
  return trials.flatMap(({ hyperparameters }) => {
    const value = Object.hasOwn(hyperparameters, name) ? hyperparameters[name] : undefined;
    return isCategory(value) ? [categoryText(value)] : [];
  });
}

function numbersIn(name: string, trials: readonly ChartTrial[]): readonly number[] {
  return trials.flatMap(({ hyperparameters }) => {
    const value = Object.hasOwn(hyperparameters, name) ? hyperparameters[name] : undefined;
    return typeof value === 'number' && Number.isFinite(value) ? [value] : [];
  });
}

function extent(values: readonly number[], range?: { readonly low: number; readonly high: number }) {
  let low = range?.low ?? Number.POSITIVE_INFINITY;
  let high = range?.high ?? Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}
