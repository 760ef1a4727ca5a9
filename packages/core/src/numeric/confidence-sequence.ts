import { InvalidInputError } from '../errors.ts';
import { logGamma } from './log-gamma.ts';
import type { ProportionInterval } from './wilson-interval.ts';

/** Of the Beta(½, ½) mixture: no rate is favoured, and rates near 0 and 1 are not forgotten. */
const PRIOR = 0.5;

/** Ten or so suffice, unless an end is at 1e-300. */
const MOST_STEPS = 200;

/**
 * Log-odds bets of the running-mean sequence: from 4 down to 0.004, halving every second step, to both sides. The
 * weight of step k is in proportion to 1/(k + 2)²: smaller bets decide later, when a weight costs less.
 */
const BETS = betsOf(Array.from({ length: 21 }, (_, k) => 4 * 2 ** (-k / 2)));

/**
 * Confidence sequence for a constant rate: intervals that all hold at once, with the stated confidence, however often
 * and whenever one looks.
 *
 *   { p : B(½ + k, ½ + n − k) / B(½, ½)  <  p^k · (1 − p)^(n − k) / α },  α = 1 − confidence
 *
 * The left side over p^k (1 − p)^(n − k) is a martingale that starts at 1 when each trial, given those before, succeeds
 * with probability p; by Ville's inequality it ever reaches 1/α with probability at most α.
 *
 * @param successes - k, a whole number from 0 to n. @param n - Trials, a whole number ≥ 0.
 * @param confidence - Two-sided level in (0, 1), such as 0.95, over all times together.
 * @returns The interval after n trials, [0, 1] for n = 0.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(1): some 20 evaluations.
 * @see Robbins (1970), Annals of Mathematical Statistics 41:1397–1409, doi:10.1214/aoms/1177696786;
 * Howard, Ramdas, McAuliffe & Sekhon (2021), Annals of Statistics 49:1055–1080, doi:10.1214/20-AOS1991
 * @example rateConfidenceSequence(60, 100, 0.95); // { lower: 0.4343…, upper: 0.7514… }
 */
export function rateConfidenceSequence(successes: number, n: number, confidence: number): ProportionInterval {
  requireTrials(successes, n, confidence);
  const mixture = logBeta(PRIOR + successes, PRIOR + n - successes) - logBeta(PRIOR, PRIOR);
  const failures = n - successes;
  return intervalWhere(successes, n, confidence, (p) => mixture - logPower(p, successes) - logPower(1 - p, failures));
}

/**
 * Confidence sequence for a running mean: as {@link rateConfidenceSequence}, for the mean of success probabilities that
 * may change from trial to trial, each given the past.
 *
 *   { p : Σ_λ w_λ · (q_λ/p)^k · ((1 − q_λ)/(1 − p))^(n − k)  <  1/α },  logit q_λ = logit p + λ,  Σ w_λ = 1
 *
 * Each term is exp(λk − n·log(1 − p + p·e^λ)). The logarithm is concave in p, so with p the mean of probabilities p₁ … pₙ
 * the term is at most exp(Σ (λxᵢ − log(1 − pᵢ + pᵢ·e^λ))), a martingale that starts at 1. Hence the coverage.
 *
 * @param successes - k. @param n - Trials. @param confidence - As for {@link rateConfidenceSequence}.
 * @returns The interval after n trials; somewhat wider than for a constant rate.
 * @throws {@link InvalidInputError} `OUT_OF_RANGE`.
 * @remarks O(1): some 20 evaluations of 42 bets.
 * @see Waudby-Smith & Ramdas (2024), JRSS B 86:1–27, doi:10.1093/jrsssb/qkad009, for betting and means that change
 * @example runningMeanConfidenceSequence(60, 100, 0.95); // { lower: 0.4231…, upper: 0.7607… }
 */
export function runningMeanConfidenceSequence(successes: number, n: number, confidence: number): ProportionInterval {
  requireTrials(successes, n, confidence);
  return intervalWhere(successes, n, confidence, (p) => {
    let largest = Number.NEGATIVE_INFINITY;
    const logs = BETS.map(({ shift, gain, logWeight }) => {
      const log = logWeight + shift * successes - n * Math.log1p(p * gain);
      largest = Math.max(largest, log);
      return log;
    });
    return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
  });
}

/** Where the log of a wealth that is least near k/n, and grows to both sides, stays below log(1/α). */
function intervalWhere(
  successes: number,
  n: number,
  confidence: number,
  logWealth: (p: number) => number,
): ProportionInterval {
  if (n === 0) return { lower: 0, upper: 1 };
  const limit = -Math.log1p(-confidence);
  const excess = (p: number) => logWealth(p) - limit;
  const centre = successes / n;
  return {
    lower: successes === 0 ? 0 : borderBetween(0, centre, excess),
    upper: successes === n ? 1 : borderBetween(1, centre, excess),
  };
}

/**
 * Where `excess` crosses zero between `outside` and `inside`, where it is negative; `outside` if it is so there too.
 * Regula falsi with the Illinois rule, by halves as long as the outer value is infinite.
 */
function borderBetween(outside: number, inside: number, excess: (p: number) => number): number {
  let out = { p: outside, excess: excess(outside) };
  let within = { p: inside, excess: excess(inside) };
  if (out.excess <= 0) return outside;
  let moved: 'out' | 'within' | undefined;
  for (let step = 0; step < MOST_STEPS; step++) {
    const share = Number.isFinite(out.excess) ? within.excess / (within.excess - out.excess) : 0.5;
    const p = within.p + share * (out.p - within.p);
    const next = { p, excess: excess(p) };
    if (p === out.p || p === within.p || Math.abs(next.excess) < 1e-13) return p;
    if (next.excess > 0) {
      if (moved === 'out') within = { ...within, excess: within.excess / 2 };
      out = next;
      moved = 'out';
    } else {
      if (moved === 'within') out = { ...out, excess: out.excess / 2 };
      within = next;
      moved = 'within';
    }
  }
  return out.p;
}

interface Bet {
  readonly shift: number;
  /** e^shift − 1. */
  readonly gain: number;
  readonly logWeight: number;
}

function betsOf(sizes: readonly number[]): readonly Bet[] {
  const total = sizes.reduce((sum, _, k) => sum + 2 / (k + 2) ** 2, 0);
  return sizes.flatMap((size, k) => {
    const logWeight = -2 * Math.log(k + 2) - Math.log(total);
    return [size, -size].map((shift) => ({ shift, gain: Math.expm1(shift), logWeight }));
  });
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** log(p^k), with 0⁰ = 1. */
function logPower(p: number, k: number): number {
  return k === 0 ? 0 : k * Math.log(p);
}

function requireTrials(successes: number, n: number, confidence: number): void {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new InvalidInputError('OUT_OF_RANGE', `n must be a whole number of at least 0; got ${n}`);
  }
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > n) {
    throw new InvalidInputError('OUT_OF_RANGE', `successes must be a whole number from 0 to ${n}; got ${successes}`);
  }
  if (!(confidence > 0 && confidence < 1)) {
    throw new InvalidInputError('OUT_OF_RANGE', `confidence must lie strictly between 0 and 1; got ${confidence}`);
  }
}
