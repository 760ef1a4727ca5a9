import { brierScore, type Label, logLoss, multiclassBrierScore, rocAuc } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excess, readGolden } from '../../read-golden.ts';

interface Case {
  readonly input: {
    readonly yTrue: readonly string[];
    readonly probabilities: readonly number[];
    readonly classes: readonly string[];
  };
  readonly expected: {
    readonly logLoss: number;
    readonly brierUp: number;
    readonly multiclassBrier: number;
    readonly rocAucUp: number | null;
  };
}

const golden = readGolden<Case>('probability-scores');
const UP_DOWN = ['up', 'down'];

describe('log loss, Brier scores and ROC AUC', () => {
  it('agree with scikit-learn, certain, impossible and tied probabilities included', () => {
    expect(golden.cases.length).toBeGreaterThan(20);
    for (const { input, expected } of golden.cases) {
      const { yTrue, probabilities, classes } = input;
      const up = yTrue.map((_, row) => probabilities[row * classes.length]!);
      const check = (actual: number, wanted: number) =>
        expect(excess(actual, wanted, golden.tolerance)).toBeLessThanOrEqual(0);
      check(logLoss(yTrue, probabilities, classes), expected.logLoss);
      check(multiclassBrierScore(yTrue, probabilities, classes), expected.multiclassBrier);
      check(
        brierScore(
          yTrue.map((label) => label === 'up'),
          up,
        ),
        expected.brierUp,
      );
      const auc = rocAuc(yTrue, up, 'up');
      if (expected.rocAucUp === null) expect(auc).toBeUndefined();
      else check(auc!, expected.rocAucUp);
    }
  });

  it('are worked out by hand', () => {
    const probabilities = [0.5, 0.5, 0.25, 0.75];
    expect(logLoss(UP_DOWN, probabilities, UP_DOWN)).toBeCloseTo(-(Math.log(0.5) + Math.log(0.75)) / 2, 15);
    expect(brierScore([true, false], [0.8, 0.6])).toBeCloseTo((0.2 ** 2 + 0.6 ** 2) / 2, 15);
    expect(multiclassBrierScore(['up'], [0.7, 0.2, 0.1], ['up', 'down', 'flat'])).toBeCloseTo(
      0.3 ** 2 + 0.2 ** 2 + 0.1 ** 2,
      15,
    );
    expect(rocAuc(['up', 'down', 'up', 'down'], [0.9, 0.4, 0.4, 0.1], 'up')).toBe((3 + 1 / 2) / 4);
  });

  it('of probabilities of exactly 0.5 are those of a coin', () => {
    const halves = [0.5, 0.5, 0.5, 0.5];
    expect(logLoss(UP_DOWN, halves, UP_DOWN)).toBe(Math.LN2);
    expect(brierScore([true, false, false], [0.5, 0.5, 0.5])).toBe(0.25);
    expect(rocAuc(UP_DOWN, [0.5, 0.5], 'up')).toBe(0.5);
  });

  it('bound the surprise at what was given nothing at 36.04 nats, and at certainty above 0', () => {
    expect(logLoss(['up'], [0, 1], UP_DOWN)).toBeCloseTo(52 * Math.LN2, 12);
    expect(logLoss(['up'], [1, 0], UP_DOWN)).toBeGreaterThan(0);
    expect(logLoss(['up'], [1, 0], UP_DOWN)).toBeLessThan(1e-15);
  });

  it('of one class only are defined, except for ROC AUC', () => {
    expect(logLoss(['up', 'up'], [0.6, 0.4, 0.7, 0.3], UP_DOWN)).toBeCloseTo(-Math.log(0.6 * 0.7) / 2, 15);
    expect(rocAuc(['up', 'up'], [0.6, 0.7], 'up')).toBeUndefined();
    expect(rocAuc(['down', 'down'], [0.6, 0.7], 'up')).toBeUndefined();
  });

  it('ROC AUC depends on the order of the scores alone and equals a count over all pairs', () => {
    const rows = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 })), { minLength: 2, maxLength: 40 });
    fc.assert(
      fc.property(rows, (list) => {
        const truth = list.map(([positive]) => (positive ? 'up' : 'down'));
        const score = list.map(([, value]) => value);
        const [ups, downs] = [true, false].map((side) => list.filter(([is]) => is === side).map(([, value]) => value));
        const auc = rocAuc(truth, score, 'up');
        if (ups!.length === 0 || downs!.length === 0) {
          expect(auc).toBeUndefined();
          return;
        }
        let wins = 0;
        for (const up of ups!) for (const down of downs!) wins += up > down ? 1 : up === down ? 0.5 : 0;
        expect(auc).toBe(wins / (ups!.length * downs!.length));
        const cubes = score.map((value) => value ** 3 - 5);
        expect(rocAuc(truth, cubes, 'up')).toBe(auc);
        expect(rocAuc(truth, score, 'down')).toBeCloseTo(1 - auc!, 15);
      }),
      { seed: 72 },
    );
  });

  it.each<[string, Label[], number[], Label[], string]>([
    ['nothing', [], [], UP_DOWN, 'EMPTY_INPUT'],
    ['a row too short', ['up'], [0.5], UP_DOWN, 'LENGTH_MISMATCH'],
    ['NaN', ['up'], [Number.NaN, 0.5], UP_DOWN, 'NOT_FINITE'],
    ['an infinity', ['up'], [Number.POSITIVE_INFINITY, 0.5], UP_DOWN, 'NOT_FINITE'],
    ['a probability above 1', ['up'], [1.5, -0.5], UP_DOWN, 'OUT_OF_RANGE'],
    ['a row that does not sum to 1', ['up'], [0.5, 0.4], UP_DOWN, 'OUT_OF_RANGE'],
    ['a label of no class', ['flat'], [0.5, 0.5], UP_DOWN, 'OUT_OF_RANGE'],
    ['one class', ['up'], [1], ['up'], 'OUT_OF_RANGE'],
    ['a class twice', ['up'], [0.5, 0.5], ['up', 'up'], 'OUT_OF_RANGE'],
  ])('refuse %s', (_case, yTrue, probabilities, classes, code) => {
    expect(() => logLoss(yTrue, probabilities, classes)).toThrow(expect.objectContaining({ code }));
    expect(() => multiclassBrierScore(yTrue, probabilities, classes)).toThrow(expect.objectContaining({ code }));
  });

  it.each<[string, Label[], number[], string]>([
    ['nothing', [], [], 'EMPTY_INPUT'],
    ['lengths that differ', ['up'], [0.1, 0.2], 'LENGTH_MISMATCH'],
    ['NaN', ['up'], [Number.NaN], 'NOT_FINITE'],
    ['an infinity', ['up'], [Number.NEGATIVE_INFINITY], 'NOT_FINITE'],
  ])('ROC AUC refuses %s', (_case, yTrue, score, code) => {
    expect(() => rocAuc(yTrue, score, 'up')).toThrow(expect.objectContaining({ code }));
  });
});
