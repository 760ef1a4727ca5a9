import assert from 'node:assert/strict';
import { EDetector, keyedRandom, metricsOf, OutcomeWindow, type WindowEntry } from '@mlperf/core';
import type { BenchmarkOptions, Figure, Report } from './harness/figure.ts';
import { openPeer } from './peers/peer.ts';
import { sideBySide, timed } from './peers/side-by-side.ts';

export const name = 'track-river';

const WINDOW = 50;
const ROUNDS = 7;
const COMPARED = ['accuracy', 'precision', 'recall', 'f1_score'] as const;
const RATIO = {
  name: 'tracking one outcome: river’s time over ours, median of 7',
  unit: '×',
  budget: { min: 20 },
} as const satisfies Omit<Figure, 'value' | 'skipped'>;

type Sums = { readonly [metric in (typeof COMPARED)[number]]: number };

/**
 * Tracks one stream in river and here, in turn: each outcome updates and reads rolling accuracy, precision, recall
 * and F1, and updates a drift detector (ADWIN there, the default e-detector here). Ours also computes directional
 * accuracy and calibration. Both read every metric after every outcome; their sums over the stream must agree.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const peer = await openPeer('river_tracking.py');
  if ('missing' in peer) return report({ ...RATIO, skipped: peer.missing });
  const stream = outcomes(quick ? 2_000 : 50_000);
  const up = (directions: readonly string[]) => directions.map((direction) => (direction === 'up' ? 1 : 0));
  try {
    await peer.call('load', {
      observed: up(stream.map(({ observation }) => observation.observed)),
      predicted: up(stream.map(({ observation }) => observation.predicted)),
    });
    const { ratio, ratios, ourSeconds, theirSeconds } = await sideBySide<Sums, Sums>({
      rounds: ROUNDS,
      ours: () => timed(() => track(stream)),
      theirs: () => peer.call<Sums>('track', { window: WINDOW }),
      agree(ours, theirs) {
        for (const metric of COMPARED) {
          const off = Math.abs(ours[metric] - theirs[metric]) / stream.length;
          assert.ok(off < 1e-12, `rolling ${metric} must equal river's; the means differ by ${off}`);
        }
      },
    });
    const microseconds = (seconds: number) => (seconds / stream.length) * 1e6;
    report({ name: 'tracking one outcome, ours', value: microseconds(ourSeconds), unit: 'µs' });
    report({
      name: `tracking one outcome, river ${peer.versions.river}`,
      value: microseconds(theirSeconds),
      unit: 'µs',
    });
    report({ ...RATIO, value: ratio });
    report({ name: 'lowest ratio of a round', value: Math.min(...ratios), unit: '×' });
  } finally {
    await peer.close();
  }
}

function outcomes(count: number): readonly WindowEntry[] {
  const random = keyedRandom('track-river');
  return Array.from({ length: count }, (_, i) => {
    const predicted = random.next() < 0.5 ? ('up' as const) : ('down' as const);
    const other = predicted === 'up' ? ('down' as const) : ('up' as const);
    const observed = random.next() < 0.6 ? predicted : other;
    const confidence = 0.5 + 0.5 * random.next();
    return {
      predictionId: `p${i}`,
      segment: 'BTC-USD',
      observedAt: i,
      observation: { predicted, observed, confidence },
    };
  });
}

function track(stream: readonly WindowEntry[]): Sums {
  const window = new OutcomeWindow(WINDOW);
  const detector = new EDetector({ floor: 0.55, falseAlarmEvery: 2_000 });
  const sums = { accuracy: 0, precision: 0, recall: 0, f1_score: 0 };
  for (const entry of stream) {
    window.push(entry);
    detector.update(entry.observation.predicted === entry.observation.observed, entry.segment);
    const metrics = metricsOf(window.aggregate);
    // river says 0 where a metric is undefined.
    for (const metric of COMPARED) sums[metric] += metrics[metric] ?? 0;
  }
  return sums;
}
