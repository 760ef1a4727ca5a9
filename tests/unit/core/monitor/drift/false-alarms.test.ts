import { Adwin, Cusum, Ddm, type DriftDetector, Eddm, Ewma, HddmA, HddmW, Kswin, PageHinkley } from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { delaysAfterChange, falseAlarmsPerThousand } from './measured-alarms.ts';

const DEFAULTS: Readonly<Record<string, () => DriftDetector>> = {
  Adwin: () => new Adwin(),
  PageHinkley: () => new PageHinkley(),
  Ddm: () => new Ddm(),
  Eddm: () => new Eddm(),
  HddmA: () => new HddmA(),
  HddmW: () => new HddmW(),
  Kswin: () => new Kswin(),
  Cusum: () => new Cusum(),
  Ewma: () => new Ewma(),
};

const stable = { kind: 'outcomes', level: 0.45, streams: 20, length: 2_000 } as const;
const rates = new Map(Object.entries(DEFAULTS).map(([name, build]) => [name, falseAlarmsPerThousand(build, stable)]));

describe('the defaults on outcomes of a 55 % hit rate', () => {
  it('alarm falsely less than once in 5,000 for ADWIN, Page–Hinkley, DDM and HDDM_A', () => {
    for (const name of ['Adwin', 'PageHinkley', 'Ddm', 'HddmA']) expect(rates.get(name), name).toBeLessThan(0.2);
  });

  it('alarm falsely more than once in 4,000 for EDDM, HDDM_W, CUSUM and EWMA', () => {
    for (const name of ['Eddm', 'HddmW', 'Cusum', 'Ewma']) expect(rates.get(name), name).toBeGreaterThan(0.25);
  });
});

describe('the defaults after 1,000 stable values', () => {
  const change = { ...stable, level: 0.2, changed: 0.6, length: 500 };

  for (const [name, build] of Object.entries(DEFAULTS)) {
    it(`find a rise of the error rate from 20 to 60 % within 500 outcomes: ${name}`, () => {
      expect(delaysAfterChange(build, change).found).toBeGreaterThanOrEqual(17);
    });
  }

  it('find a mean of standard normal values that rises by 2', () => {
    for (const name of ['Adwin', 'PageHinkley', 'Kswin', 'Cusum', 'Ewma']) {
      const delays = delaysAfterChange(DEFAULTS[name]!, { ...change, kind: 'normal', level: 0, changed: 2 });
      expect(delays.found, name).toBeGreaterThanOrEqual(18);
      expect(delays.median, name).toBeLessThan(60);
    }
  });
});
