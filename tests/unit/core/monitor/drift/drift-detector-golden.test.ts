import {
  Adwin,
  Cusum,
  Ddm,
  type DriftDetector,
  Eddm,
  Ewma,
  HddmA,
  HddmW,
  type JsonObject,
  Kswin,
  PageHinkley,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { excess, type Golden, readGolden } from '../../read-golden.ts';

interface DetectorCase {
  readonly input: {
    readonly detector: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly kind: 'binary' | 'real';
    readonly stream: string;
    readonly length?: number;
    readonly draws?: string;
  };
  readonly expected: {
    readonly drifts: readonly (readonly [first: number, length: number])[];
    readonly warnings: readonly (readonly [first: number, length: number])[];
    readonly sums: Readonly<Record<string, readonly number[]>>;
  };
  /** Where the file's own does not fit. */
  readonly tolerance?: Golden<unknown>['tolerance'];
}

interface DetectorGolden extends Golden<DetectorCase> {
  readonly block: number;
  readonly alphabet: string;
  readonly streams: {
    readonly binary: Readonly<Record<string, string>>;
    readonly real: Readonly<Record<string, readonly number[]>>;
  };
}

const golden = readGolden<DetectorCase>('drift-detectors') as DetectorGolden;

const DETECTORS: Readonly<Record<string, new (options: object) => DriftDetector>> = {
  Adwin,
  PageHinkley,
  Ddm,
  Eddm,
  HddmA,
  HddmW,
  Cusum,
  Ewma,
};

function build({ detector, options, draws }: DetectorCase['input']): DriftDetector {
  if (detector !== 'Kswin') return new DETECTORS[detector]!(options);
  const rows = (draws ?? '').split(' ').map((row) => Array.from(row, (letter) => golden.alphabet.indexOf(letter)));
  return new Kswin({ ...options, sampleIndices: ({ number }) => rows[number]! });
}

function streamOf({ kind, stream, length }: DetectorCase['input']): readonly number[] {
  const values = kind === 'binary' ? Array.from(golden.streams.binary[stream]!, Number) : golden.streams.real[stream]!;
  return values.slice(0, length ?? values.length);
}

/** The figures inside the detector; what it has none of yet counts as 0, as in the vectors. */
function insideOf(detector: DriftDetector): JsonObject {
  return detector instanceof Kswin ? { pValue: detector.pValue } : (detector.toJSON().state as JsonObject);
}

function follow(detector: DriftDetector, values: readonly number[], names: readonly string[]) {
  const drifts: [number, number][] = [];
  const warnings: [number, number][] = [];
  const sums = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  values.forEach((value, i) => {
    detector.update(value);
    if (detector.driftDetected) addToRuns(drifts, i);
    if (detector.warningDetected) addToRuns(warnings, i);
    const block = Math.floor(i / golden.block);
    const inside = insideOf(detector);
    for (const name of names) sums[name]![block] = (sums[name]![block] ?? 0) + Number(inside[name] ?? 0);
  });
  return { drifts, warnings, sums };
}

function addToRuns(runs: [number, number][], i: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last[0] + last[1] === i) last[1]++;
  else runs.push([i, 1]);
}

describe('every drift detector equals river at every update', () => {
  for (const { input, expected, tolerance = golden.tolerance } of golden.cases) {
    it(`${input.detector} ${JSON.stringify(input.options)} on ${input.kind}: ${input.stream}`, () => {
      const actual = follow(build(input), streamOf(input), Object.keys(expected.sums));
      expect({ drifts: actual.drifts, warnings: actual.warnings }).toEqual({
        drifts: expected.drifts,
        warnings: expected.warnings,
      });
      for (const [name, blocks] of Object.entries(expected.sums)) {
        expect(actual.sums[name]).toHaveLength(blocks.length);
        const worst = Math.max(...blocks.map((sum, i) => excess(actual.sums[name]![i]!, sum, tolerance)));
        expect(worst, name).toBeLessThanOrEqual(0);
      }
    });
  }

  it('and the vectors hold drifts and warnings of each detector to differ in', () => {
    const drifting = new Set(golden.cases.filter((c) => c.expected.drifts.length > 0).map((c) => c.input.detector));
    const warning = new Set(golden.cases.filter((c) => c.expected.warnings.length > 0).map((c) => c.input.detector));
    expect([...drifting].sort()).toEqual([...Object.keys(DETECTORS), 'Kswin'].sort());
    expect([...warning].sort()).toEqual(['Ddm', 'Eddm', 'HddmA', 'HddmW']);
  });
});
