import {
  type CalibrationMethod,
  fitBeta,
  fitClassCalibrator,
  fitIsotonic,
  fitPlatt,
  fitTemperature,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';
import { readGolden } from '../read-golden.ts';

interface Curve {
  readonly ask: readonly number[];
  readonly probabilities: readonly number[];
}
interface FittedCurve extends Curve {
  /** Mean log loss of the fitted rows. */
  readonly loss: number;
}
interface Line {
  readonly slope: number;
  readonly intercept: number;
}
interface Temperature {
  readonly inverseTemperature: number;
}
interface Case {
  readonly name: string;
  readonly input: { readonly scores: readonly number[]; readonly observed: readonly number[] };
  readonly expected: {
    readonly platt: { readonly exact: Line; readonly library: Line };
    readonly isotonic: { readonly exact: Curve };
    readonly temperature: { readonly exact: Temperature; readonly library?: Temperature };
    readonly beta: { readonly exact: FittedCurve; readonly library?: FittedCurve };
  };
}
interface ClassCase {
  readonly method: CalibrationMethod;
  readonly input: {
    readonly classes: readonly string[];
    readonly observed: readonly string[];
    readonly probabilities: readonly (readonly number[])[];
  };
  readonly expected: {
    readonly ask: readonly (readonly number[])[];
    readonly probabilities: readonly (readonly number[])[];
  };
}

const { cases } = readGolden<Case>('recalibration');
const EXACT = 1e-6;
/** Solvers inside the libraries stop at a coarser gradient. */
const LIBRARY = 2e-3;
const STOPPED_SHORT = 1e-7;

const dataOf = ({ input }: Case) => ({ scores: input.scores, observed: input.observed.map((came) => came === 1) });

/** Largest gap between two curves over [0, 1]. */
function gap(ask: readonly number[], ours: (p: number) => number, theirs: readonly number[]): number {
  return Math.max(...ask.map((p, i) => Math.abs(ours(p) - theirs[i]!)));
}

describe.each(cases)('on $name', (golden) => {
  const data = dataOf(golden);

  it('Platt scaling is the optimum SciPy finds, and scikit-learn’s to its precision', () => {
    const { exact, library } = golden.expected.platt;
    const ours = fitPlatt(data);
    expect(Math.abs(ours.slope - exact.slope)).toBeLessThan(EXACT);
    expect(Math.abs(ours.intercept - exact.intercept)).toBeLessThan(EXACT);
    expect(Math.abs(ours.slope - library.slope)).toBeLessThan(1e-4);
    expect(Math.abs(ours.intercept - library.intercept)).toBeLessThan(1e-4);
  });

  it('isotonic regression is scikit-learn’s, between its knots and beyond them', () => {
    const { ask, probabilities } = golden.expected.isotonic.exact;
    const ours = fitIsotonic(data);
    expect(gap(ask, (p) => ours.apply(p), probabilities)).toBeLessThan(1e-12);
  });

  it('the temperature is the root SciPy finds, and scikit-learn’s to its precision', () => {
    const { exact, library } = golden.expected.temperature;
    const ours = fitTemperature(data).inverseTemperature;
    expect(Math.abs(ours - exact.inverseTemperature)).toBeLessThan(1e-9);
    if (library !== undefined) expect(Math.abs(ours - library.inverseTemperature)).toBeLessThan(1e-6);
  });

  it('beta calibration is the bounded optimum SciPy finds, and betacal’s to its precision', () => {
    const { exact, library } = golden.expected.beta;
    const ours = fitBeta(data);
    expect(ours.a).toBeGreaterThanOrEqual(0);
    expect(ours.b).toBeGreaterThanOrEqual(0);
    expect(gap(exact.ask, (p) => ours.apply(p), exact.probabilities)).toBeLessThan(1e-5);
    const loss = data.scores.reduce(
      (sum, p, i) => sum - Math.log(data.observed[i] ? ours.apply(p) : 1 - ours.apply(p)) / data.scores.length,
      0,
    );
    expect(loss).toBeLessThanOrEqual(exact.loss + 1e-10);
    if (library === undefined) return;
    expect(loss).toBeLessThanOrEqual(library.loss + 1e-10);
    // On a narrow band of confidences betacal stops short of the optimum; there it is beaten, not matched.
    if (library.loss - exact.loss > STOPPED_SHORT) return;
    expect(gap(library.ask, (p) => ours.apply(p), library.probabilities)).toBeLessThan(LIBRARY);
  });
});

it('the golden set holds cases with bounds that bite, ties, zeros and ones, and every library', () => {
  expect(cases.length).toBe(21);
  expect(cases.filter(({ expected }) => expected.temperature.exact.inverseTemperature === 0).length).toBeGreaterThan(2);
  const converged = cases.filter(
    ({ expected: { beta } }) => beta.library !== undefined && beta.library.loss - beta.exact.loss <= STOPPED_SHORT,
  );
  expect(converged.length).toBeGreaterThan(12);
  expect(cases.filter(({ expected }) => expected.temperature.library !== undefined).length).toBeGreaterThan(8);
});

describe('the calibration of all classes', () => {
  const classes = readGolden<ClassCase>('class-recalibration');

  it.each(classes.cases.map((golden) => ({ golden, label: `${golden.method}, ${golden.input.classes.join('/')}` })))(
    'is scikit-learn’s CalibratedClassifierCV: $label',
    ({ golden: { method, input, expected } }) => {
      const ours = fitClassCalibrator(method, input);
      expected.ask.forEach((row, i) => {
        const calibrated = ours.apply(row);
        for (let c = 0; c < input.classes.length; c++) {
          expect(Math.abs(calibrated[c]! - expected.probabilities[i]![c]!)).toBeLessThan(1e-5);
        }
      });
    },
  );
});
