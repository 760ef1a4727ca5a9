import { ROWS_PER_LOOK } from '../purged-tail.ts';
import type { BoostedTrees } from './boosted-trees.ts';
import type { Objective, WeightedTargets } from './objective.ts';
import { addScores } from './score-rows.ts';
import type { TrainingRows } from './training-data.ts';

/** Scores of rows that are not trained on, kept while the trees grow. */
export class HeldOutScores {
  readonly #objective: Objective;
  readonly #features: TrainingRows['dataset']['features'];
  readonly #data: WeightedTargets;
  readonly #scores: Float64Array;
  #trees = 0;

  constructor(
    dataset: TrainingRows['dataset'],
    weights: Float64Array | undefined,
    objective: Objective,
    initial: Float64Array,
  ) {
    this.#objective = objective;
    this.#features = dataset.features;
    this.#data = { targets: dataset.targets, weights };
    this.#scores = new Float64Array(dataset.features.rows * objective.outputs);
    for (let i = 0; i < this.#scores.length; i++) this.#scores[i] = initial[i % objective.outputs]!;
  }

  /** Takes further trees in: there are `count` by now. @param look - Called every 65,536 walks through a tree. */
  update(trees: BoostedTrees, count: number, look: () => void): void {
    const { outputs } = this.#objective;
    const { values, columns, rows } = this.#features;
    const scoring = { fromTree: this.#trees, toTree: count, outputs, stride: outputs, offset: 0 };
    const stretch = Math.max(1, Math.floor(ROWS_PER_LOOK / Math.max(1, count - this.#trees)));
    for (let from = 0; from < rows; from += stretch) {
      look();
      const to = Math.min(rows, from + stretch);
      const scores = this.#scores.subarray(from * outputs, to * outputs);
      addScores(trees, scoring, values.subarray(from * columns, to * columns), columns, scores);
    }
    this.#trees = count;
  }

  loss(): number {
    return this.#objective.loss(this.#data, this.#scores);
  }

  /** What a pruner is told, the larger the better: accuracy, or the root mean squared error below 0. */
  merit(): number {
    const { outputs, answers } = this.#objective;
    const { targets } = this.#data;
    if (answers === 1) return -Math.sqrt(this.#objective.loss({ targets, weights: undefined }, this.#scores));
    let right = 0;
    for (let row = 0; row < targets.length; row++) {
      const label = outputs === 1 ? (this.#scores[row]! > 0 ? 1 : 0) : largest(this.#scores, row * outputs, outputs);
      if (label === targets[row]) right++;
    }
    return right / targets.length;
  }
}

function largest(values: Float64Array, start: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[start + k]! > values[start + best]!) best = k;
  return best;
}
