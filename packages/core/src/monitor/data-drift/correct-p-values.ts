import { InvalidInputError } from '../../errors.ts';

/**
 * How p-values of several tests are made to hold together, whatever their dependence for Holm.
 * - `holm`: the chance of even one false finding stays below the level.
 * - `benjamini-hochberg`: the expected share of false ones among the findings stays below it, for independent or
 *   positively dependent tests.
 */
export type PValueCorrection = 'holm' | 'benjamini-hochberg';

/**
 * P-values corrected for their number, comparable with the level itself.
 *
 *   holm:                 p̃₍ᵢ₎ = max_{j ≤ i} min(1, (k − j + 1) · p₍ⱼ₎)
 *   benjamini-hochberg:   p̃₍ᵢ₎ = min_{j ≥ i} min(1, (k / j) · p₍ⱼ₎)          p₍₁₎ ≤ p₍₂₎ ≤ … of k tests
 *
 * @param pValues - Shape (k), each in [0, 1].
 * @returns Corrected values in the order given.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` | `INVALID_TYPE`.
 * @remarks O(k log k).
 * @see Holm (1979), Scandinavian Journal of Statistics 6:65–70; Benjamini & Hochberg (1995), JRSS B 57:289–300,
 * doi:10.1111/j.2517-6161.1995.tb02031.x
 * @example correctPValues([0.01, 0.04, 0.03], 'holm'); // [3 · 0.01, 0.06, 2 · 0.03]
 */
export function correctPValues(pValues: readonly number[], correction: PValueCorrection): number[] {
  if (correction !== 'holm' && correction !== 'benjamini-hochberg') {
    throw new InvalidInputError(
      'INVALID_TYPE',
      `correction must be holm or benjamini-hochberg; got ${String(correction)}`,
    );
  }
  const k = pValues.length;
  pValues.forEach((p, i) => {
    if (!(p >= 0 && p <= 1)) throw new InvalidInputError('OUT_OF_RANGE', `pValues[${i}] must be in [0, 1]; got ${p}`);
  });
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = new Array<number>(k).fill(1);
  if (correction === 'holm') {
    let running = 0;
    order.forEach((at, rank) => {
      running = Math.max(running, Math.min(1, (k - rank) * pValues[at]!));
      corrected[at] = running;
    });
    return corrected;
  }
  let running = 1;
  for (let rank = k - 1; rank >= 0; rank--) {
    const at = order[rank]!;
    running = Math.min(running, (k / (rank + 1)) * pValues[at]!);
    corrected[at] = running;
  }
  return corrected;
}
