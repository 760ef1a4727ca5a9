import { readFileSync } from 'node:fs';
import { keyedRandom } from '@mlperf/core';
import { FixedShare } from '@mlperf/models';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

interface GoldenCase {
  readonly input: {
    readonly learningRate: number;
    readonly shareRate: number;
    readonly losses: readonly (readonly (number | null)[])[];
  };
  readonly expected: readonly (readonly number[])[];
}

const golden = JSON.parse(readFileSync(new URL('../../../golden/fixed-share.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
};

function close(got: Float64Array, expected: readonly number[], relative: number): void {
  expect(got).toHaveLength(expected.length);
  expected.forEach((weight, i) => {
    expect(Math.abs(got[i]! - weight)).toBeLessThanOrEqual(relative * weight);
  });
}

describe('the fixed-share rule', () => {
  it('updates by loss and then shares, as worked out by hand', () => {
    const rule = new FixedShare({ learningRate: Math.LN2, shareRate: 0.1 });
    const state = rule.update(rule.start(2), [0, 1]);
    // v = (1, 1/2) / (3/2) = (2/3, 1/3); w = 0.9 · 2/3 + 0.1 · 1/3 and 0.9 · 1/3 + 0.1 · 2/3
    close(rule.weights(state), [19 / 30, 11 / 30], 1e-14);
  });

  it('leaves its weight to a member without an answer', () => {
    const rule = new FixedShare({ learningRate: Math.LN2, shareRate: 0 });
    const state = rule.update(rule.start(3), [0, 1, undefined]);
    // The other two share 2/3 as 2 : 1.
    close(rule.weights(state), [4 / 9, 2 / 9, 1 / 3], 1e-14);
    expect(rule.weights(rule.update(state, [undefined, undefined, undefined]))).toEqual(rule.weights(state));
  });

  it.each(golden.cases.map((one, i) => [i, one] as const))(
    'agrees with NumPy on case %i',
    (_i, { input, expected }) => {
      const rule = new FixedShare(input);
      let state = rule.start(expected[0]!.length);
      input.losses.forEach((losses, t) => {
        state = rule.update(
          state,
          losses.map((loss) => loss ?? undefined),
        );
        close(rule.weights(state), expected[t]!, 1e-12);
      });
    },
  );

  it('loses no member to zero, however long it is wrong, and lets it come back', () => {
    const rule = new FixedShare({ learningRate: 1, shareRate: 0 });
    let state = rule.start(2);
    for (let t = 0; t < 5_000; t++) state = rule.update(state, [0, 1]);
    expect(rule.weights(state)[0]).toBe(1);
    for (let t = 0; t < 5_000; t++) state = rule.update(state, [1, 0]);
    close(rule.weights(state), [0.5, 0.5], 1e-9);
  });

  it('keeps every weight at or above its share, and their sum at 1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        fc.double({ min: 1e-6, max: 0.9, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 }),
        (members, learningRate, shareRate, numbers) => {
          const rule = new FixedShare({ learningRate, shareRate });
          let state = rule.start(members);
          for (let t = 0; t + members <= numbers.length; t += members) {
            state = rule.update(state, numbers.slice(t, t + members));
            const weights = rule.weights(state);
            expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
            const least = Math.min(shareRate / (members - 1), 1 / members);
            expect(Math.min(...weights)).toBeGreaterThanOrEqual(Math.min(least, 1 - shareRate) * (1 - 1e-9));
          }
        },
      ),
    );
  });

  it('loses no more than its bound over the best sequence of members, in half the Brier score', () => {
    const members = 3;
    const outcomes = 600;
    const learningRate = 0.5;
    const shareRate = 0.01;
    for (const changes of [0, 2, 5]) {
      const random = keyedRandom('bound', changes);
      const rule = new FixedShare({ learningRate, shareRate });
      let state = rule.start(members);
      let mixed = 0;
      let best = 0;
      for (let t = 0; t < outcomes; t++) {
        const good = Math.floor((t * (changes + 1)) / outcomes) % members;
        const up = random.next() < 0.5;
        // The good member is right 9 times of 10, the others do no better than a coin.
        const said = Array.from({ length: members }, (_, m) => {
          const right = random.next() < (m === good ? 0.9 : 0.5);
          return right === up ? 0.8 : 0.2;
        });
        const loss = (p: number) => (p - (up ? 1 : 0)) ** 2;
        const weights = rule.weights(state);
        mixed += loss(said.reduce((sum, p, m) => sum + weights[m]! * p, 0));
        best += loss(said[good]!);
        state = rule.update(state, said.map(loss));
      }
      const regret =
        (Math.log(members) +
          changes * Math.log((members - 1) / shareRate) +
          (outcomes - 1 - changes) * Math.log(1 / (1 - shareRate))) /
        learningRate;
      expect(mixed).toBeLessThanOrEqual(best + regret);
      expect(mixed).toBeLessThan(0.25 * outcomes);
    }
  });

  it.each([
    [{ learningRate: 0 }],
    [{ learningRate: Number.NaN }],
    [{ learningRate: Number.POSITIVE_INFINITY }],
    [{ shareRate: 1 }],
    [{ shareRate: -0.1 }],
  ])('refuses %o', (options) => {
    expect(() => new FixedShare(options)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });

  it('refuses losses it cannot use and states it has not made', () => {
    const rule = new FixedShare();
    expect(() => rule.update(rule.start(2), [0])).toThrow(expect.objectContaining({ code: 'LENGTH_MISMATCH' }));
    expect(() => rule.update(rule.start(2), [0, 1.1])).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    expect(() => rule.start(0)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
    for (const state of [
      {},
      { formatVersion: 2, logWeights: [0] },
      { formatVersion: 1, logWeights: [] },
      { formatVersion: 1, logWeights: [0, 'x'] },
      { formatVersion: 1, logWeights: [1] },
      { formatVersion: 1, logWeights: 'none' },
    ]) {
      expect(() => rule.weights(state)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });

  it('of one member gives it all', () => {
    const rule = new FixedShare();
    expect(rule.weights(rule.update(rule.start(1), [0.7]))).toEqual(Float64Array.of(1));
  });
});
