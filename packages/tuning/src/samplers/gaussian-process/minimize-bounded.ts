import { dot } from './lower-triangle.ts';

export interface BoundedProblem {
  /** The value at x; writes the gradient. +∞ where it is not defined: the search turns back. Finite at `start`. */
  readonly evaluate: (x: Float64Array, gradient: Float64Array) => number;
  /** Within the bounds. */
  readonly start: Float64Array;
  /** Absent: unbounded. */
  readonly lower?: Float64Array;
  readonly upper?: Float64Array;
  /** Stops when no coordinate of the projected gradient is larger. */
  readonly gradientTolerance: number;
  /** Stops when a step gains less, relative to the value or 1. Default 1e-9. */
  readonly gainTolerance?: number;
  readonly maxIterations: number;
}

export interface BoundedMinimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

/** Steps remembered. */
const MEMORY = 10;
/** Share of the gain that the gradient promises which a step must bring (Armijo). */
const SUFFICIENT = 1e-4;
const MAX_BACKTRACKS = 20;

/**
 * A local minimum within bounds: L-BFGS over the coordinates that no bound holds, each step cut to the bounds and
 * shortened until it gains enough.
 *
 * @remarks Memory 10 steps. Deterministic; `start` is not modified.
 * @see Liu & Nocedal (1989), Mathematical Programming 45:503–528; Bertsekas (1982), SIAM J. Control 20:221–246
 * @example
 * minimizeBounded({ evaluate: (x, g) => { g[0] = 2 * x[0]!; return x[0]! ** 2; }, start: Float64Array.of(3),
 *   lower: Float64Array.of(1), upper: Float64Array.of(4), gradientTolerance: 1e-6, maxIterations: 50 }).point; // [1]
 */
export function minimizeBounded(problem: BoundedProblem): BoundedMinimum {
  const { evaluate, lower, upper, gradientTolerance, gainTolerance = 1e-9, maxIterations } = problem;
  const n = problem.start.length;
  let x = problem.start.slice();
  let gradient = new Float64Array(n);
  let value = evaluate(x, gradient);
  let next = new Float64Array(n);
  let nextGradient = new Float64Array(n);
  const memory = new StepMemory(n);
  const direction = new Float64Array(n);
  const free = new Uint8Array(n);
  let iterations = 0;
  for (; iterations < maxIterations; iterations++) {
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const g = gradient[i]!;
      const held = (g > 0 && x[i]! <= (lower?.[i] ?? -Infinity)) || (g < 0 && x[i]! >= (upper?.[i] ?? Infinity));
      free[i] = held ? 0 : 1;
      if (!held) largest = Math.max(largest, Math.abs(clip(x[i]! - g, lower?.[i], upper?.[i]) - x[i]!));
    }
    if (!(largest > gradientTolerance)) break;
    memory.descent(gradient, free, direction);
    let step = memory.size === 0 ? Math.min(1, 1 / Math.sqrt(dot(direction, 0, direction, 0, n))) : 1;
    let accepted = false;
    let nextValue = value;
    for (let attempt = 0; attempt < MAX_BACKTRACKS; attempt++) {
      let slope = 0;
      for (let i = 0; i < n; i++) {
        next[i] = clip(x[i]! + step * direction[i]!, lower?.[i], upper?.[i]);
        slope += gradient[i]! * (next[i]! - x[i]!);
      }
      nextValue = evaluate(next, nextGradient);
      if (slope < 0 && nextValue <= value + SUFFICIENT * slope) {
        accepted = true;
        break;
      }
      // The minimum of the parabola through what is known, within a tenth and a half of the step.
      const parabola = (-0.5 * slope) / (nextValue - value - slope);
      step *= Number.isFinite(parabola) ? Math.min(Math.max(parabola, 0.1), 0.5) : 0.1;
    }
    if (!accepted) {
      if (memory.size === 0) break;
      memory.clear();
      continue;
    }
    memory.add(x, next, gradient, nextGradient);
    const gain = value - nextValue;
    [x, next, gradient, nextGradient, value] = [next, x, nextGradient, gradient, nextValue];
    if (gain <= gainTolerance * Math.max(Math.abs(value), 1)) {
      iterations++;
      break;
    }
  }
  return { point: x, value, iterations };
}

function clip(value: number, low = -Infinity, high = Infinity): number {
  return Math.min(Math.max(value, low), high);
}

/** The last steps and how the gradient changed over them, newest last. */
class StepMemory {
  readonly #n: number;
  #steps: Float64Array[] = [];
  #changes: Float64Array[] = [];
  readonly #shares = new Float64Array(MEMORY);

  constructor(n: number) {
    this.#n = n;
  }

  get size(): number {
    return this.#steps.length;
  }

  clear(): void {
    this.#steps = [];
    this.#changes = [];
  }

  add(from: Float64Array, to: Float64Array, gradientFrom: Float64Array, gradientTo: Float64Array): void {
    const step = to.map((each, i) => each - from[i]!);
    const change = gradientTo.map((each, i) => each - gradientFrom[i]!);
    // A step along which the slope did not rise says nothing about a minimum.
    if (dot(step, 0, change, 0, this.#n) <= 2.2e-16 * dot(change, 0, change, 0, this.#n)) return;
    this.#steps.push(step);
    this.#changes.push(change);
    if (this.#steps.length > MEMORY) {
      this.#steps.shift();
      this.#changes.shift();
    }
  }

  /** Writes −H·gradient over the free coordinates, 0 elsewhere; always downhill. */
  descent(gradient: Float64Array, free: Uint8Array, direction: Float64Array): void {
    for (let i = 0; i < gradient.length; i++) direction[i] = free[i] === 1 ? -gradient[i]! : 0;
    let scale = 1;
    const curvatures: number[] = [];
    for (let k = 0; k < this.size; k++) curvatures[k] = freeDot(this.#steps[k]!, this.#changes[k]!, free);
    for (let k = this.size - 1; k >= 0; k--) {
      this.#shares[k] = 0;
      if (!(curvatures[k]! > 0)) continue;
      const share = freeDot(this.#steps[k]!, direction, free) / curvatures[k]!;
      this.#shares[k] = share;
      for (let i = 0; i < direction.length; i++) if (free[i] === 1) direction[i]! -= share * this.#changes[k]![i]!;
    }
    for (let k = this.size - 1; k >= 0; k--) {
      const square = freeDot(this.#changes[k]!, this.#changes[k]!, free);
      if (!(curvatures[k]! > 0) || !(square > 0)) continue;
      scale = curvatures[k]! / square;
      break;
    }
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
    for (let k = 0; k < this.size; k++) {
      if (!(curvatures[k]! > 0)) continue;
      const back = this.#shares[k]! - freeDot(this.#changes[k]!, direction, free) / curvatures[k]!;
      for (let i = 0; i < direction.length; i++) if (free[i] === 1) direction[i]! += back * this.#steps[k]![i]!;
    }
    if (freeDot(direction, gradient, free) < 0) return;
    this.clear();
    for (let i = 0; i < gradient.length; i++) direction[i] = free[i] === 1 ? -gradient[i]! : 0;
  }
}

function freeDot(a: Float64Array, b: Float64Array, free: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (free[i] === 1) sum += a[i]! * b[i]!;
  return sum;
}
