/** The most or the least a figure may be, in its own unit, bounds included. */
export interface Budget {
  readonly max?: number;
  readonly min?: number;
}

/** One measured number. */
export interface MeasuredFigure {
  readonly name: string;
  readonly value: number;
  /** Such as `µs`, `1/s`, `ms`, `×` (a ratio). */
  readonly unit: string;
  readonly budget?: Budget;
}

/** A number that could not be measured here. Neither passed nor failed. */
export interface SkippedFigure {
  readonly name: string;
  readonly unit: string;
  readonly budget?: Budget;
  readonly skipped: string;
}

export type Figure = MeasuredFigure | SkippedFigure;

/** What a benchmark calls for each number it has. */
export type Report = (figure: Figure) => void;

export interface BenchmarkOptions {
  /** A fraction of the work, for a check that the benchmark runs and its results are right. */
  readonly quick: boolean;
}

/** What a file tests/bench/<name>.ts exports. A wrong result is thrown; a slow one is only reported. */
export interface Benchmark {
  readonly name: string;
  run(report: Report, options: BenchmarkOptions): Promise<void>;
}

/** Whether a figure keeps its budget; `undefined` without a budget or a value. */
export function keepsBudget(figure: Figure): boolean | undefined {
  if ('skipped' in figure || figure.budget === undefined) return undefined;
  const { max = Number.POSITIVE_INFINITY, min = Number.NEGATIVE_INFINITY } = figure.budget;
  return figure.value <= max && figure.value >= min;
}

/** @throws when a figure is not a number, has no name or unit, or a budget that says nothing. */
export function requireFigure(figure: Figure): void {
  if (figure.name === '' || figure.unit === '') throw new Error('a figure must have a name and a unit');
  if (!('skipped' in figure) && !Number.isFinite(figure.value)) {
    throw new Error(`${figure.name} must be a finite number; got ${figure.value}`);
  }
  if ('skipped' in figure && figure.skipped === '') throw new Error(`${figure.name} is skipped without a reason`);
  if (figure.budget !== undefined && figure.budget.max === undefined && figure.budget.min === undefined) {
    throw new Error(`the budget of ${figure.name} must have a max or a min`);
  }
}

/** One line for machines: `{"name","value","unit","budget","ok"}`, and `reason` when skipped. */
export function figureAsJson(figure: Figure): string {
  return JSON.stringify({
    name: figure.name,
    value: 'skipped' in figure ? null : figure.value,
    unit: figure.unit,
    budget: figure.budget ?? null,
    ok: keepsBudget(figure) ?? null,
    ...('skipped' in figure ? { reason: figure.skipped } : {}),
  });
}
