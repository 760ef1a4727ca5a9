import { Adwin, Cusum, Ddm, type DriftDetector, Eddm, Ewma, HddmA, HddmW, Kswin, PageHinkley } from '@mlperf/core';

export interface DetectorUnderTest {
  readonly name: string;
  readonly isBinary: boolean;
  /** Sensitive enough to find drifts in a few hundred values. */
  readonly build: () => DriftDetector;
  readonly from: (json: unknown) => DriftDetector;
}

export const EVERY_DETECTOR: readonly DetectorUnderTest[] = [
  { name: 'adwin', isBinary: false, build: () => new Adwin({ clock: 3, delta: 0.3 }), from: Adwin.from },
  {
    name: 'adwin',
    isBinary: false,
    build: () => new Adwin({ clock: 1, delta: 0.3, resetOnDrift: true }),
    from: Adwin.from,
  },
  { name: 'page-hinkley', isBinary: false, build: () => new PageHinkley({ threshold: 3 }), from: PageHinkley.from },
  { name: 'ddm', isBinary: true, build: () => new Ddm({ driftThreshold: 2 }), from: Ddm.from },
  { name: 'eddm', isBinary: true, build: () => new Eddm(), from: Eddm.from },
  {
    name: 'hddm-a',
    isBinary: true,
    build: () => new HddmA({ driftConfidence: 0.1, warningConfidence: 0.3, twoSidedTest: true }),
    from: HddmA.from,
  },
  {
    name: 'hddm-w',
    isBinary: true,
    build: () => new HddmW({ driftConfidence: 0.1, warningConfidence: 0.3, twoSidedTest: true }),
    from: HddmW.from,
  },
  { name: 'hddm-w', isBinary: true, build: () => new HddmW({ driftConfidence: 0.005 }), from: HddmW.from },
  {
    name: 'kswin',
    isBinary: false,
    build: () => new Kswin({ alpha: 0.2, windowSize: 20, statSize: 5 }),
    from: (json) => Kswin.from(json),
  },
  { name: 'cusum', isBinary: false, build: () => new Cusum({ minInstances: 12, threshold: 3 }), from: Cusum.from },
  { name: 'ewma', isBinary: false, build: () => new Ewma({ minInstances: 12, threshold: 2 }), from: Ewma.from },
];

/** `name`, and a number where a name comes twice. */
export function titleOf({ name }: DetectorUnderTest, index: number): string {
  return EVERY_DETECTOR.findIndex((other) => other.name === name) === index ? name : `${name}, other options`;
}
