import { nameOf } from '../stores/merge-rollups.ts';
import { SummedOutcomes } from './summed-outcomes.ts';

/** One sum for each symbol and model name of a span. An empty symbol stands for all, an empty name for none. */
export class SumsByKey {
  readonly #sums = new Map<
    string,
    { readonly segment: string; readonly modelName: string; readonly sum: SummedOutcomes }
  >();

  of(segment: string, modelName: string): SummedOutcomes {
    const name = nameOf([segment, modelName]);
    let entry = this.#sums.get(name);
    if (entry === undefined) {
      entry = { segment, modelName, sum: new SummedOutcomes() };
      this.#sums.set(name, entry);
    }
    return entry.sum;
  }

  /** Hands a sum over: what is left at the end has no row. */
  take(segment: string, modelName: string): SummedOutcomes | undefined {
    const name = nameOf([segment, modelName]);
    const entry = this.#sums.get(name);
    this.#sums.delete(name);
    return entry?.sum;
  }

  get left() {
    return [...this.#sums.values()];
  }
}
