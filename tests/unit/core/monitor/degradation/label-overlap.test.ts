import { EDetector, keyedRandom } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlappingOutcomes, runLengthOf } from '../../../../fixtures/outcome-streams.ts';

const SHIFTS = [0.4, 1];
const WEIGHTS = [0.25, 0.75];
const ALTERNATIVES = SHIFTS.map((logOddsShift, i) => ({ logOddsShift, weight: WEIGHTS[i]! }));

/** The definition, written down: every row of every segment, summed afresh. */
function statisticByDefinition(
  outcomes: readonly { readonly hit: boolean; readonly segment: string }[],
  floor: number,
  overlap: number,
  side: 'below' | 'above',
): number {
  let statistic = 0;
  for (const [i, shift] of SHIFTS.entries()) {
    const q = 1 / (1 + ((1 - floor) / floor) * Math.exp(side === 'below' ? shift : -shift));
    const least = Math.min(q / floor, (1 - q) / (1 - floor));
    for (const name of new Set(outcomes.map(({ segment }) => segment))) {
      const own = outcomes.filter(({ segment }) => segment === name);
      for (let row = 0; row < overlap; row++) {
        let evidence = 0;
        for (let n = row; n < own.length; n += overlap) {
          evidence = (1 + evidence) * (own[n]!.hit ? q / floor : (1 - q) / (1 - floor));
        }
        const isNewest = (own.length - 1) % overlap === row;
        statistic += WEIGHTS[i]! * (isNewest ? evidence : (1 + evidence) * least - 1);
      }
    }
  }
  return statistic;
}

const outcomes = fc.array(fc.record({ hit: fc.boolean(), segment: fc.constantFrom('a', 'b', '__proto__') }), {
  maxLength: 60,
});

describe('EDetector with overlapping labels', () => {
  it('is what its definition says, for every overlap, side and segment', () => {
    fc.assert(
      fc.property(
        outcomes,
        fc.integer({ min: 2, max: 7 }),
        fc.constantFrom('below', 'above'),
        (stream, overlap, side) => {
          const options = {
            floor: 0.6,
            falseAlarmEvery: 1e12,
            alternatives: ALTERNATIVES,
            labelOverlap: overlap,
            side,
          };
          const detector = new EDetector(options);
          for (const { hit, segment } of stream) detector.update(hit, segment);
          const expected = stream.length === 0 ? 0 : statisticByDefinition(stream, 0.6, overlap, side);
          expect(detector.statistic).toBeCloseTo(Math.max(0, expected), 7);
        },
      ),
      { seed: 3 },
    );
  });

  it('keeps its promise exactly where each outcome is seen twice, over every path', () => {
    // The mean number of outcomes to the alarm, computed, not drawn: pairs of equal outcomes at the floor, cut off at
    // 26 outcomes. min(T, 26) has a smaller mean than T, so this is a lower end, and it is above the budget already.
    const floor = 0.6;
    const budget = 6;
    const pairs = 13;
    let mean = 0;
    const walk = (state: ReturnType<EDetector['toJSON']>, probability: number, pair: number) => {
      if (pair === pairs) {
        mean += probability * 2 * pairs;
        return;
      }
      for (const hit of [true, false]) {
        const share = probability * (hit ? floor : 1 - floor);
        const detector = new EDetector({ floor, falseAlarmEvery: budget, labelOverlap: 2 });
        detector.restore(state);
        const alarmAt = [1, 2].find(() => detector.update(hit) !== undefined);
        if (alarmAt !== undefined) mean += share * (2 * pair + alarmAt);
        else walk(detector.toJSON(), share, pair + 1);
      }
    };
    walk(new EDetector({ floor, falseAlarmEvery: budget, labelOverlap: 2 }).toJSON(), 1, 0);
    expect(mean).toBeGreaterThan(budget);
  });

  it('leaves out, after an alarm, the outcomes whose labels overlap with those that raised it', () => {
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 30, labelOverlap: 3 });
    while (detector.update(false, 'a') === undefined);
    const fresh = new EDetector({ floor: 0.6, falseAlarmEvery: 30, labelOverlap: 3 });
    for (const segment of ['a', 'b']) {
      detector.update(false, segment);
      detector.update(false, segment);
      expect(detector.statistic).toBe(fresh.statistic);
      detector.update(false, segment);
      fresh.update(false, segment);
      expect(detector.statistic).toBeCloseTo(fresh.statistic, 12);
      expect(detector.statistic).toBeGreaterThan(0);
    }
  });

  it('goes on bit for bit from its stored state, alarms included', () => {
    fc.assert(
      fc.property(outcomes, fc.nat(60), (stream, cut) => {
        const options = { floor: 0.6, falseAlarmEvery: 8, labelOverlap: 3 };
        const straight = new EDetector(options);
        let restored = new EDetector(options);
        stream.forEach(({ hit, segment }, i) => {
          if (i === cut) {
            const state: unknown = JSON.parse(JSON.stringify(restored));
            restored = new EDetector(options);
            restored.restore(state as ReturnType<EDetector['toJSON']>);
          }
          expect(restored.update(hit, segment)).toBe(straight.update(hit, segment));
          expect(restored.toJSON()).toEqual(straight.toJSON());
        });
      }),
      { seed: 5 },
    );
  });

  it('takes up a state that was stored before labels could overlap, when none do', () => {
    const old = { formatVersion: 1, statistic: 2.5, segments: [['BTC', 1, 2, 3, 4]] };
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 100 });
    detector.restore(old);
    const hit = 1 / (1 + (0.4 / 0.6) * Math.exp(0.2)) / 0.6;
    detector.update(true, 'BTC');
    expect(detector.toJSON()).toMatchObject({
      segments: [['BTC', -1, 2 * hit, expect.anything(), expect.anything(), expect.anything()]],
    });
    expect(() => new EDetector({ floor: 0.6, falseAlarmEvery: 100, labelOverlap: 2 }).restore(old)).toThrow(
      expect.objectContaining({ code: 'INVALID_RECORD' }),
    );
  });

  it('holds a bounded number of segments; one beyond it is not watched', () => {
    const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 1e9, labelOverlap: 100 });
    for (let i = 0; i < 80; i++) detector.update(false, `s${i}`);
    const { segments } = detector.toJSON();
    expect(segments).toHaveLength(50);
  });

  it('keeps a budget of 500 on five-bar-ahead labels where the form without overlap does not', () => {
    const runs = 300;
    const meanRun = (labelOverlap: number) => {
      let total = 0;
      for (let run = 0; run < runs; run++) {
        const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 500, labelOverlap });
        const next = overlappingOutcomes(keyedRandom('five bars ahead', run), 5);
        total += runLengthOf(() => detector.update(next(0.6)) !== undefined, 50_000);
      }
      return total / runs;
    };
    expect(meanRun(5)).toBeGreaterThan(500);
    expect(meanRun(1)).toBeLessThan(100);
  });
});
