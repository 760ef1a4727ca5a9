import { createDataset, type Dataset, keyedRandom, randomNormal } from '@mlperf/core';
import { type ChallengeRules, judgeChallenge, type ModelAnswers } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';

const SAMPLES = 2_000;
const rules: ChallengeRules = { costPerTrade: 0, confidenceLevel: 0.95, minimumGain: 0, bootstrapReplicates: 500 };
const classes = ['down', 'up'];

interface World {
  readonly rows: number;
  /** Labels overlap over this many rows. */
  readonly horizon: number;
  readonly championRate: number;
  readonly challengerRate: number;
}

/**
 * Two models whose hits are as dependent in time as labels that overlap make them: a hit is a moving average of
 * `horizon` normals below the quantile of the rate, and the two share half of the variance.
 */
function sample(world: World, seed: string): { rows: Dataset; champion: ModelAnswers; challenger: ModelAnswers } {
  const { rows: count, horizon } = world;
  const shared = movingAverage(seed, 'shared', count, horizon);
  const hits = (rate: number, key: string) => {
    const own = movingAverage(seed, key, count, horizon);
    const threshold = quantile(rate);
    return own.map((x, i) => (Math.SQRT1_2 * (x + shared[i]!) < threshold ? 1 : 0));
  };
  const random = keyedRandom(seed, 'labels');
  const labels = Array.from({ length: count }, () => (random.next() < 0.5 ? 1 : 0));
  const answers = (right: readonly number[]): ModelAnswers => ({
    classes,
    probabilities: Float64Array.from(
      labels.flatMap((label, i) => ((right[i] === 1) === (label === 1) ? [0.3, 0.7] : [0.7, 0.3])),
    ),
  });
  const rows = createDataset({
    features: labels.map((_, i) => [i]),
    featureNames: ['step'],
    targets: labels,
    classes,
    timestamps: labels.map((_, i) => i),
    labelEndsAt: labels.map((_, i) => i + horizon),
  });
  return {
    rows,
    champion: answers(hits(world.championRate, 'champion')),
    challenger: answers(hits(world.challengerRate, 'challenger')),
  };
}

function movingAverage(seed: string, key: string, count: number, horizon: number): number[] {
  const random = keyedRandom(seed, key);
  const noise = Array.from({ length: count + horizon }, () => randomNormal(random));
  return Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < horizon; k++) sum += noise[i + k]!;
    return sum / Math.sqrt(horizon);
  });
}

/** Python 3.11, statistics.NormalDist().inv_cdf. */
const QUANTILES: Readonly<Record<string, number>> = { 0.5: 0, 0.55: 0.12566134685507402, 0.65: 0.38532046640756773 };

function quantile(rate: number): number {
  const z = QUANTILES[rate];
  if (z === undefined) throw new Error(`no quantile for ${rate}`);
  return z;
}

function shareOfWins(world: World): number {
  let wins = 0;
  for (let i = 0; i < SAMPLES; i++) {
    // Other samples than those the default block length was chosen on.
    const seed = `fresh/${JSON.stringify(world)}/${i}`;
    if (judgeChallenge({ ...sample(world, seed), rules, seed }).wins) wins++;
  }
  return wins / SAMPLES;
}

describe('the gate over many samples', () => {
  it.each([
    { rows: 250, horizon: 1 },
    { rows: 250, horizon: 5 },
    { rows: 1_000, horizon: 20 },
  ])('promotes one of two equal models in at most 5 % of samples: $rows rows, labels over $horizon', (shape) => {
    const share = shareOfWins({ ...shape, championRate: 0.55, challengerRate: 0.55 });
    console.log(`equal models, ${shape.rows} rows, horizon ${shape.horizon}: ${share}`);
    // Three standard errors of a share of 5 % over 2,000 samples.
    expect(share).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / SAMPLES));
  });

  it.each([
    { rows: 250, horizon: 1, challengerRate: 0.65, least: 0.5 },
    { rows: 1_000, horizon: 1, challengerRate: 0.65, least: 0.95 },
  ])('promotes a model 10 points better in at least $least of samples of $rows rows', (world) => {
    const share = shareOfWins({ ...world, championRate: 0.55 });
    console.log(`10 points better, ${world.rows} rows: ${share}`);
    expect(share).toBeGreaterThan(world.least);
  });

  // A degraded champion is to go: the shares that the guide and the decision record state for what then replaces it.
  it.each([
    { championRate: 0.6, challengerRate: 0.6, least: 0.13, most: 0.26 },
    { championRate: 0.6, challengerRate: 0.58, least: 0.03, most: 0.11 },
    { championRate: 0.6, challengerRate: 0.55, least: 0, most: 0.02 },
    { championRate: 0.5, challengerRate: 0.6, least: 0.42, most: 0.6 },
    { championRate: 0.5, challengerRate: 0.5, least: 0, most: 0.0225 },
  ])('replaces a degraded champion at $championRate by a challenger at $challengerRate as often as is said', (pair) => {
    const samples = 600;
    const random = keyedRandom('degraded', JSON.stringify([pair.championRate, pair.challengerRate]));
    let wins = 0;
    for (let i = 0; i < samples; i++) {
      const labels = Array.from({ length: 250 }, () => (random.next() < 0.5 ? 1 : 0));
      const answers = (rate: number): ModelAnswers => ({
        classes,
        probabilities: Float64Array.from(
          labels.flatMap((label) => (random.next() < rate === (label === 1) ? [0.3, 0.7] : [0.7, 0.3])),
        ),
      });
      const rows = createDataset({
        features: labels.map((_, row) => [row]),
        featureNames: ['step'],
        targets: labels,
        classes,
        timestamps: labels.map((_, row) => row),
        labelEndsAt: labels.map((_, row) => row + 1),
      });
      const [challenger, champion] = [answers(pair.challengerRate), answers(pair.championRate)];
      if (judgeChallenge({ rows, challenger, champion, degraded: true, rules, seed: `degraded ${i}` }).wins) wins++;
    }
    console.log(`degraded: ${pair.championRate} replaced by ${pair.challengerRate}: ${wins / samples}`);
    expect(wins / samples).toBeGreaterThanOrEqual(pair.least);
    expect(wins / samples).toBeLessThanOrEqual(pair.most);
  });
});
