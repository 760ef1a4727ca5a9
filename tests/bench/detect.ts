import assert from 'node:assert/strict';
import { EDetector, type EvidencePart, keyedRandom, type RandomSource, randomNormal } from '@mlperf/core';
import {
  independentOutcomes,
  markovOutcomes,
  meanOf,
  type OutcomeStream,
  overlappingOutcomes,
  runLengthOf,
} from '../fixtures/outcome-streams.ts';
import { calibrate, type Delay, delayAfterFall, type Effort } from './detection/calibrate.ts';
import { CLASSICS, FLOOR, informedCusum, OURS } from './detection/contenders.ts';
import type { BenchmarkOptions, Report } from './harness/figure.ts';

export const name = 'detect';

const BUDGET = 2_000;
const FALLS = [0.5, 0.45, 0.4, 0.3];
const STABLE = 200;
/**
 * At an even pace a mean run of 2,000 puts a tenth of the false alarms into the first 200 outcomes. A detector with more
 * than twice that has a mean made of streams that alarm at once and streams that never do; the delay, measured on those
 * that did not alarm at once, then says little. Its figures are printed all the same.
 */
const EVEN_SHARE = 0.2;
const THREE_STREAMS: readonly EvidencePart[] = [
  { stream: 'hits', share: 0.5 },
  { stream: 'calibration', share: 0.25, tolerance: 0.05 },
  { stream: 'net-return', share: 0.25, floor: 0, bound: 0.05 },
];

/**
 * How soon a fall is detected and how often there is a false alarm: floor 60 %, falls after 200 stable outcomes. In the
 * first table every threshold is calibrated to a measured mean run of 2,000; in the others the budget is just 2,000.
 */
export async function run(report: Report, { quick }: BenchmarkOptions): Promise<void> {
  const effort = quick ? { calibrationRuns: 40, streams: 40 } : { calibrationRuns: 1_000, streams: 1_000 };
  reportDelays(report, effort);
  reportThreeStreams(report, effort.streams);
  reportOneOfMany(report, quick ? 10 : 300);
  reportRuns(report, quick ? 40 : 1_000);
}

function reportDelays(report: Report, { calibrationRuns, streams }: Effort): void {
  const runsOf = (share = 1) => Math.ceil(share * calibrationRuns);
  const ours = calibrate(OURS, BUDGET, calibrationRuns);
  assert.ok(Math.abs(ours.meanRun / BUDGET - 1) < 0.5, `the e-detector is calibrated; got ${ours.meanRun}`);
  report({ name: 'e-detector: budget whose mean run is 2,000', value: ours.knob, unit: 'outcomes' });
  const classics = CLASSICS.map((contender) => ({
    contender,
    calibrated: calibrate(contender, BUDGET, runsOf(contender.share)),
  }));
  for (const { contender, calibrated } of classics) {
    report({ name: `${contender.name}: mean run after calibration`, value: calibrated.meanRun, unit: 'outcomes' });
  }
  const early: [name: string, share: number][] = [];
  for (const to of FALLS) {
    const fall = `60 → ${to * 100} %`;
    const informed = informedCusum(to);
    const bound = calibrate(informed, BUDGET, calibrationRuns);
    const best = delayAfterFall(() => informed.build(bound.knob), to, streams);
    const own = delayAfterFall(() => OURS.build(ours.knob), to, streams);
    report({ name: `${fall}: ${informed.name}`, value: best.mean, unit: 'outcomes' });
    report({ name: `${fall}: e-detector`, value: own.mean, unit: 'outcomes' });
    if (to === FALLS[0]) early.push(['e-detector', own.earlyShare]);
    report({ name: `${fall}: e-detector / bound`, value: own.mean / best.mean, unit: '×', budget: { max: 1.3 } });
    let fastest: Pick<Delay, 'mean' | 'standardError'> = { mean: Number.POSITIVE_INFINITY, standardError: 0 };
    let fastestOfAll = Number.POSITIVE_INFINITY;
    for (const { contender, calibrated } of classics) {
      const count = Math.ceil((contender.share ?? 1) * streams);
      const delay = delayAfterFall(() => contender.build(calibrated.knob), to, count);
      report({ name: `${fall}: ${contender.name}`, value: delay.mean, unit: 'outcomes' });
      if (to === FALLS[0]) early.push([contender.name, delay.earlyShare]);
      fastestOfAll = Math.min(fastestOfAll, delay.mean);
      if (delay.earlyShare <= EVEN_SHARE && delay.mean < fastest.mean) fastest = delay;
    }
    report({ name: `${fall}: e-detector / fastest of all classics`, value: own.mean / fastestOfAll, unit: '×' });
    const error = 2 * Math.hypot(own.standardError / own.mean, fastest.standardError / fastest.mean);
    report({
      name: `${fall}: e-detector / fastest classic with even false alarms`,
      value: own.mean / fastest.mean,
      unit: '×',
      // No longer beyond the error of measurement: of both delays, and of two calibrations.
      budget: { max: 1 + error + 2 / Math.sqrt(calibrationRuns) },
    });
  }
  for (const [contender, share] of early) {
    report({ name: `${contender}: streams with a false alarm in the first 200`, value: 100 * share, unit: '%' });
  }
}

/** Gains as large as losses, confidence of 60 % throughout: what the other streams cost, and what they find. */
function reportThreeStreams(report: Report, streams: number): void {
  const delay = (evidence: readonly EvidencePart[], to: number, confidence: number, loss: number) => {
    const delays: number[] = [];
    for (let run = 0; delays.length < streams; run++) {
      const random = keyedRandom('streams', run);
      const detector = new EDetector({ floor: FLOOR, falseAlarmEvery: BUDGET, evidence });
      const alarm = (rate: number, stated: number, lost: number) => {
        const hit = random.next() < rate;
        const size = 0.015 * Math.abs(randomNormal(random));
        const netReturn = hit ? size : -lost * size;
        return detector.update({ hit, confidence: stated, netReturn }) !== undefined;
      };
      if (runLengthOf(() => alarm(FLOOR, FLOOR, 1), STABLE + 1) <= STABLE) continue;
      delays.push(runLengthOf(() => alarm(to, confidence, loss), 20_000));
    }
    return meanOf(delays).mean;
  };
  const hits: readonly EvidencePart[] = [{ stream: 'hits', share: 1 }];
  for (const to of FALLS) {
    const fall = `60 → ${to * 100} %`;
    report({ name: `${fall}, budget 2,000: hits alone`, value: delay(hits, to, FLOOR, 1), unit: 'outcomes' });
    report({
      name: `${fall}, budget 2,000: three streams`,
      value: delay(THREE_STREAMS, to, FLOOR, 1),
      unit: 'outcomes',
    });
  }
  report({
    name: 'hits at 60 %, confidence 60 → 90 %: three streams',
    value: delay(THREE_STREAMS, FLOOR, 0.9, 1),
    unit: 'outcomes',
  });
  report({
    name: 'hits at 60 %, losses grow to 3 × gains: three streams',
    value: delay(THREE_STREAMS, FLOOR, FLOOR, 3),
    unit: 'outcomes',
  });
}

/** One of 100 symbols, taking turns, breaks. */
function reportOneOfMany(report: Report, streams: number): void {
  const symbols = 100;
  // The same number of false alarms for each symbol as in the other tables: the budget is counted in all outcomes.
  const falseAlarmEvery = symbols * BUDGET;
  for (const to of FALLS) {
    const delays: number[] = [];
    for (let run = 0; delays.length < streams; run++) {
      const random = keyedRandom('symbols', run);
      const detector = new EDetector({ floor: FLOOR, falseAlarmEvery });
      let turn = 0;
      const alarm = (rate: number) => {
        const symbol = turn++ % symbols;
        return detector.update(random.next() < (symbol === 0 ? rate : FLOOR), `s${symbol}`) !== undefined;
      };
      const stable = STABLE * symbols;
      if (runLengthOf(() => alarm(FLOOR), stable + 1) <= stable) continue;
      delays.push(runLengthOf(() => alarm(to), 200_000));
    }
    const { mean } = meanOf(delays);
    report({
      name: `one of 100 symbols 60 → ${to * 100} %, budget 200,000: outcomes of that symbol`,
      value: mean / symbols,
      unit: 'outcomes',
    });
  }
}

function reportRuns(report: Report, runs: number): void {
  const figure = (
    label: string,
    labelOverlap: number,
    streamOf: (random: RandomSource) => OutcomeStream,
    options: { readonly segments?: number; readonly kept?: boolean } = {},
  ) => {
    const { segments = 1, kept = false } = options;
    const { mean, standardError } = meanOf(
      Array.from({ length: runs }, (_, run) => {
        const detector = new EDetector({ floor: FLOOR, falseAlarmEvery: BUDGET, labelOverlap });
        const streams = Array.from({ length: segments }, (_, s) => streamOf(keyedRandom(label, run, s)));
        let turn = 0;
        return runLengthOf(() => {
          const s = turn++ % segments;
          return detector.update(streams[s]!(FLOOR), `s${s}`) !== undefined;
        }, 60_000);
      }),
    );
    // A mean of few runs may fall below by chance: wrong is what four standard errors cannot explain.
    if (kept) assert.ok(mean + 4 * standardError > BUDGET, `${label}: the budget is kept; got ${mean}`);
    report({ name: `mean run, ${label}`, value: mean, unit: 'outcomes', ...(kept && { budget: { min: BUDGET } }) });
  };
  for (const segments of [1, 10, 100]) {
    figure(`independent, ${segments} symbols`, 1, independentOutcomes, { segments, kept: true });
  }
  for (const overlap of [2, 5, 20]) {
    const streamOf = (random: RandomSource) => overlappingOutcomes(random, overlap);
    figure(`labels overlap by ${overlap}, labelOverlap ${overlap}`, overlap, streamOf, { kept: true });
    figure(`labels overlap by ${overlap}, labelOverlap 1 (no promise)`, 1, streamOf);
  }
  for (const correlation of [0.1, 0.2, 0.3]) {
    figure(`Markov, ρ = ${correlation} (no promise)`, 1, (random) => markovOutcomes(random, correlation));
  }
}
