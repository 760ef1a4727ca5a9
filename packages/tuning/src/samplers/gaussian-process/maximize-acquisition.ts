import type { RandomSource } from '@mlperf/core';
import { MAX_SOBOL_DIMENSIONS, SobolSequence } from '../sobol/sobol-sequence.ts';
import type { UnitCube } from '../unit-cube.ts';
import { uniform53 } from '../value-at.ts';
import type { LogExpectedImprovement } from './acquisition.ts';
import { minimizeBounded } from './minimize-bounded.ts';

/** Sobol points looked at first. */
const CANDIDATES = 2_048;
/** Searches from good points: the best candidate, the best observation, and others drawn by their improvement. */
const SEARCHES = 10;
/** A step of the search must gain so much of the logarithm. */
const LEAST_GAIN = 1e-4;
const MAX_ROUNDS = 100;
/** Axes with more values are searched by steps that halve. */
const EXHAUSTIVE = 16;

export interface AcquisitionSearch {
  readonly cube: UnitCube;
  readonly acquisition: LogExpectedImprovement;
  /** Rows to begin at beside the candidates. */
  readonly incumbents: readonly Float64Array[];
  /** Whether a row satisfies the constraints of the space. */
  readonly allowed: (row: Float64Array) => boolean;
  /** Whether a row is one already tried; such a one is chosen only when no other is left. */
  readonly tried: (row: Float64Array) => boolean;
  readonly random: RandomSource;
}

/**
 * The row with the largest log expected improvement that is found: of 2,048 scrambled Sobol points, the best, eight
 * drawn by their improvement and the best observation begin a search each, by turns L-BFGS along the continuous
 * axes, in units of their length scales, and neighbours along each of the others, until nothing is gained.
 *
 * @returns `undefined` when no candidate satisfies the constraints.
 */
export function maximizeAcquisition(search: AcquisitionSearch): Float64Array | undefined {
  const { cube, acquisition, incumbents, allowed, tried, random } = search;
  const d = cube.axes.length;
  const candidates = allowedCandidates(search);
  const count = candidates.length / d;
  if (count === 0) return undefined;
  const values = acquisition.valuesAt(candidates);
  const rowAt = (i: number) => candidates.slice(i * d, (i + 1) * d);
  const order = drawnOrder(values, random);
  const starts = [...incumbents.filter(allowed).slice(0, SEARCHES - 1)];
  for (const i of order.slice(0, SEARCHES - starts.length)) starts.push(rowAt(i));
  let best: Float64Array | undefined;
  let bestValue = Number.NEGATIVE_INFINITY;
  const consider = (row: Float64Array, value: number) => {
    if (value <= bestValue || tried(row)) return;
    best = row;
    bestValue = value;
  };
  for (const start of starts) {
    const { row, value } = climb(search, start);
    consider(row, value);
  }
  for (let i = 0; i < count; i++) if (values[i]! > bestValue) consider(rowAt(i), values[i]!);
  return best ?? starts[0];
}

function allowedCandidates({ cube, allowed, random }: AcquisitionSearch): Float64Array {
  const d = cube.axes.length;
  const sobol = new SobolSequence(Math.min(d, MAX_SOBOL_DIMENSIONS), random);
  const rows = new Float64Array(CANDIDATES * d);
  let kept = 0;
  for (let i = 0; i < CANDIDATES; i++) {
    const row = rows.subarray(kept * d, (kept + 1) * d);
    sobol.point(i, row);
    // Beyond the dimensions Sobol points have, numbers are as random as the scramble.
    for (let a = MAX_SOBOL_DIMENSIONS; a < d; a++) row[a] = uniform53(random);
    cube.snapShares(row);
    if (allowed(row)) kept++;
  }
  return rows.subarray(0, kept * d);
}

/** The best first; then a draw without replacement, each with a chance proportional to e^value (Gumbel's trick). */
function drawnOrder(values: Float64Array, random: RandomSource): readonly number[] {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  const keys = values.map((value) => value - Math.log(-Math.log(Math.max(uniform53(random), 2 ** -53))));
  const others = Array.from(values.keys()).filter((i) => i !== best);
  return [best, ...others.sort((i, j) => keys[j]! - keys[i]! || i - j)];
}

interface Climbed {
  readonly row: Float64Array;
  readonly value: number;
}

function climb(search: AcquisitionSearch, start: Float64Array): Climbed {
  const { cube, acquisition } = search;
  let at: Climbed = { row: start, value: acquisition.valueAt(start) };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = at.value;
    at = alongContinuous(search, at);
    for (const [a, axis] of cube.axes.entries()) {
      if (axis.kind === 'continuous' || !cube.isActive(at.row, a)) continue;
      at = axis.kind === 'category' || axis.count <= EXHAUSTIVE ? amongAll(search, at, a) : amongSteps(search, at, a);
    }
    const discrete = cube.axes.some((axis) => axis.kind !== 'continuous');
    if (!discrete || at.value - before < LEAST_GAIN) break;
  }
  return at;
}

function alongContinuous({ cube, acquisition, allowed }: AcquisitionSearch, from: Climbed): Climbed {
  const { inverseSquares } = acquisition.posterior.kernel;
  const free = [...cube.axes.keys()].filter((a) => cube.axes[a]!.kind === 'continuous' && cube.isActive(from.row, a));
  if (free.length === 0) return from;
  const scales = Float64Array.from(free, (a) => 1 / Math.sqrt(inverseSquares[a]!));
  const row = from.row.slice();
  const full = new Float64Array(row.length);
  const { point } = minimizeBounded({
    evaluate: (z, gradient) => {
      for (const [f, a] of free.entries()) row[a] = Math.min(Math.max(z[f]! * scales[f]!, 0), 1);
      const value = acquisition.valueAndGradientAt(row, full);
      for (const [f, a] of free.entries()) gradient[f] = -full[a]! * scales[f]!;
      return -value;
    },
    start: Float64Array.from(free, (a, f) => from.row[a]! / scales[f]!),
    lower: new Float64Array(free.length),
    upper: scales.map((scale) => 1 / scale),
    gradientTolerance: 1e-2,
    gainTolerance: 1e-6,
    maxIterations: 100,
  });
  // Where the constraints forbid the end, the last allowed place on the straight way there.
  for (let share = 1; share > 1e-3; share *= 0.5) {
    const to = from.row.slice();
    for (const [f, a] of free.entries()) {
      const end = Math.min(Math.max(point[f]! * scales[f]!, 0), 1);
      to[a] = share === 1 ? end : from.row[a]! + share * (end - from.row[a]!);
    }
    if (!allowed(to)) continue;
    const value = acquisition.valueAt(to);
    return value > from.value ? { row: to, value } : from;
  }
  return from;
}

function moved({ cube, acquisition, allowed }: AcquisitionSearch, from: Climbed, a: number, level: number): Climbed {
  const row = from.row.slice();
  row[a] = cube.axes[a]!.levelAt(level);
  cube.settle(row);
  if (!allowed(row)) return from;
  const value = acquisition.valueAt(row);
  return value > from.value ? { row, value } : from;
}

function amongAll(search: AcquisitionSearch, from: Climbed, a: number): Climbed {
  const { count, nearestLevel } = search.cube.axes[a]!;
  const here = nearestLevel(from.row[a]!);
  let best = from;
  for (let k = 0; k < count; k++) if (k !== here) best = better(best, moved(search, from, a, k));
  return best;
}

/** Steps of a quarter of the range, halved whenever neither direction gains, down to the next value. */
function amongSteps(search: AcquisitionSearch, from: Climbed, a: number): Climbed {
  const { count, nearestLevel } = search.cube.axes[a]!;
  let best = from;
  for (let step = Math.max(count >>> 2, 1); step >= 1; ) {
    const here = nearestLevel(best.row[a]!);
    const up = here + step < count ? moved(search, best, a, here + step) : best;
    const down = here >= step ? moved(search, best, a, here - step) : best;
    const next = better(up, down);
    if (next.value > best.value) best = next;
    else step >>>= 1;
  }
  return best;
}

function better(one: Climbed, other: Climbed): Climbed {
  return other.value > one.value ? other : one;
}
