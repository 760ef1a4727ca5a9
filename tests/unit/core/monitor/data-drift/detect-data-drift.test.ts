import {
  buildDriftReference,
  detectDataDrift,
  type FeatureRow,
  kolmogorovSmirnov,
  populationStabilityIndex,
  randomNormal,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { makeRows, stableRow } from './feature-rows.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
const reference = buildDriftReference(makeRows(1_000, 'reference', stableRow));
const current = makeRows(300, 'current', stableRow);
const changed = (change: (row: FeatureRow, i: number) => FeatureRow) => current.map(change);

describe('detectDataDrift', () => {
  it('finds nothing in rows of the same distribution, and says so', () => {
    const verdict = detectDataDrift(reference, current);
    expect(verdict).toMatchObject({ standing: 'stable', drifted: false, testedFeatures: 3, driftedFeatures: [] });
    expect(verdict.reason).toMatch(
      /^None of 3 features drifted; the largest effect is \w+ \(PSI 0\.0\d+, corrected p /,
    );
    expect(verdict.features.every(({ standing }) => standing === 'stable')).toBe(true);
  });

  it('names the feature that moved, its effect first, and agrees with the distances as such', () => {
    const verdict = detectDataDrift(
      reference,
      changed((row) => ({ ...row, momentum: Number(row.momentum) + 0.8 })),
    );
    expect(verdict.driftedFeatures).toEqual(['momentum']);
    const [momentum] = verdict.features;
    const [profile] = reference.features;
    if (profile?.kind !== 'numeric') throw new Error('momentum is a number');
    const values = current.map((row) => Number(row.momentum) + 0.8);
    expect(momentum?.effect).toBe(populationStabilityIndex(profile.values, values));
    expect(momentum?.effects?.kolmogorovSmirnov).toBe(kolmogorovSmirnov(profile.values, values).statistic);
    expect(momentum?.effects?.normalizedWasserstein).toBeGreaterThan(0.6);
    expect(momentum?.correctedPValue).toBeCloseTo(3 * momentum!.pValue!, 15);
    expect(verdict.reason).toMatch(/^1 of 3 features drifted: momentum \(PSI 0\.\d+, corrected p .*e-\d+\)\.$/);
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });

  it('sees shares change, categories never seen before, and values that stop coming', () => {
    const shares = detectDataDrift(
      reference,
      changed((row, i) => ({ ...row, session: i % 3 === 0 ? 'us' : 'asia' })),
    );
    expect(shares.driftedFeatures).toEqual(['session']);
    const unseen = detectDataDrift(
      reference,
      changed((row, i) => (i % 4 === 0 ? { ...row, session: 'mars' } : row)),
    );
    expect(unseen.driftedFeatures).toEqual(['session']);
    expect(unseen.features[0]?.unseenCategories).toEqual(['mars']);
    expect(unseen.features[0]?.reason).toContain('1 categories never seen before');
    const silent = detectDataDrift(
      reference,
      changed((row, i) => (i % 2 === 0 ? { ...row, spread: undefined } : row)),
    );
    expect(silent.driftedFeatures).toEqual(['spread']);
    expect(silent.features[0]?.tests.map(({ test }) => test)).toEqual(['kolmogorov-smirnov', 'missing-share']);
    const almostSilent = detectDataDrift(
      reference,
      changed((row, i) => (i < 290 ? { ...row, spread: undefined } : row)),
    );
    expect(almostSilent.features[0]).toMatchObject({
      feature: 'spread',
      standing: 'drifted',
      tests: [{ test: 'missing-share' }],
    });
  });

  it('takes the missing share test from counting: all of three against none of three is 2 deals in 20', () => {
    const verdict = detectDataDrift(
      buildDriftReference([
        { a: 1, b: 1 },
        { a: 1, b: 2 },
        { a: 1, b: 3 },
        { a: 1, b: 4 },
      ]),
      [{ a: 1 }, { a: 1 }, { a: 1 }, { a: 1, b: 4 }],
      { minRows: 2 },
    );
    const [b] = verdict.features.filter(({ feature }) => feature === 'b');
    // 3 missing values of 8 rows on one side of 4: 2 · C(4, 3) of C(8, 3) deals
    expect(b?.tests[0]?.pValue).toBeCloseTo((2 * 4) / 56, 12);
  });

  it('needs an effect, not a small p-value alone; and a small p-value, not an effect alone', () => {
    const many = makeRows(6_000, 'many', (random) => ({ x: randomNormal(random) }));
    const slightly = makeRows(6_000, 'slightly', (random) => ({ x: randomNormal(random) + 0.12 }));
    const large = detectDataDrift(buildDriftReference(many), slightly);
    expect(large.features[0]?.correctedPValue).toBeLessThan(1e-6);
    expect(large.drifted).toBe(false);
    const few = detectDataDrift(buildDriftReference(many.slice(0, 20)), slightly.slice(0, 12), { minRows: 10 });
    expect(few.features[0]?.effect).toBeGreaterThan(0.1);
    expect(few.drifted).toBe(false);
  });

  it('honours its options', () => {
    const moved = changed((row) => ({ ...row, momentum: Number(row.momentum) + 0.8 }));
    for (const effectMeasure of ['jensen-shannon', 'kolmogorov-smirnov', 'wasserstein'] as const) {
      const verdict = detectDataDrift(reference, moved, { effectMeasure });
      expect(verdict.driftedFeatures).toEqual(['momentum']);
      const { effects, effect } = verdict.features[0]!;
      expect(effect).toBe(
        effectMeasure === 'jensen-shannon'
          ? effects?.jensenShannonDistance
          : effectMeasure === 'wasserstein'
            ? effects?.normalizedWasserstein
            : effects?.kolmogorovSmirnov,
      );
    }
    expect(detectDataDrift(reference, moved, { effectThreshold: 2 }).drifted).toBe(false);
    expect(detectDataDrift(reference, moved, { significance: 1e-60 }).drifted).toBe(false);
    const half = detectDataDrift(reference, moved, { minDriftedShare: 0.5 });
    expect(half).toMatchObject({ drifted: false, standing: 'stable', driftedFeatures: ['momentum'] });
    expect(half.reason).toContain('fewer than the 50 % that the rule asks for');
    expect(detectDataDrift(reference, moved, { minDriftedShare: 1 / 3 }).drifted).toBe(true);
    const hundred = Array.from({ length: 120 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 100 }, (_, k) => [`f${k}`, i])),
    );
    const seven = hundred.map((row) => ({
      ...row,
      ...Object.fromEntries(Array.from({ length: 7 }, (_, k) => [`f${k}`, -1])),
    }));
    expect(detectDataDrift(buildDriftReference(hundred), seven, { minDriftedShare: 0.07 }).drifted).toBe(true);
    expect(detectDataDrift(buildDriftReference(hundred), seven, { minDriftedShare: 0.08 }).drifted).toBe(false);
    expect(detectDataDrift(reference, moved, { bins: 4 }).features[0]?.effect).not.toBe(
      detectDataDrift(reference, moved, { bins: 4, binRule: 'equal-width' }).features[0]?.effect,
    );
    const twice = moved.map((row, i) => (i % 5 === 0 ? { ...row, session: 'us' } : row));
    const p = (correction: 'holm' | 'benjamini-hochberg') =>
      detectDataDrift(reference, twice, { correction }).features.map(({ correctedPValue }) => correctedPValue);
    expect(p('holm')).not.toEqual(p('benjamini-hochberg'));
  });

  it('raises a false alarm on at most one in twenty stable windows of ten dependent features', () => {
    let alarms = 0;
    for (let i = 0; i < 100; i++) {
      const rows = makeRows(260, `null-${i}`, (random) => {
        const common = randomNormal(random);
        return Object.fromEntries(Array.from({ length: 10 }, (_, k) => [`f${k}`, common + randomNormal(random)]));
      });
      const verdict = detectDataDrift(buildDriftReference(rows.slice(0, 200)), rows.slice(200), { effectThreshold: 0 });
      if (verdict.drifted) alarms++;
    }
    // 5 expected at most; 11 or more would happen by chance once in a hundred such tests
    expect(alarms).toBeLessThanOrEqual(10);
  });

  it('refuses rows that lack a feature or have another, saying which', () => {
    expect(() => detectDataDrift(reference, [{ momentum: 1, session: 'us', volume: 3 }])).toThrow(
      'currentRows must have the 3 features of the reference; got missing spread; unexpected volume',
    );
    expect(() => detectDataDrift(reference, [{ momentum: 1, session: 'us', volume: 3 }])).toThrow(
      code('LENGTH_MISMATCH'),
    );
  });

  it('refuses what is no data', () => {
    expect(() => detectDataDrift(reference, [])).toThrow(code('EMPTY_INPUT'));
    expect(() => detectDataDrift(reference, [...current, { momentum: Number.NaN }])).toThrow(
      "feature 'momentum' must be finite or absent in current row 300; got NaN",
    );
    expect(() => detectDataDrift(reference, [...current, { spread: Number.NEGATIVE_INFINITY }])).toThrow(
      code('NOT_FINITE'),
    );
    expect(() => detectDataDrift(reference, [...current, { spread: 'wide' }])).toThrow(code('INVALID_TYPE'));
    for (const bad of [
      { significance: 0 },
      { effectThreshold: -1 },
      { minRows: 0 },
      { minDriftedShare: 2 },
      { bins: 1 },
    ]) {
      expect(() => detectDataDrift(reference, current, bad)).toThrow(code('OUT_OF_RANGE'));
    }
  });

  it('calls too few values insufficient: a reference of one row, a window of ten', () => {
    const one = detectDataDrift(
      buildDriftReference([{ x: 1 }]),
      Array.from({ length: 100 }, (_, x) => ({ x })),
    );
    expect(one).toMatchObject({ standing: 'insufficient', drifted: false, testedFeatures: 0 });
    expect(one.reason).toBe('No feature has the 50 values needed to judge drift.');
    expect(one.features[0]?.reason).toBe('x: too few values to judge (reference 1, current 100, needs 50).');
    expect(detectDataDrift(reference, current.slice(0, 10)).standing).toBe('insufficient');
  });

  it('takes constant features and single categories: stable while they stay, drifted once they leave', () => {
    const constant = Array.from({ length: 100 }, () => ({ x: 5, side: 'buy' }));
    const profile = buildDriftReference(constant);
    expect(detectDataDrift(profile, constant)).toMatchObject({ standing: 'stable', testedFeatures: 2 });
    const away = detectDataDrift(
      profile,
      constant.map(() => ({ x: 4, side: 'sell' })),
    );
    expect([...away.driftedFeatures].sort()).toEqual(['side', 'x']);
    const byDistance = detectDataDrift(profile, constant, { effectMeasure: 'wasserstein' });
    expect(byDistance.features.find(({ feature }) => feature === 'x')).not.toHaveProperty('effect');
  });
});
