import type { GrownTree } from './grow-tree.ts';
import type { Objective } from './objective.ts';

/** A tree may change odds by this power of e at most: no product of two such changes is 0 · ∞. */
const LARGEST_POWER = 200;

/** What boosting keeps of the scores of its training rows, (rows × outputs), row-major; see {@link Objective.keeps}. */
export class TrainingScores {
  readonly kept: Float64Array;
  readonly #objective: Objective;

  constructor(rows: number, objective: Objective, initial: Float64Array) {
    const { outputs, keeps } = objective;
    this.#objective = objective;
    this.kept = new Float64Array(rows * outputs);
    const first = keeps === 'odds' ? initial.map((score) => Math.exp(-score)) : initial;
    for (let i = 0; i < this.kept.length; i++) this.kept[i] = first[i % outputs]!;
  }

  /** Takes a tree in for the rows it was grown on. */
  addTree({ leaves, order }: GrownTree, output: number): void {
    const { outputs, keeps } = this.#objective;
    const kept = this.kept;
    for (const { from, to, value } of leaves) {
      if (keeps === 'odds') {
        const factor = changeOfOdds(value);
        for (let i = from; i < to; i++) {
          const at = order[i]! * outputs + output;
          kept[at] = kept[at]! * factor;
        }
      } else {
        for (let i = from; i < to; i++) {
          const at = order[i]! * outputs + output;
          kept[at] = kept[at]! + value;
        }
      }
    }
  }

  /** Takes the value of a leaf in for one row. */
  addValue(row: number, output: number, value: number): void {
    const at = row * this.#objective.outputs + output;
    const before = this.kept[at]!;
    this.kept[at] = this.#objective.keeps === 'odds' ? before * changeOfOdds(value) : before + value;
  }
}

function changeOfOdds(value: number): number {
  return Math.exp(-Math.min(LARGEST_POWER, Math.max(-LARGEST_POWER, value)));
}
