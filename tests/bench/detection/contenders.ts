import {
  Adwin,
  Cusum,
  Ddm,
  type DriftDetector,
  EDetector,
  Eddm,
  Ewma,
  HddmA,
  HddmW,
  Kswin,
  PageHinkley,
} from '@mlperf/core';

/** Takes whether a prediction was a hit; says whether that raised the alarm. */
export type Alarm = (hit: boolean) => boolean;

/** A detector with one knob, on a scale where more means fewer alarms. */
export interface Contender {
  readonly name: string;
  /** Where the knob is looked for. */
  readonly from: number;
  readonly to: number;
  readonly build: (knob: number) => Alarm;
  /** Slow ones get a fraction of the streams. */
  readonly share?: number;
}

export const FLOOR = 0.6;

export const OURS: Contender = {
  name: 'e-detector',
  from: 800,
  to: 4_000,
  build(falseAlarmEvery) {
    const detector = new EDetector({ floor: FLOOR, falseAlarmEvery });
    return (hit) => detector.update(hit) !== undefined;
  },
};

/** The bound: Page's CUSUM on the log-likelihood ratio of the known new rate. */
export function informedCusum(rate: number): Contender {
  const onHit = Math.log(rate / FLOOR);
  const onMiss = Math.log((1 - rate) / (1 - FLOOR));
  return {
    name: 'CUSUM told the new rate',
    from: 0.5,
    to: 9,
    build(threshold) {
      let sum = 0;
      return (hit) => {
        sum = Math.max(0, sum + (hit ? onHit : onMiss));
        return sum >= threshold;
      };
    },
  };
}

/** Published parameters but for the threshold; told that only a rise of the error rate counts, where one can tell them. */
export const CLASSICS: readonly Contender[] = [
  { name: 'ADWIN', from: 0.001, to: 8, build: (knob) => onErrors(new Adwin({ delta: 10 ** -knob })) },
  { name: 'Page–Hinkley', from: 1, to: 60, build: (threshold) => onErrors(new PageHinkley({ threshold, mode: 'up' })) },
  {
    name: 'DDM',
    from: 0.5,
    to: 8,
    build: (driftThreshold) => onErrors(new Ddm({ driftThreshold, warningThreshold: Math.min(2, driftThreshold) })),
  },
  { name: 'EDDM', from: 0.05, to: 0.6, build: (knob) => onErrors(new Eddm({ beta: 1 - knob })) },
  {
    name: 'HDDM_A',
    from: 0.5,
    to: 8,
    build: (knob) => onErrors(new HddmA({ driftConfidence: 10 ** -knob, warningConfidence: 0.5 })),
  },
  {
    name: 'HDDM_W',
    from: 0.5,
    to: 8,
    build: (knob) => onErrors(new HddmW({ driftConfidence: 10 ** -knob, warningConfidence: 0.5 })),
  },
  { name: 'KSWIN', from: 0.3, to: 8, share: 0.2, build: (knob) => onErrors(new Kswin({ alpha: 10 ** -knob })) },
  {
    name: 'CUSUM, learnt reference',
    from: 1,
    to: 40,
    build: (threshold) => onErrors(new Cusum({ threshold, mode: 'up' })),
  },
  { name: 'EWMA', from: 1, to: 8, build: (threshold) => onErrors(new Ewma({ threshold, mode: 'up' })) },
];

function onErrors(detector: DriftDetector): Alarm {
  return (hit) => {
    detector.update(hit ? 0 : 1);
    return detector.driftDetected;
  };
}
