import type { UnitCube } from '../unit-cube.ts';
import { fitKernel, initialKernel } from './fit-kernel.ts';
import type { Kernel } from './matern-kernel.ts';
import { observationsOf, sameTrialRow, type TrialRow } from './trial-data.ts';

/** A kernel is fitted anew after one trial in so many, a share of those before it. */
const SHARE = 16;
/** With more trials, a search that begins at what half of them say finds no better end from elsewhere. */
const FEW_TRIALS = 64;

/**
 * The kernels of a study: fitted to its first c trials for c = the first that are enough, and then every
 * c + max(1, ⌊c/16⌋). Each search begins at the kernel that was fitted to at most half as many trials, and with up to
 * 64 trials also at the kernel that knows nothing.
 *
 * A kernel is so a function of the trials alone, and one of n trials takes log₂ n fits, not n. Kernels found before are
 * kept, and used again where a call has the same first trials.
 */
export class KernelChain {
  readonly #cube: UnitCube;
  #trials: readonly TrialRow[] = [];
  readonly #kernels = new Map<number, Kernel>();

  constructor(cube: UnitCube) {
    this.#cube = cube;
  }

  /**
   * @param trials - By trial number.
   * @param enough - How many of them the first kernel is fitted to; at most all.
   */
  kernelOf(trials: readonly TrialRow[], enough: number): Kernel {
    let same = 0;
    const most = Math.min(trials.length, this.#trials.length);
    while (same < most && sameTrialRow(trials[same]!, this.#trials[same]!)) same++;
    // The kernels of a shorter history are among those of a longer one.
    if (same < trials.length) {
      for (const count of this.#kernels.keys()) if (count > same) this.#kernels.delete(count);
      this.#trials = trials;
    }
    return this.#fitted(trials, enough, trials.length);
  }

  /** Of the last count of the series, from `enough` on, that is at most `limit`. */
  #fitted(trials: readonly TrialRow[], enough: number, limit: number): Kernel {
    let count = enough;
    for (let next = count; next <= limit; next += Math.max(1, Math.floor(next / SHARE))) count = next;
    const known = this.#kernels.get(count);
    if (known !== undefined) return known;
    const initial = initialKernel(this.#cube.axes.length);
    const starts = count <= FEW_TRIALS ? [initial] : [];
    if (count >= 2 * enough) starts.unshift(this.#fitted(trials, enough, count >>> 1));
    else if (starts.length === 0) starts.push(initial);
    const { kernel } = fitKernel(observationsOf(this.#cube, trials.slice(0, count)), starts);
    this.#kernels.set(count, kernel);
    return kernel;
  }
}
