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

/** When a detector fired, as positions in the stream. */
export interface Alarms {
  readonly detector: string;
  readonly at: readonly number[];
}

/** With their defaults. Those that take any number watch the errors, 1 for a wrong prediction. */
const CLASSIC: readonly (readonly [name: string, build: () => DriftDetector])[] = [
  ['Adwin', () => new Adwin()],
  ['PageHinkley', () => new PageHinkley()],
  ['Ddm', () => new Ddm()],
  ['Eddm', () => new Eddm()],
  ['HddmA', () => new HddmA()],
  ['HddmW', () => new HddmW()],
  ['Kswin', () => new Kswin()],
  ['Cusum', () => new Cusum()],
  ['Ewma', () => new Ewma()],
];

/** A day of half hours: labels compare with the mean of 24 hours, so hits a day apart have little in common. */
const DAY = 48;

/**
 * Every classic detector and the e-detector over one stream of hits and misses.
 * @param floor - The rate the e-detector takes for acceptable.
 */
export function watchHits(hits: readonly boolean[], floor: number): readonly Alarms[] {
  const classic = CLASSIC.map(([detector, build]) => {
    const watching = build();
    return {
      detector,
      at: positions(hits, (hit) => {
        watching.update(hit ? 0 : 1);
        return watching.driftDetected;
      }),
    };
  });
  const ours = [1, DAY].map((labelOverlap) => {
    const watching = new EDetector({ floor, falseAlarmEvery: 2_000, labelOverlap });
    return {
      detector: labelOverlap === 1 ? 'EDetector' : `EDetector, labelOverlap ${labelOverlap}`,
      at: positions(hits, (hit) => watching.update(hit) !== undefined),
    };
  });
  return [...ours, ...classic];
}

function positions(hits: readonly boolean[], fires: (hit: boolean) => boolean): readonly number[] {
  return hits.flatMap((hit, i) => (fires(hit) ? i : []));
}
