import { Adwin, Cusum, Ddm, type DriftDetector, Eddm, Ewma, HddmA, HddmW, Kswin, PageHinkley } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { delaysAfterChange, falseAlarmsPerThousand } from './measured-alarms.ts';

/** What the docstrings and docs/guides/drift-detectors.md quote, measured on other seeds than these tests use. */
interface Quoted {
  readonly name: string;
  readonly build: () => DriftDetector;
  /** Per 1,000 outcomes of a 55 % hit rate. */
  readonly outcomes: number;
  /** Per 1,000 standard normal values. */
  readonly normal?: number;
  /** Of 200 streams, after a fall from 55 to 45 %, within 2,000 outcomes; the median delay of these. */
  readonly found: number;
  /** Not quoted where most of these alarms are false. */
  readonly median?: number;
}

const QUOTED: readonly Quoted[] = [
  { name: 'Adwin', build: () => new Adwin(), outcomes: 0, normal: 0.001, found: 146, median: 984 },
  { name: 'Adwin, clock 1', build: () => new Adwin({ clock: 1 }), outcomes: 0, normal: 0.002, found: 151, median: 929 },
  { name: 'PageHinkley', build: () => new PageHinkley(), outcomes: 0.045, normal: 0.577, found: 200, median: 540 },
  {
    name: 'PageHinkley, up',
    build: () => new PageHinkley({ mode: 'up' }),
    outcomes: 0.025,
    normal: 0.317,
    found: 200,
    median: 540,
  },
  { name: 'Ddm', build: () => new Ddm(), outcomes: 0.039, found: 152, median: 435 },
  { name: 'Eddm', build: () => new Eddm(), outcomes: 2.554, found: 195 },
  { name: 'HddmA', build: () => new HddmA(), outcomes: 0.036, found: 191, median: 374 },
  {
    name: 'HddmA, two-sided',
    build: () => new HddmA({ twoSidedTest: true }),
    outcomes: 0.049,
    found: 192,
    median: 374,
  },
  { name: 'HddmW', build: () => new HddmW(), outcomes: 0.748, found: 196, median: 111 },
  {
    name: 'HddmW, two-sided',
    build: () => new HddmW({ twoSidedTest: true }),
    outcomes: 1.018,
    found: 195,
    median: 140,
  },
  {
    name: 'HddmW, driftConfidence 1e-5',
    build: () => new HddmW({ driftConfidence: 1e-5 }),
    outcomes: 0.036,
    found: 107,
    median: 594,
  },
  { name: 'Kswin', build: () => new Kswin(), outcomes: 0.278, normal: 1.261, found: 86 },
  { name: 'Cusum', build: () => new Cusum(), outcomes: 1.825, normal: 2.124, found: 193, median: 215 },
  {
    name: 'Cusum, minInstances 500, threshold 10',
    build: () => new Cusum({ minInstances: 500, threshold: 10 }),
    outcomes: 0.01,
    normal: 0.025,
    found: 59,
    median: 749,
  },
  { name: 'Ewma', build: () => new Ewma(), outcomes: 0.63, normal: 0.112, found: 182, median: 356 },
];

const stable = { kind: 'outcomes', level: 0.45, streams: 200, length: 5_000 } as const;

/** Five standard errors of a count of rare events, and one event where there were none. */
function expectCount(measured: number, quoted: number): void {
  expect(Math.abs(measured - quoted)).toBeLessThanOrEqual(5 * Math.sqrt(quoted) + 1);
}

const MILLION = stable.streams * stable.length;

describe.each(QUOTED)('what is quoted of $name', ({ build, outcomes, found, median }) => {
  it('is its rate of false alarms on outcomes of a 55 % hit rate', () => {
    expectCount((falseAlarmsPerThousand(build, stable) * MILLION) / 1000, (outcomes * MILLION) / 1000);
  });

  it('is its delay after a fall to 45 %', () => {
    const delays = delaysAfterChange(build, { ...stable, length: 2_000, changed: 0.55 });
    const share = found / stable.streams;
    const error = Math.sqrt(stable.streams * share * (1 - share));
    expect(Math.abs(delays.found - found)).toBeLessThanOrEqual(5 * error + 3);
    if (median !== undefined) expect(Math.abs((delays.median ?? 0) / median - 1)).toBeLessThan(0.35);
  });
});

describe.each(QUOTED.filter(({ normal }) => normal !== undefined))(
  'what is quoted of $name',
  ({ build, normal = 0 }) => {
    it('is its rate of false alarms on standard normal values', () => {
      const measured = falseAlarmsPerThousand(build, { ...stable, kind: 'normal', level: 0 });
      expectCount((measured * MILLION) / 1000, (normal * MILLION) / 1000);
    });
  },
);

describe('on the first 2,000 outcomes of a stream', () => {
  const young = { ...stable, length: 2_000 };
  const values = young.streams * young.length;

  it('DDM and EDDM alarm falsely more often than later', () => {
    expectCount((falseAlarmsPerThousand(() => new Ddm(), young) * values) / 1000, (0.085 * values) / 1000);
    expectCount((falseAlarmsPerThousand(() => new Eddm(), young) * values) / 1000, (4.5 * values) / 1000);
  });
});

describe('ADWIN over a million stable outcomes', () => {
  it('keeps one window and its mean', () => {
    const detector = new Adwin();
    let errors = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const error = (i * 0.618033988749895) % 1 < 0.45 ? 1 : 0;
      errors += error;
      detector.update(error);
    }
    expect(detector).toMatchObject({ nDetections: 0, width: 1_000_000, total: errors, estimation: errors / 1_000_000 });
    expect(detector.variance).toBeCloseTo(0.45 * 0.55, 5);
  });
});
