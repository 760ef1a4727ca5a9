import { type DriftDetector, keyedRandom, type RandomSource, randomNormal } from '@mlperf/core';

/** A source of values: 1 is an error at the given rate, or standard normal values around the given mean. */
export type StreamKind = 'outcomes' | 'normal';

const draw: Readonly<Record<StreamKind, (random: RandomSource, level: number) => number>> = {
  outcomes: (random, rate) => (random.next() < rate ? 1 : 0),
  normal: (random, mean) => randomNormal(random) + mean,
};

export interface Plan {
  readonly kind: StreamKind;
  readonly level: number;
  readonly streams: number;
  readonly length: number;
}

/** Alarms per 1,000 values of stable streams; after an alarm the detector goes on. */
export function falseAlarmsPerThousand(build: () => DriftDetector, { kind, level, streams, length }: Plan): number {
  let alarms = 0;
  for (let stream = 0; stream < streams; stream++) {
    const random = keyedRandom('rates', kind, stream);
    const detector = build();
    for (let i = 0; i < length; i++) {
      detector.update(draw[kind](random, level));
      if (detector.driftDetected) alarms++;
    }
  }
  return (alarms / (streams * length)) * 1000;
}

export interface Delays {
  /** Streams with an alarm within `length` values of the change. */
  readonly found: number;
  /** Values from the change to the first alarm, the upper median over those streams. */
  readonly median: number | undefined;
}

/** Each stream is stable for 1,000 values and then moves to `changed`; an alarm before that does not end it. */
export function delaysAfterChange(
  build: () => DriftDetector,
  { kind, level, streams, length, changed }: Plan & { readonly changed: number },
): Delays {
  const delays: number[] = [];
  for (let stream = 0; stream < streams; stream++) {
    const random = keyedRandom('delay', kind, stream);
    const detector = build();
    for (let i = 0; i < 1_000; i++) detector.update(draw[kind](random, level));
    for (let i = 1; i <= length; i++) {
      detector.update(draw[kind](random, changed));
      if (!detector.driftDetected) continue;
      delays.push(i);
      break;
    }
  }
  delays.sort((a, b) => a - b);
  return { found: delays.length, median: delays[Math.floor(delays.length / 2)] };
}
