/** As far from 0 and 1 as scikit-learn keeps a probability: 2⁻⁵². */
const LEAST = Number.EPSILON;
const MOST = 1 - Number.EPSILON;

/**
 * Surprise at an event that was given probability p, in nats: −ln p, with p kept in [2⁻⁵², 1 − 2⁻⁵²].
 *
 * Models do give 0 to what then happens; such an event costs 36.04 nats, not infinitely many.
 * @param p - In [0, 1].
 * @example surprise(0.5); // ln 2 = 0.6931471805599453
 */
export function surprise(p: number): number {
  return -Math.log(Math.min(Math.max(p, LEAST), MOST));
}
