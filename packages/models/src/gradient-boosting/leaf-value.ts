/** How leaves are shrunk: L1 and L2 penalties on their values, ≥ 0. */
export interface Regularization {
  readonly regAlpha: number;
  readonly regLambda: number;
}

/**
 * The value that minimises the second-order loss of a leaf,  G·w + ½·(H + λ)·w² + α·|w|:
 *
 *   w = −T(G) / (H + λ),  T(G) = sign(G) · max(0, |G| − α)
 *
 * @param gradients - G, the sum of the first derivatives of the loss. @param hessians - H > 0, of the second.
 * @see Chen & Guestrin (2016), XGBoost, doi:10.1145/2939672.2939785, equation 5 (α as in LightGBM's `lambda_l1`)
 * @example leafValue(-3, 1, { regAlpha: 1, regLambda: 1 }); // 1 = −(−3 + 1) / (1 + 1)
 */
export function leafValue(gradients: number, hessians: number, { regAlpha, regLambda }: Regularization): number {
  const value = -softThreshold(gradients, regAlpha) / (hessians + regLambda);
  // −0 would be another number in the file than 0.
  return value + 0;
}

/**
 * How much a leaf of this value lowers the loss, twice over, as LightGBM counts it; at the best value it is
 * T(G)² / (H + λ).
 *
 *   gain = −(2·T(G)·w + (H + λ)·w²)
 */
export function leafGain(
  gradients: number,
  hessians: number,
  value: number,
  { regAlpha, regLambda }: Regularization,
): number {
  return -(2 * softThreshold(gradients, regAlpha) * value + (hessians + regLambda) * value * value);
}

function softThreshold(gradients: number, alpha: number): number {
  const size = Math.abs(gradients) - alpha;
  if (!(size > 0)) return 0;
  return gradients < 0 ? -size : size;
}
