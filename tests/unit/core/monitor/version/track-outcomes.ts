import { Adwin, keyedRandom, metricsOf, resolveMonitoringConfig } from '@mlperf/core';
import { VersionMonitor } from '../../../../../packages/core/src/monitor/version/version-monitor.ts';

/**
 * Started as a process of its own with `--expose-gc`: tracks as many outcomes as its first argument says, in what a
 * monitor keeps of a version in memory and in ADWIN, each a day after its prediction. Prints, as JSON, by how many bytes
 * heap and resident memory grew meanwhile.
 */
const SYMBOLS = Array.from({ length: 100 }, (_, i) => `SYMBOL-${i}`);

/** Hours from a prediction to its outcome. */
const DELAY = 24;
/** Collected after each, for how much the collector holds depends on how long it was left alone. */
const PART = 500_000;
/** The collector widens its young generation over the first 1.5 million outcomes, and then no more. */
const WARM_UP = 2_000_000;

const collect = globalThis.gc;
if (collect === undefined) throw new Error('run this with --expose-gc');
const outcomes = Number(process.argv[2]);
const random = keyedRandom('track-memory');
const version = new VersionMonitor(
  { modelVersionId: 'v1', flatBand: 0, costPerTrade: 0, floor: 0.55 },
  resolveMonitoringConfig({ periodsPerYear: 8_760 }),
);
const adwin = new Adwin();
let accuracySum = 0;
let hour = 0;

const before = memoryAfter(WARM_UP);
const after = memoryAfter(outcomes);
console.log(
  JSON.stringify({
    heap: after.heap - before.heap,
    resident: after.resident - before.resident,
    meanAccuracy: accuracySum / (WARM_UP + outcomes),
  }),
);

function memoryAfter(count: number): { readonly heap: number; readonly resident: number } {
  let last = memory();
  for (let done = 0; done < count; done += PART) {
    track(Math.min(PART, count - done));
    last = memory();
  }
  return last;
}

function track(count: number): void {
  for (let i = 0; i < count; i++) {
    const hit = random.next() < 0.6;
    const observedAt = ++hour;
    version.predictionMade({ predictedAt: observedAt, dueAt: observedAt + DELAY });
    const predictedAt = observedAt - DELAY;
    version.labelArrived({ predictedAt, dueAt: observedAt });
    version.outcomeArrived({
      predictionId: `p${predictedAt}`,
      segment: SYMBOLS[i % SYMBOLS.length]!,
      observedAt,
      observation: {
        predicted: 'up',
        observed: hit ? 'up' : 'down',
        confidence: 0.5 + 0.5 * random.next(),
        netReturn: hit ? 0.01 : -0.01,
        upProbability: 0.5,
        predictedAt,
      },
    });
    adwin.update(hit ? 0 : 1);
    accuracySum += metricsOf(version.aggregate, { periodsPerYear: 8_760 }).accuracy ?? 0;
  }
}

function memory(): { readonly heap: number; readonly resident: number } {
  for (let i = 0; i < 3; i++) collect!();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}
