import { MlperfError, type SearchSpace } from '@mlperf/core';
import { GridSampler } from '../samplers/grid-sampler.ts';
import type { SampledPoint } from '../samplers/sampler.ts';

/** The points of a space that has at most a million of them, in the order of a grid. */
export class FinitePoints {
  readonly #space: SearchSpace;
  #grid: GridSampler<SearchSpace> | 'endless' | undefined;

  constructor(space: SearchSpace) {
    this.#space = space;
  }

  /** The first point that is wanted; `undefined` when there is none, or too many to look. O(points). */
  first(isWanted: (point: SampledPoint) => boolean): SampledPoint | undefined {
    this.#grid ??= gridOf(this.#space);
    if (this.#grid === 'endless') return undefined;
    for (let number = 0; number < this.#grid.size; number++) {
      const point: SampledPoint = this.#grid.suggest({ trialNumber: number });
      if (isWanted(point)) return point;
    }
    return undefined;
  }
}

function gridOf(space: SearchSpace): GridSampler<SearchSpace> | 'endless' {
  try {
    return new GridSampler(space);
  } catch (error) {
    if (MlperfError.is(error) && error.code === 'OUT_OF_RANGE') return 'endless';
    throw error;
  }
}
