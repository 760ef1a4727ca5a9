import type { UnitCube } from '../unit-cube.ts';
import { fitKernel, initialKernel } from './fit-kernel.ts';
import type { Kernel } from './matern-kernel.ts';
import { observationsOf, sameTrialRow, type TrialRow } from './trial-data.ts';

/** A kernel is fitted anew after one trial in so many, a share of those before it. */
const SHARE = 25;

/**
 * The kernels of a study: fitted to its first c trials for c = the first that are enough, and then every c + max(1, ⌊c/25⌋),
 * each search beginning at the kernel before it and at the kernel that knows nothing.
 *
 * A kernel is so a function of the trials alone. Those found before are kept, and used again where a call has the same
 * first trials.
 */
export class KernelChain {
  readonly #cube: UnitCube;
  #trials: readonly TrialRow[] = [];
  #kernels: { readonly count: number; readonly kernel: Kernel }[] = [];

  constructor(cube: UnitCube) {
    this.#cube = cube;
  }

  /**
   * @param trials - By trial number.
   * @param enough - How many of them the first kernel is fitted to.
   */
  kernelOf(trials: readonly TrialRow[], enough: number): Kernel {
    let same = 0;
    const most = Math.min(trials.length, this.#trials.length);
    while (same < most && sameTrialRow(trials[same]!, this.#trials[same]!)) same++;
    // The kernels of a shorter history are the first of a longer one's.
    if (same < trials.length) {
      this.#kernels = this.#kernels.filter(({ count }) => count <= same);
      this.#trials = trials;
    }
    const initial = initialKernel(this.#cube.axes.length);
    const usable = this.#kernels.filter(({ count }) => count <= trials.length);
    let { count, kernel } = usable.at(-1) ?? { count: 0, kernel: initial };
    for (;;) {
      const next = count === 0 ? enough : count + Math.max(1, Math.floor(count / SHARE));
      if (next > trials.length) return kernel;
      const observations = observationsOf(this.#cube, trials.slice(0, next));
      const starts = count === 0 ? [initial] : [kernel, initial];
      kernel = fitKernel(observations, starts).kernel;
      count = next;
      this.#kernels.push({ count, kernel });
    }
  }
}
