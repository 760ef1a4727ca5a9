import { sliceDataset } from '@mlperf/core';
import { compareModels } from './electricity/compare-models.ts';
import { ELECTRICITY_YEAR, electricityData, missingElectricityData } from './electricity/electricity-data.ts';
import { hitsOf, sameAsLastHits, shareOf, trainForest } from './electricity/serve-forest.ts';
import { watchHits } from './electricity/watch-hits.ts';
import type { BenchmarkOptions, Report } from './harness/figure.ts';

export const name = 'electricity';

/** How far below its validated accuracy the model is still acceptable. */
const TOLERANCE = 0.05;
const HALF_YEAR = ELECTRICITY_YEAR / 2;

/**
 * Every family beside the baselines and the Python peers on the same rows. Then a forest trained on the first year of a real price and served unchanged on the rest: how accurate it is beside "same
 * as last", and which detector fires when. Hits depend strongly on those before them, so no promise about false alarms
 * holds for any detector; the figures say what each one does. All go on after an alarm.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const missing = missingElectricityData();
  if (missing !== undefined) {
    report({ name: 'best of ours', unit: 'fraction', skipped: missing });
    return report({ name: 'accuracy of the forest, served unchanged', unit: 'fraction', skipped: missing });
  }
  const data = await electricityData();
  await compareModels(report, data, quick);
  const year = sliceDataset(data, 0, ELECTRICITY_YEAR);
  const served = sliceDataset(data, ELECTRICITY_YEAR, data.targets.length);
  const parameters = { nEstimators: quick ? 10 : 100, maxDepth: 10 };

  // What a validation before going live would have said: the last tenth of the year, unseen by its forest.
  const split = Math.floor(0.9 * ELECTRICITY_YEAR);
  const validated = shareOf(
    await hitsOf(
      await trainForest(sliceDataset(year, 0, split), parameters),
      sliceDataset(year, split, ELECTRICITY_YEAR),
    ),
  );
  const floor = validated - TOLERANCE;
  const started = performance.now();
  const forest = await trainForest(year, parameters);
  report({ name: 'training on the first year', value: (performance.now() - started) / 1_000, unit: 's' });
  report({ name: 'validated accuracy, last tenth of that year', value: validated, unit: 'fraction' });
  report({ name: 'floor of the e-detector', value: floor, unit: 'fraction' });

  const hits = await hitsOf(forest, served);
  const sameAsLast = sameAsLastHits(data, ELECTRICITY_YEAR);
  report({ name: 'outcomes served', value: hits.length, unit: 'outcomes' });
  report({ name: 'accuracy of the forest, served unchanged', value: shareOf(hits), unit: 'fraction' });
  report({ name: 'accuracy of "same as last"', value: shareOf(sameAsLast), unit: 'fraction' });
  for (let from = 0; from < hits.length; from += HALF_YEAR) {
    const to = Math.min(from + HALF_YEAR, hits.length);
    const part = `outcomes ${from + 1} to ${to}`;
    report({ name: `${part}: forest`, value: shareOf(hits.slice(from, to)), unit: 'fraction' });
    report({ name: `${part}: "same as last"`, value: shareOf(sameAsLast.slice(from, to)), unit: 'fraction' });
  }
  for (const { detector, at } of watchHits(hits, floor)) {
    const first = { name: `${detector}: first alarm after`, unit: 'outcomes' };
    const [position] = at;
    if (position === undefined) report({ ...first, skipped: 'it never fired' });
    else report({ ...first, value: position + 1 });
    report({ name: `${detector}: alarms`, value: at.length, unit: 'alarms' });
  }
}
