import { createDataset, type Dataset, keyedRandom, randomNormal } from '@mlperf/core';
import { type BudgetSpent, errorBudget, judgeChallenge, type ModelAnswers } from '@mlperf/registry';
import { describe, expect, it } from 'vitest';
import { WatchedGain } from '../../../../../packages/registry/src/retraining/gate/watched-gain.ts';

const DAY = 86_400_000;
const STREAMS = 2_000;
const ROWS = 1_500;

/**
 * Gains of one of two equal models over the other whose labels run ahead by `horizon` rows: who is right follows the
 * sign of a sum of that many shared price moves, and which side each takes is a coin of its own.
 */
function gains(seed: string, rows: number, horizon: number, edge = 0): number[] {
  const random = keyedRandom(seed);
  const moves = Array.from({ length: rows + horizon }, () => randomNormal(random));
  // Sides last: a model that holds its side for a while sees the overlap of labels in its hits.
  let own = 1;
  let other = 1;
  return Array.from({ length: rows }, (_, i) => {
    if (random.next() < 0.1) own = random.next() < 0.5 ? 1 : -1;
    if (random.next() < 0.1) other = random.next() < 0.5 ? 1 : -1;
    let sum = 0;
    for (let k = 0; k < horizon; k++) sum += moves[i + k]!;
    const up = sum > 0 ? 1 : -1;
    const right = random.next() < Math.abs(edge) ? edge > 0 : own === up;
    return (right ? 1 : 0) - (other === up ? 1 : 0);
  });
}

function shareFound(
  side: 'above' | 'below',
  options: {
    readonly horizon: number;
    readonly told: number;
    readonly edge?: number;
    readonly alpha: number;
    readonly restarts?: number;
  },
): { readonly share: number; readonly medianRows: number } {
  const { horizon, told, edge = 0, alpha } = options;
  const found: number[] = [];
  for (let s = 0; s < STREAMS; s++) {
    const watch = new WatchedGain({
      gainBound: 1,
      labelOverlap: told,
      margin: 0,
      alphaAbove: side === 'above' ? alpha : 1e-9,
      alphaBelow: side === 'below' ? alpha : 1e-9,
      minDecisions: 1,
      ...(options.restarts === undefined ? {} : { restartsBelow: options.restarts }),
    });
    const stream = gains(`${side}/${JSON.stringify(options)}/${s}`, ROWS, horizon, edge);
    for (let i = 0; i < stream.length && watch.found === undefined; i++) {
      watch.add({ gain: stream[i]!, predictedAt: i, observedAt: i + told });
    }
    if (watch.found === side) found.push(watch.seen);
  }
  found.sort((a, b) => a - b);
  return { share: found.length / STREAMS, medianRows: found[Math.floor(STREAMS / 2)] ?? Number.POSITIVE_INFINITY };
}

const withError = (rate: number) => rate + 3 * Math.sqrt((rate * (1 - rate)) / STREAMS);

describe('two equal models, looked at after every decision', () => {
  it.each([
    ['above', 1],
    ['below', 1],
    ['above', 5],
    ['below', 20],
  ] as const)('are found %s each other at most at the stated rate, with labels over %d rows', (side, horizon) => {
    const { share } = shareFound(side, { horizon, told: horizon, alpha: 0.1 });
    console.log(`equal models, labels over ${horizon}, ${side} at 10 %: ${share}`);
    expect(share).toBeLessThan(withError(0.1));
  });

  it('would be found too often if overlapping labels were taken for independent ones', () => {
    const { share } = shareFound('above', { horizon: 20, told: 1, alpha: 0.1 });
    console.log(`equal models, labels over 20 taken for 1: ${share}`);
    expect(share).toBeGreaterThan(withError(0.1));
  });
});

describe('a version on probation', () => {
  it('is taken back at most at the stated rate when it is no worse, and soon when it is much worse', () => {
    const equal = shareFound('below', { horizon: 1, told: 1, alpha: 0.05, restarts: 1_000 });
    const worse = shareFound('below', { horizon: 1, told: 1, edge: -0.3, alpha: 0.025, restarts: 1_000 });
    console.log(`taken back: ${equal.share} of equal ones, ${worse.share} of those 15 points worse`);
    console.log(`median rows for 15 points: ${worse.medianRows}`);
    const overlapping = shareFound('below', { horizon: 5, told: 5, alpha: 0.05, restarts: 1_000 });
    console.log(`taken back: ${overlapping.share} of equal ones with labels over 5`);
    expect(equal.share).toBeLessThan(withError(0.05));
    expect(overlapping.share).toBeLessThan(withError(0.05));
    expect(worse.share).toBeGreaterThan(0.99);
    expect(worse.medianRows).toBeLessThan(400);
  });
});

const classes = ['down', 'up'];

/** An evaluation sample of two models that are right with one rate, and agree in half of their answers. */
function sample(seed: string, rows: number): { rows: Dataset; champion: ModelAnswers; challenger: ModelAnswers } {
  const random = keyedRandom(seed);
  const labels = Array.from({ length: rows }, () => (random.next() < 0.5 ? 1 : 0));
  const shared = labels.map(() => random.next());
  const answers = (): ModelAnswers => {
    const right = shared.map((common) => (random.next() < 0.5 ? common : random.next()) < 0.54);
    const said = labels.map((label, i) => (right[i] ? label : 1 - label));
    return { classes, probabilities: Float64Array.from(said.flatMap((up) => (up === 1 ? [0.4, 0.6] : [0.6, 0.4]))) };
  };
  const dataset = createDataset({
    features: labels.map((_, i) => [i]),
    featureNames: ['step'],
    targets: labels,
    classes,
    timestamps: labels.map((_, i) => i),
    labelEndsAt: labels.map((_, i) => i + 1),
  });
  return { rows: dataset, champion: answers(), challenger: answers() };
}

describe('years of challenges by models that are no better', () => {
  it.each([
    ['a day', 1, 2, 4],
    ['a week', 7, 1, 40],
    ['a month', 30, 0.2, 100],
  ] as const)(
    'one %s: wrong promotions stay within the budget of a year',
    (_what, days, wrongPromotionsPerYear, years) => {
      const config = { wrongPromotionsPerYear, confidenceLevel: 0.95 };
      let spent: BudgetSpent | undefined;
      let wrong = 0;
      let challenges = 0;
      let refused = 0;
      for (let now = 0; now < years * 365 * DAY; now += days * DAY) {
        const { ready, alpha } = errorBudget(spent, config, now);
        if (alpha === undefined) {
          refused++;
          continue;
        }
        spent = { alpha, before: ready, at: now };
        challenges++;
        const seed = `${days}/${now}`;
        const rules = { costPerTrade: 0, minimumGain: 0, bootstrapReplicates: 500, confidenceLevel: 1 - 2 * alpha };
        if (judgeChallenge({ ...sample(seed, 250), rules, seed }).wins) wrong++;
      }
      const perYear = wrong / years;
      console.log(
        `${challenges} challenges in ${years} years, ${refused} refused: ${perYear} wrong a year of ${wrongPromotionsPerYear}`,
      );
      // Wrong promotions are rare and independent: three standard errors of a Poisson count.
      expect(perYear).toBeLessThan(wrongPromotionsPerYear + 3 * Math.sqrt(wrongPromotionsPerYear / years));
      expect(challenges).toBeGreaterThan(years);
    },
  );
});
