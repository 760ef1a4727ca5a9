import { describe, expect, it } from 'vitest';
import { GainSequence } from '../../../../../packages/registry/src/retraining/gate/gain-sequence.ts';

/** Decisions of one time apart whose outcomes come `horizon` later. */
function decision(at: number, gain: number, horizon = 1) {
  return { gain, predictedAt: at, observedAt: at + horizon };
}

describe('a sequence of gains', () => {
  it('weighs a time once a later one comes in', () => {
    const sequence = new GainSequence({ bound: 1, labelOverlap: 1 });
    expect(sequence.add(decision(0, 0.5))).toBeUndefined();
    expect(sequence.add(decision(1, -0.25))).toEqual({ gain: 0.5, row: 0 });
    expect(sequence.add(decision(2, 0))).toEqual({ gain: -0.25, row: 0 });
    expect(sequence).toMatchObject({ decisions: 2, leftOut: 0, clipped: 0 });
  });

  it('counts the symbols of one time as one gain, their mean', () => {
    const sequence = new GainSequence({ bound: 1, labelOverlap: 1 });
    sequence.add(decision(0, 1));
    sequence.add(decision(0, 0));
    sequence.add(decision(0, -0.25));
    expect(sequence.add(decision(1, 0))).toEqual({ gain: (1 + 0 - 0.25) / 3, row: 0 });
    expect(sequence.decisions).toBe(3);
  });

  it('clips before it averages, and counts', () => {
    const sequence = new GainSequence({ bound: 0.1, labelOverlap: 1 });
    sequence.add(decision(0, 5));
    sequence.add(decision(0, -0.05));
    expect(sequence.add(decision(1, 0))?.gain).toBeCloseTo((0.1 - 0.05) / 2, 15);
    expect(sequence.clipped).toBe(1);
  });

  it('deals labels that overlap by three to three rows in turn', () => {
    const sequence = new GainSequence({ bound: 1, labelOverlap: 3 });
    const rows = [0, 1, 2, 3, 4, 5, 6, 7].map((at) => sequence.add(decision(at, 0.5, 3))?.row);
    expect(rows).toEqual([undefined, 0, 1, 2, 0, 1, 2, 0]);
  });

  it('uses no more rows than the labels need', () => {
    const sequence = new GainSequence({ bound: 1, labelOverlap: 10 });
    const rows = [0, 1, 2, 3].map((at) => sequence.add(decision(at, 0.5))?.row);
    expect(rows).toEqual([undefined, 0, 0, 0]);
  });

  it('leaves out what finds no row free, and what comes after its time', () => {
    const sequence = new GainSequence({ bound: 1, labelOverlap: 1 });
    const rows = [0, 1, 2, 3, 4].map((at) => sequence.add(decision(at, 0.5, 2))?.row);
    expect(rows).toEqual([undefined, 0, undefined, 0, undefined]);
    sequence.add(decision(2, 0.5, 4));
    expect(sequence).toMatchObject({ decisions: 2, leftOut: 3 });
  });

  it.each([
    ['a bound of 0', { bound: 0, labelOverlap: 1 }],
    ['no bound', { bound: Number.POSITIVE_INFINITY, labelOverlap: 1 }],
    ['half an overlap', { bound: 1, labelOverlap: 0.5 }],
  ])('is refused with %s', (_what, options) => {
    expect(() => new GainSequence(options)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('refuses a gain that is no number', () => {
    const sequence = new GainSequence({ bound: 1, labelOverlap: 1 });
    expect(() => sequence.add(decision(0, Number.NaN))).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }));
  });
});
