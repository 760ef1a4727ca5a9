/** What a strategy's size decides. Names as in Hansen (2016), arXiv 1604.00772, appendix A. */
export interface StrategyConstants {
  readonly dimensions: number;
  /** λ: solutions of a generation. */
  readonly population: number;
  /** μ: those that the mean moves to. */
  readonly parents: number;
  /** μ_eff. */
  readonly effectiveParents: number;
  /** By rank, the best first, shape (λ): the first μ sum to 1, the others are negative. */
  readonly weights: Float64Array;
  readonly sumOfWeights: number;
  /** c_σ, d_σ. */
  readonly stepRate: number;
  readonly stepDamping: number;
  /** c_c, c_1, c_μ. */
  readonly pathRate: number;
  readonly rankOneRate: number;
  readonly rankMuRate: number;
  /** E‖N(0, I)‖. */
  readonly normalLength: number;
}

/** λ = 4 + ⌊3 ln d⌋. */
export function defaultPopulation(dimensions: number): number {
  return 4 + Math.floor(3 * Math.log(dimensions));
}

/**
 * The constants of Hansen's tutorial, table 1, negative weights included.
 * @param dimensions - d ≥ 1.
 * @param population - λ ≥ 4.
 * @see Hansen (2016), The CMA Evolution Strategy: A Tutorial, arXiv 1604.00772, equations 48 to 58
 */
export function strategyConstants(dimensions: number, population: number): StrategyConstants {
  const d = dimensions;
  const parents = Math.floor(population / 2);
  const raw = Float64Array.from({ length: population }, (_, i) => Math.log((population + 1) / 2) - Math.log(i + 1));
  const effective = (values: Float64Array) =>
    values.reduce((sum, w) => sum + w, 0) ** 2 / values.reduce((sum, w) => sum + w * w, 0);
  const effectiveParents = effective(raw.subarray(0, parents));
  const effectiveRest = effective(raw.subarray(parents));
  const rankOneRate = 2 / ((d + 1.3) ** 2 + effectiveParents);
  const rankMuRate = Math.min(
    1 - rankOneRate - 1e-8,
    (2 * (effectiveParents - 2 + 1 / effectiveParents)) / ((d + 2) ** 2 + effectiveParents),
  );
  const negative = Math.min(
    1 + rankOneRate / rankMuRate,
    1 + (2 * effectiveRest) / (effectiveParents + 2),
    (1 - rankOneRate - rankMuRate) / (d * rankMuRate),
  );
  const above = raw.reduce((sum, w) => sum + Math.max(w, 0), 0);
  const below = raw.reduce((sum, w) => sum + Math.max(-w, 0), 0);
  const weights = raw.map((w) => (w >= 0 ? w / above : (negative / below) * w));
  const stepRate = (effectiveParents + 2) / (d + effectiveParents + 5);
  return {
    dimensions,
    population,
    parents,
    effectiveParents,
    weights,
    sumOfWeights: weights.reduce((sum, w) => sum + w, 0),
    stepRate,
    stepDamping: 1 + 2 * Math.max(0, Math.sqrt((effectiveParents - 1) / (d + 1)) - 1) + stepRate,
    pathRate: (4 + effectiveParents / d) / (d + 4 + (2 * effectiveParents) / d),
    rankOneRate,
    rankMuRate,
    normalLength: Math.sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d)),
  };
}
