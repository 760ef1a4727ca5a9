/** Which class a row of probabilities stands for. */
export interface ClassDecision {
  /** Index into the classes. */
  readonly index: number;
  /** Its probability. */
  readonly probability: number;
}

/** Among equals, the side that risks least first. */
const TIE_ORDER: readonly string[] = ['flat', 'up', 'down'];

/**
 * The rule that turns a row of class probabilities into one class, the same in serving and in the gate: the greatest
 * probability wins, or, where classes have thresholds, the greatest ratio of probability to threshold.
 *
 *   decided = argmax_c p_c / t_c,  t_c = 1 without thresholds
 *
 * A tie goes to `flat`, then `up`, then `down`, then to the class that stands first. With two classes and thresholds
 * that sum to 1, a class is decided for when its probability exceeds its threshold.
 *
 * @param classes - In the order of the probability columns, at least one.
 * @param thresholds - One for each class, > 0; only their ratios matter.
 * @returns a function of (probabilities, offset of the row's first column).
 * @see the `cutoff` of Liaw & Wiener (2002), Classification and Regression by randomForest, R News 2/3:18–22
 * @example classDecider(['down', 'up'])([0.5, 0.5], 0); // { index: 1, probability: 0.5 }
 * @example classDecider(['down', 'up'], { down: 0.4, up: 0.6 })([0.45, 0.55], 0); // { index: 0, probability: 0.45 }
 */
export function classDecider(
  classes: readonly string[],
  thresholds?: Readonly<Record<string, number>>,
): (probabilities: ArrayLike<number>, offset: number) => ClassDecision {
  const rank = (index: number) => {
    const at = TIE_ORDER.indexOf(classes[index]!);
    return at < 0 ? TIE_ORDER.length + index : at;
  };
  const threshold = Float64Array.from(classes, (name) => thresholds?.[name] ?? 1);
  const order = Array.from(classes.keys()).sort((a, b) => rank(a) - rank(b));
  return (probabilities, offset) => {
    let index = order[0]!;
    let ratio = probabilities[offset + index]! / threshold[index]!;
    for (const candidate of order) {
      const other = probabilities[offset + candidate]! / threshold[candidate]!;
      if (other > ratio) {
        index = candidate;
        ratio = other;
      }
    }
    return { index, probability: probabilities[offset + index]! };
  };
}
