import { type FeatureRow, type RandomSource, randomNormal } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { runLengths } from './stream-runs.ts';

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const standardError = (values: readonly number[]) =>
  Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)) / values.length);

const normal = (random: RandomSource): FeatureRow => ({ x: randomNormal(random) });
const heavy = (random: RandomSource): FeatureRow => ({ x: 1 / (random.next() - 0.5) });
const mixed = (random: RandomSource): FeatureRow => ({
  x: random.next() < 0.3 ? undefined : Math.round(2 * randomNormal(random)),
});
const category = (random: RandomSource): FeatureRow => ({ x: `c${Math.floor(8 * random.next() ** 3)}` });
const many = (random: RandomSource): FeatureRow => {
  const common = randomNormal(random);
  return Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, common + 0.5 * randomNormal(random)]));
};

describe('the alarm budget of the drift stream', () => {
  it.each([
    ['normal values', normal, 50, 1_000, 500],
    ['normal values', normal, 1_000, 1_000, 500],
    ['heavy tails', heavy, 200, 500, 500],
    ['rounded and missing values', mixed, 200, 500, 500],
    ['eight categories', category, 200, 500, 500],
    ['a reference of one row', normal, 1, 500, 500],
    ['ten dependent features', many, 200, 200, 150],
  ])('holds for %s', (label, row, referenceRows, falseAlarmEvery, streams) => {
    const cap = 60 * falseAlarmEvery;
    const lengths = runLengths({
      label: `${label} ${referenceRows}`,
      row,
      referenceRows,
      falseAlarmEvery,
      streams,
      cap,
    });
    const early = lengths.filter((length) => length <= falseAlarmEvery / 2).length / streams;
    console.info(
      `${label}, reference ${referenceRows}, budget ${falseAlarmEvery}: mean run ${mean(lengths).toFixed(0)} ± ` +
        `${standardError(lengths).toFixed(0)}, within half a budget ${(100 * early).toFixed(1)} %`,
    );
    expect(mean(lengths)).toBeGreaterThan(falseAlarmEvery - 3 * standardError(lengths));
    // The chance of an alarm within n rows is at most n / budget.
    expect(early).toBeLessThan(0.5 + 3 * Math.sqrt(0.25 / streams));
  });

  it('does not hold for rows that depend on earlier ones: printed, so that nobody is surprised', () => {
    for (const rho of [0.3, 0.6, 0.9]) {
      let last = 0;
      const row = (random: RandomSource): FeatureRow => {
        last = rho * last + Math.sqrt(1 - rho * rho) * randomNormal(random);
        return { x: last };
      };
      const lengths = runLengths({
        label: `ar ${rho}`,
        row,
        referenceRows: 1_000,
        falseAlarmEvery: 1_000,
        streams: 200,
        cap: 60_000,
      });
      console.info(`autocorrelation ${rho}, reference 1,000, budget 1,000: mean run ${mean(lengths).toFixed(0)}`);
      if (rho > 0.5) expect(mean(lengths)).toBeLessThan(1_000);
    }
  });

  it('holds again once each fortieth row is used, where rows 40 apart have a correlation of 0.015', () => {
    let last = 0;
    const row = (random: RandomSource): FeatureRow => {
      last = 0.9 * last + Math.sqrt(1 - 0.81) * randomNormal(random);
      return { x: last };
    };
    const plan = {
      label: 'thinned',
      row,
      referenceRows: 200,
      falseAlarmEvery: 4_000,
      every: 40,
      streams: 300,
      cap: 200_000,
    };
    const lengths = runLengths(plan);
    console.info(
      `autocorrelation 0.9, every 40, budget 4,000: mean run ${mean(lengths).toFixed(0)} ± ${standardError(lengths).toFixed(0)}`,
    );
    expect(mean(lengths)).toBeGreaterThan(4_000 - 3 * standardError(lengths));
    expect(lengths.every((length) => length % 40 === 0)).toBe(true);
  });
});

describe('the delay of the drift stream', () => {
  it('is printed for shifts, spreads and shares; a larger reference or change never waits longer', () => {
    const shares =
      (a: number, b: number) =>
      (random: RandomSource): FeatureRow => {
        const u = random.next();
        return { x: u < a ? 'a' : u < a + b ? 'b' : 'c' };
      };
    const changes: readonly (readonly [string, (r: RandomSource) => FeatureRow, (r: RandomSource) => FeatureRow])[] = [
      ['mean + 0.25 sd', normal, (r) => ({ x: randomNormal(r) + 0.25 })],
      ['mean + 0.5 sd', normal, (r) => ({ x: randomNormal(r) + 0.5 })],
      ['mean + 1 sd', normal, (r) => ({ x: randomNormal(r) + 1 })],
      ['sd × 1.5', normal, (r) => ({ x: 1.5 * randomNormal(r) })],
      ['sd × 2', normal, (r) => ({ x: 2 * randomNormal(r) })],
      ['sd × 0.5', normal, (r) => ({ x: 0.5 * randomNormal(r) })],
      ['shares 50/30/20 to 50/15/35', shares(0.5, 0.3), shares(0.5, 0.15)],
      ['shares 50/30/20 to 30/30/40', shares(0.5, 0.3), shares(0.3, 0.3)],
      ['missing 0 to 20 %', normal, (r) => ({ x: r.next() < 0.2 ? undefined : randomNormal(r) })],
      ['a new category with 10 %', shares(0.5, 0.3), (r) => (r.next() < 0.1 ? { x: 'bb' } : shares(0.5, 0.3)(r))],
    ];
    const means = new Map<string, number>();
    for (const referenceRows of [500, 5_000]) {
      for (const [label, row, streamRow] of changes) {
        const plan = { label, row, streamRow, referenceRows, falseAlarmEvery: 10_000, streams: 100, cap: 10_000 };
        const lengths = [...runLengths(plan)].sort((a, b) => a - b);
        means.set(`${label} ${referenceRows}`, mean(lengths));
        console.info(
          `${label}, one feature, reference ${referenceRows}, budget 10,000: mean ${mean(lengths).toFixed(0)}, ` +
            `median ${lengths[50]}, nine in ten within ${lengths[89]}`,
        );
      }
    }
    for (const [label] of changes) {
      expect(means.get(`${label} 5000`)).toBeLessThan(1.1 * means.get(`${label} 500`)!);
      expect(means.get(`${label} 5000`)).toBeLessThan(500);
    }
    expect(means.get('mean + 1 sd 5000')).toBeLessThan(means.get('mean + 0.5 sd 5000')!);
  });
});
