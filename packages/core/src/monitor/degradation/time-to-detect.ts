import { InvalidInputError } from '../../errors.ts';
import { keyedRandom } from '../../random/random-source.ts';
import { EDetector, type EDetectorAlternative } from './e-detector.ts';

export interface TimeToDetectQuery {
  /** Hit rate while all is well, in (0, 1). */
  readonly from: number;
  /** Hit rate after the change, below `floor`. */
  readonly to: number;
  /** The alarm budget: mean outcomes to a false alarm, > 1. */
  readonly falseAlarmEvery: number;
  /** The floor the detector is given. Default: `from`. */
  readonly floor?: number;
  /** Outcomes at `from` before the change. Default 200. */
  readonly stableOutcomes?: number;
  readonly alternatives?: readonly EDetectorAlternative[];
}

/** Outcomes from the change to the alarm. A quantile beyond `horizon` is absent. */
export interface TimeToDetect {
  /** Mean; absent unless every run was detected within `horizon`. */
  readonly mean?: number;
  readonly median?: number;
  /** Nine in ten changes are detected within this many outcomes. */
  readonly p90?: number;
  /** Share of runs detected within `horizon`. */
  readonly detectedShare: number;
  /** Simulated runs that had no false alarm before the change. */
  readonly runs: number;
  /** Outcomes after which a run is given up. */
  readonly horizon: number;
}

const RUNS = 2_000;
const MAX_STEPS = 20_000_000;

/**
 * What to expect of the default rule: how many outcomes pass between a fall of the hit rate and the alarm.
 *
 * A seeded simulation of 2,000 independent streams: `stableOutcomes` at `from` (a stream that alarms there is drawn
 * again), then `to` until the alarm. The same query gives the same answer. The standard error of the mean is about
 * 2 % of it. Streams are given up after 20 times the budget.
 *
 * @throws {@link InvalidInputError} `OUT_OF_RANGE` unless 0 < to < floor and floor ≤ from < 1: a rate above the floor
 * is never detected on purpose, and a healthy rate below it is no healthy rate.
 * @remarks Typically under a second; a fall of a few points at a budget above 10,000 takes several.
 * @example timeToDetect({ from: 0.6, to: 0.4, falseAlarmEvery: 2000 }).median; // about 43
 */
export function timeToDetect(query: TimeToDetectQuery): TimeToDetect {
  const { from, to, falseAlarmEvery, floor = from, stableOutcomes = 200 } = query;
  if (!(to > 0 && to < floor && floor <= from && from < 1)) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `timeToDetect needs 0 < to < floor ≤ from < 1; got to ${to}, floor ${floor}, from ${from}`,
    );
  }
  if (!Number.isInteger(stableOutcomes) || stableOutcomes < 0 || stableOutcomes > 100_000) {
    throw new InvalidInputError(
      'OUT_OF_RANGE',
      `stableOutcomes must be a whole number from 0 to 100000; got ${stableOutcomes}`,
    );
  }
  const alternatives = query.alternatives === undefined ? {} : { alternatives: query.alternatives };
  const detector = new EDetector({ floor, falseAlarmEvery, ...alternatives });
  const random = keyedRandom('time-to-detect', from, to, falseAlarmEvery, floor, stableOutcomes);
  const horizon = Math.ceil(20 * falseAlarmEvery);
  const delays: number[] = [];
  let steps = 0;
  let detected = 0;
  const step = (rate: number) => {
    steps++;
    return detector.update(random.next() < rate) !== undefined;
  };
  while (delays.length < RUNS && (steps < MAX_STEPS || delays.length === 0)) {
    detector.reset();
    let falseAlarm = false;
    for (let i = 0; i < stableOutcomes && !falseAlarm; i++) falseAlarm = step(from);
    if (falseAlarm && steps < MAX_STEPS) continue;
    let delay = 1;
    while (!step(to) && delay < horizon) delay++;
    if (delay < horizon) detected++;
    delays.push(delay);
  }
  delays.sort((a, b) => a - b);
  const quantile = (share: number) => {
    const value = delays[Math.ceil(share * delays.length) - 1]!;
    return value < horizon ? value : undefined;
  };
  const median = quantile(0.5);
  const p90 = quantile(0.9);
  return {
    ...(detected === delays.length ? { mean: delays.reduce((sum, delay) => sum + delay, 0) / delays.length } : {}),
    ...(median === undefined ? {} : { median }),
    ...(p90 === undefined ? {} : { p90 }),
    detectedShare: detected / delays.length,
    runs: delays.length,
    horizon,
  };
}
