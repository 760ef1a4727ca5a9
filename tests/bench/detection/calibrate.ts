import { keyedRandom } from '@mlperf/core';
import { meanOf, runLengthOf } from '../../fixtures/outcome-streams.ts';
import { type Alarm, type Contender, FLOOR } from './contenders.ts';

/** How much work a run of the benchmark does. */
export interface Effort {
  readonly calibrationRuns: number;
  readonly streams: number;
}

export interface Calibrated {
  readonly knob: number;
  /** Measured on other streams than the knob was looked for on. */
  readonly meanRun: number;
}

const STABLE = 200;
/** Streams without an alarm are given up here: well beyond what bears on a mean of 2,000. */
const LIMIT = 40_000;

/** The knob whose mean run on a stable stream is the budget, or the end of the scale that comes nearest. */
export function calibrate(contender: Contender, budget: number, runs: number): Calibrated {
  let { from, to } = contender;
  const meanRun = (knob: number, seed: string) =>
    meanOf(
      Array.from({ length: runs }, (_, run) => runToAlarm(contender.build(knob), FLOOR, keyedRandom(seed, run), LIMIT)),
    ).mean;
  // At its most sensitive it may still be too quiet: then that is what it can do.
  if (meanRun(from, 'calibrate') > budget) to = from;
  for (let step = 0; step < 12 && to > from; step++) {
    const middle = (from + to) / 2;
    if (meanRun(middle, 'calibrate') > budget) to = middle;
    else from = middle;
  }
  return { knob: to, meanRun: meanRun(to, 'calibrated') };
}

export interface Delay {
  readonly mean: number;
  readonly standardError: number;
  /** Of the streams drawn, how many had a false alarm in the 200 stable outcomes, and were left out. */
  readonly earlyShare: number;
}

/** Outcomes from a fall to the alarm, after 200 stable ones without a false alarm. */
export function delayAfterFall(build: () => Alarm, to: number, streams: number): Delay {
  const delays: number[] = [];
  let drawn = 0;
  for (let run = 0; delays.length < streams; run++) {
    const random = keyedRandom('delay', to, run);
    const alarm = build();
    drawn++;
    if (runToAlarm(alarm, FLOOR, random, STABLE + 1) <= STABLE) continue;
    delays.push(runToAlarm(alarm, to, random, LIMIT));
  }
  return { ...meanOf(delays), earlyShare: 1 - streams / drawn };
}

function runToAlarm(alarm: Alarm, rate: number, random: { next(): number }, limit: number): number {
  return runLengthOf(() => alarm(random.next() < rate), limit);
}
