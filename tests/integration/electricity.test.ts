import { sliceDataset } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { electricityData, missingElectricityData } from '../bench/electricity/electricity-data.ts';
import { hitsOf, sameAsLastHits, shareOf, trainForest } from '../bench/electricity/serve-forest.ts';
import { watchHits } from '../bench/electricity/watch-hits.ts';

const missing = missingElectricityData();
const TRAIN = 1_000;
const ROWS = 4_000;

describe(`a forest on real prices${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  it.skipIf(missing !== undefined)('is served unchanged while every detector watches it', async () => {
    const data = await electricityData(ROWS);
    expect(data.features).toMatchObject({ rows: ROWS, columns: 6 });
    expect(data.featureNames).not.toContain('class');
    const forest = await trainForest(sliceDataset(data, 0, TRAIN), { nEstimators: 5, maxSamples: 0.3, maxDepth: 6 });
    const hits = await hitsOf(forest, sliceDataset(data, TRAIN, ROWS));
    const sameAsLast = sameAsLastHits(data, TRAIN);
    expect(hits.length).toBe(ROWS - TRAIN);
    expect(sameAsLast.length).toBe(ROWS - TRAIN);
    // The labels are autocorrelated: about 85 % over all rows.
    expect(shareOf(sameAsLast)).toBeGreaterThan(0.75);
    expect(shareOf(hits)).toBeGreaterThan(0.5);

    const alarms = watchHits(hits, 0.99);
    expect(alarms.map(({ detector }) => detector)).toHaveLength(11);
    for (const { at } of alarms) expect(at.every((position) => position >= 0 && position < hits.length)).toBe(true);
    // A floor that no forest keeps is noticed within the first outcomes, and again after each alarm.
    const [eDetector] = alarms;
    expect(eDetector!.at[0]).toBeLessThan(200);
    expect(eDetector!.at.length).toBeGreaterThan(5);
    expect(watchHits(hits, 0.99)).toEqual(alarms);
  });
});
