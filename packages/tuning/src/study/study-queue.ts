import { canonicalJson } from '@mlperf/core';
import type { SampledPoint } from '../samplers/sampler.ts';

/** Points that a study was asked to evaluate, each with the number of the trial that does. */
export class StudyQueue {
  readonly #points = new Map<number, SampledPoint>();
  readonly #held = new Set<string>();

  /** Known from storage, or given to the next trials in order. A point that is held already keeps its number. */
  set(trialNumber: number, point: SampledPoint): void {
    this.#points.set(trialNumber, point);
    this.#held.add(canonicalJson(point));
  }

  /** @param isFree - Whether no trial of that number was begun. */
  add(point: SampledPoint, isFree: (trialNumber: number) => boolean): void {
    if (this.#held.has(canonicalJson(point))) return;
    let trialNumber = 0;
    while (this.#points.has(trialNumber) || !isFree(trialNumber)) trialNumber++;
    this.set(trialNumber, point);
  }

  get size(): number {
    return this.#points.size;
  }

  at(trialNumber: number): SampledPoint | undefined {
    return this.#points.get(trialNumber);
  }

  below(trialNumber: number): number {
    let count = 0;
    for (const number of this.#points.keys()) if (number < trialNumber) count++;
    return count;
  }
}
