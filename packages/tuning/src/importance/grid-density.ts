import { logNormalMass } from '../samplers/tpe/truncated-normal.ts';

/** Of the kernel that stands for not knowing, beside one for each trial. */
const PRIOR_WEIGHT = 1;
/** With a bandwidth of 0.5 / 1.64, 90 % of a kernel stays on its own point. */
const LEAST_BANDWIDTH = 0.5 / 1.64;
/** Of the plug-in rule for a normal density. */
const SCOTT = 1.059;

/**
 * Density over the points of a grid by kernels at the points where trials lie, each as heavy as its trials are many,
 * and a prior kernel.
 *
 *   ordered:   p(x) = Σₖ wₖ · [normal mass of (x − ½, x + ½) about k with bandwidth h, of that of (−½, size − ½)],
 *              h = 1.059 · min(IQR / 1.34, s) · n^(−1/5), at least 0.5 / 1.64 (Scott's rule)
 *   unordered: p(x) = Σₖ wₖ · (1/m + [x = k]) / (1 + size/m), m kernels
 *
 * @param counts - How many trials lie on each point; at least one in all.
 * @returns by point; sums to 1.
 * @remarks O(size²).
 * @see Watanabe, Bansal & Hutter (2023), PED-ANOVA, arXiv:2304.10255; the quantiles and the prior are those of Optuna 5.
 */
export function gridDensity(counts: readonly number[], ordered: boolean): Float64Array {
  const points = counts.flatMap((count, point) => (count > 0 ? [point] : []));
  const weights = points.map((point) => counts[point]!);
  const trials = weights.reduce((sum, weight) => sum + weight, 0);
  const total = trials + PRIOR_WEIGHT;
  const density = new Float64Array(counts.length);
  if (!ordered) {
    const kernels = points.length + 1;
    const share = PRIOR_WEIGHT / kernels;
    const mass = 1 + share * counts.length;
    const spread = ((trials / total) * share) / mass + PRIOR_WEIGHT / total / counts.length;
    for (let x = 0; x < density.length; x++) density[x] = spread + counts[x]! / total / mass;
    return density;
  }
  const bandwidth = Math.max(scottBandwidth(points, weights, trials), LEAST_BANDWIDTH);
  points.forEach((point, k) => {
    addKernel(density, point, bandwidth, weights[k]! / total);
  });
  addKernel(density, (counts.length - 1) / 2, counts.length, PRIOR_WEIGHT / total);
  return density;
}

function addKernel(density: Float64Array, center: number, bandwidth: number, weight: number): void {
  const whole = logNormalMass((-0.5 - center) / bandwidth, (density.length - 0.5 - center) / bandwidth);
  for (let x = 0; x < density.length; x++) {
    const mass = logNormalMass((x - 0.5 - center) / bandwidth, (x + 0.5 - center) / bandwidth);
    density[x]! += weight * Math.exp(mass - whole);
  }
}

function scottBandwidth(points: readonly number[], weights: readonly number[], trials: number): number {
  const mean = points.reduce((sum, point, k) => sum + point * weights[k]!, 0) / trials;
  const squares = points.reduce((sum, point, k) => sum + (point - mean) ** 2 * weights[k]!, 0);
  const deviation = Math.sqrt(squares / Math.max(1, trials - 1));
  const cumulative: number[] = [];
  for (const weight of weights) cumulative.push((cumulative.at(-1) ?? 0) + weight);
  const lower = cumulative.findIndex((sum) => sum >= Math.floor(trials / 4));
  const upper = cumulative.findIndex((sum) => sum > Math.floor((trials * 3) / 4));
  const range = points[upper === -1 ? points.length - 1 : upper]! - points[lower]!;
  return SCOTT * Math.min(range / 1.34, deviation) * trials ** -0.2;
}
