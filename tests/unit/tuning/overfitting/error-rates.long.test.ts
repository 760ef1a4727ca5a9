import { keyedRandom, type RandomSource, randomNormal } from '@mlperf/core';
import { deploymentVerdict, type VerdictInput } from '@mlperf/tuning';
import { describe, expect, it } from 'vitest';

const TRIALS = 200;
const ROWS = 300;
const HOLDOUT = 100;
const SEEDS = 100;

/** What makes the score differences of a search; everything drawn from `random`. */
interface Search {
  /** True mean difference of each trial, in deviations of its own noise. */
  readonly skill: (trial: number) => number;
  /** Deviation of the noise all trials share: the incumbent's own. */
  readonly common: number;
  /** Rows a label spans beyond its own. */
  readonly overlap: number;
  /** Trials that share a noise of their own, as neighbours in a search space do. */
  readonly cluster: number;
  /** Trials whose rows are kept: the others were pruned, the worst first. */
  readonly kept: number;
  /** Per row: a normal number, or a coin for right and wrong. */
  readonly draw: (random: RandomSource) => number;
}

const PLAIN: Search = {
  skill: () => 0,
  common: 0,
  overlap: 0,
  cluster: 1,
  kept: TRIALS,
  draw: randomNormal,
};

function noise(random: RandomSource, rows: number, { draw, overlap }: Search): Float64Array {
  const steps = Float64Array.from({ length: rows + overlap }, () => draw(random));
  if (overlap === 0) return steps;
  return Float64Array.from({ length: rows }, (_, t) => {
    let sum = 0;
    for (let k = 0; k <= overlap; k++) sum += steps[t + k]!;
    return sum / Math.sqrt(overlap + 1);
  });
}

function searched(search: Search, seed: number, withHoldout: boolean): VerdictInput {
  const random = keyedRandom('error-rates', seed);
  const rows = ROWS + HOLDOUT;
  const shared = search.common > 0 ? noise(random, rows, search) : undefined;
  let group: Float64Array | undefined;
  const series = Array.from({ length: TRIALS }, (_, trial) => {
    const all = noise(random, rows, search);
    if (search.cluster > 1 && trial % search.cluster === 0) group = noise(random, rows, search);
    const skill = search.skill(trial);
    for (let t = 0; t < rows; t++) {
      all[t]! += skill + 2 * (group?.[t] ?? 0) + search.common * (shared?.[t] ?? 0);
    }
    return all;
  });
  const seen = series.map((all) => all.subarray(0, ROWS));
  const means = seen.map((x) => x.reduce((sum, value) => sum + value, 0) / x.length);
  const order = [...means.keys()].sort((a, b) => means[b]! - means[a]!).slice(0, search.kept);
  const chosen = order[0]!;
  return {
    differences: order.map((trial) => seen[trial]!),
    winner: 0,
    tried: TRIALS,
    overlap: search.overlap,
    ...(withHoldout ? { holdout: series[chosen]!.subarray(ROWS) } : {}),
  };
}

function deployed(search: Search, withHoldout: boolean): number {
  let count = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    if (deploymentVerdict(searched(search, seed, withHoldout)).suggest === 'deploy') count++;
  }
  return count;
}

const coin = (random: RandomSource) => (random.next() < 0.5 ? 1 : -1);

describe('the verdict on 200 trials of pure noise', () => {
  it.each<[string, Partial<Search>]>([
    ['independent trials', {}],
    ['an incumbent whose own luck all trials share', { common: 1 }],
    ['much luck in common', { common: 3 }],
    ['labels that overlap over five rows', { overlap: 4, common: 1 }],
    ['trials in clusters of ten', { cluster: 10 }],
    ['three quarters of the trials pruned, the worst first', { kept: 50 }],
    ['right and wrong answers', { draw: coin, common: 1 }],
    ['trials that are far worse among them', { skill: (trial) => (trial % 3 === 0 ? -0.5 : 0) }],
  ])('says "do not deploy" for at least 95 of 100 seeds without a holdout: %s', (_what, changes) => {
    expect(deployed({ ...PLAIN, ...changes }, false)).toBeLessThanOrEqual(5);
  });

  it('says so with a holdout too', () => {
    expect(deployed({ ...PLAIN, common: 1 }, true)).toBeLessThanOrEqual(5);
  });
});

describe('the verdict on planted signal', () => {
  it.each<[string, Partial<Search>]>([
    ['one trial in ten better by 0.3 deviations', { skill: (trial) => (trial % 10 === 0 ? 0.3 : 0) }],
    ['a single trial better by 0.4 deviations', { skill: (trial) => (trial === 77 ? 0.4 : 0) }],
    ['all trials better by a little, some by more', { skill: (trial) => 0.1 + 0.2 * (trial / TRIALS), common: 0.5 }],
    ['better ones among terrible ones', { skill: (trial) => (trial % 10 === 0 ? 0.3 : -2) }],
    ['labels that overlap over five rows', { overlap: 4, skill: (trial) => (trial % 10 === 0 ? 0.7 : 0) }],
  ])('says "deploy" for at least 90 of 100 seeds, with a holdout: %s', (_what, changes) => {
    expect(deployed({ ...PLAIN, ...changes }, true)).toBeGreaterThanOrEqual(90);
  });
});
