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
 * probability wins; a tie goes to `flat`, then `up`, then `down`, then to the class that stands first.
 *
 * @param classes - In the order of the probability columns, at least one.
 * @returns a function of (probabilities, offset of the row's first column).
 * @example classDecider(['down', 'up'])([0.5, 0.5], 0); // { index: 1, probability: 0.5 }
 */
export function classDecider(
  classes: readonly string[],
): (probabilities: ArrayLike<number>, offset: number) => ClassDecision {
  const rank = (index: number) => {
    const at = TIE_ORDER.indexOf(classes[index]!);
    return at < 0 ? TIE_ORDER.length + index : at;
  };
  const order = Array.from(classes.keys()).sort((a, b) => rank(a) - rank(b));
  return (probabilities, offset) => {
    let index = order[0]!;
    let probability = probabilities[offset + index]!;
    for (const candidate of order) {
      if (probabilities[offset + candidate]! > probability) {
        index = candidate;
        probability = probabilities[offset + candidate]!;
      }
    }
    return { index, probability };
  };
}
