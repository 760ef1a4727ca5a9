import { EDetector, type EvidenceOutcome, type EvidencePart, keyedRandom, type MonitorEvents } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meanOf, runLengthOf } from '../../../../fixtures/outcome-streams.ts';
import { openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const CALIBRATION: EvidencePart = { stream: 'calibration', share: 1, tolerance: 0.1 };
const RETURNS: EvidencePart = { stream: 'net-return', share: 1, floor: 0.01, bound: 0.05 };
const ALL: readonly EvidencePart[] = [
  { stream: 'hits', share: 0.5 },
  { ...CALIBRATION, share: 0.25 },
  { ...RETURNS, share: 0.25 },
];
const ONE = [{ logOddsShift: Math.log(1.5), weight: 1 }];

function detectorOf(evidence: readonly EvidencePart[], changes: object = {}): EDetector {
  return new EDetector({ floor: 0.6, falseAlarmEvery: 1e9, alternatives: ONE, evidence, ...changes });
}

describe('evidence that confidence is not earned', () => {
  it('follows the recursion by hand: the floor of a prediction is its confidence less the tolerance', () => {
    // Confidence 0.7 less 0.1 is 0.6, odds 1.5; shifted down by ln 1.5 they are 1, so q = 0.5.
    const detector = detectorOf([CALIBRATION]);
    detector.update({ hit: false, confidence: 0.7 });
    expect(detector.statistic).toBeCloseTo(0.5 / 0.4, 12);
    // Confidence 0.5 less 0.1 is 0.4, odds 2/3; shifted they are 4/9, so q = 4/13.
    detector.update({ hit: true, confidence: 0.5 });
    expect(detector.statistic).toBeCloseTo((1 + 0.5 / 0.4) * (4 / 13 / 0.4), 12);
  });

  it('is not moved by a prediction without confidence, or with one that promises nothing', () => {
    const detector = detectorOf([CALIBRATION]);
    detector.update({ hit: false });
    detector.update({ hit: false, confidence: 0.1 });
    expect(detector.statistic).toBe(0);
  });

  it('stays finite when certainty is stated and wrong', () => {
    const detector = detectorOf([{ ...CALIBRATION, tolerance: 0 }], { falseAlarmEvery: 1e300 });
    detector.update({ hit: false, confidence: 1 });
    expect(Number.isFinite(detector.statistic)).toBe(true);
    expect(detector.statistic).toBeGreaterThan(1);
  });
});

describe('evidence of poor returns', () => {
  it('bets against the floor by hand, with returns clipped', () => {
    // Largest bet 1/(0.05 − 0.01), which a return of 0.05 would ruin; fractions 0.1, 0.25, 0.5, 0.9 in equal parts: their mean is 0.4375.
    const detector = detectorOf([RETURNS]);
    detector.update({ hit: false, netReturn: -0.02 });
    expect(detector.statistic).toBeCloseTo(1 + (0.4375 * 0.03) / 0.04, 12);
    const clipped = detectorOf([RETURNS]);
    clipped.update({ hit: true, netReturn: 9 });
    expect(clipped.statistic).toBeCloseTo(1 - (0.4375 * 0.04) / 0.04, 12);
    const least = detectorOf([RETURNS]);
    least.update({ hit: true, netReturn: 0.05 });
    expect(least.statistic).toBe(clipped.statistic);
  });
});

describe('streams together', () => {
  const outcome: fc.Arbitrary<EvidenceOutcome> = fc.record(
    {
      hit: fc.boolean(),
      confidence: fc.double({ min: 0.01, max: 1, noNaN: true }),
      netReturn: fc.double({ min: -1, max: 1, noNaN: true }),
    },
    { requiredKeys: ['hit'] },
  );

  it('add up by their shares, with and without overlapping labels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(outcome, fc.constantFrom('a', 'b')), { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (stream, labelOverlap) => {
          const together = detectorOf(ALL, { labelOverlap, falseAlarmEvery: 1e200 });
          const alone = ALL.map((part) =>
            detectorOf([{ ...part, share: 1 }], { labelOverlap, falseAlarmEvery: 1e200 }),
          );
          for (const [given, segment] of stream)
            for (const detector of [together, ...alone]) detector.update(given, segment);
          together.evidence.forEach((part, i) => {
            const expected = ALL[i]!.share * (alone[i]!.evidence[0]?.statistic ?? 0);
            expect(Math.abs(part.statistic - expected)).toBeLessThan(1e-9 * (1 + Math.abs(expected)));
          });
          const sum = together.evidence.reduce((total, { statistic }) => total + statistic, 0);
          expect(Math.abs(together.statistic - Math.max(0, sum))).toBeLessThan(1e-7 * (1 + Math.abs(sum)));
        },
      ),
      { seed: 8 },
    );
  });

  it('keep one budget: the mean run is not below it for a model that is acceptable, and barely, in each', () => {
    const budget = 200;
    const { mean, standardError } = meanOf(
      Array.from({ length: 1_500 }, (_, run) => {
        const random = keyedRandom('three streams', run);
        const detector = detectorOf(ALL, { falseAlarmEvery: budget, alternatives: undefined });
        return runLengthOf(() => {
          // Stated 0.7 with a tolerance of 0.1 at a hit rate of 0.6, and a mean return of 0.01: all on the line.
          const hit = random.next() < 0.6;
          const netReturn = hit ? 0.04 : -0.035;
          return detector.update({ hit, confidence: 0.7, netReturn }) !== undefined;
        }, 50_000);
      }),
    );
    expect(standardError / mean).toBeLessThan(0.04);
    expect(mean).toBeGreaterThan(budget - 4 * standardError);
    expect(mean).toBeLessThan(2 * budget);
  });

  it('have an expectation of exactly one more per outcome on the line, over every path of eight outcomes', () => {
    let expectation = 0;
    for (let bits = 0; bits < 2 ** 8; bits++) {
      const detector = detectorOf(ALL);
      let probability = 1;
      for (let i = 0; i < 8; i++) {
        const hit = ((bits >> i) & 1) === 1;
        probability *= hit ? 0.6 : 0.4;
        detector.update({ hit, confidence: 0.7, netReturn: hit ? 0.04 : -0.035 }, i % 3 === 0 ? 'a' : 'b');
      }
      expectation += probability * detector.statistic;
    }
    expect(expectation).toBeCloseTo(8, 9);
  });

  it('go on bit for bit from the stored state', () => {
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), fc.nat(60), (stream, cut) => {
        const options = { falseAlarmEvery: 20, labelOverlap: 2 };
        const straight = detectorOf(ALL, options);
        let restored = detectorOf(ALL, options);
        stream.forEach((given, i) => {
          if (i === cut) {
            const state: unknown = JSON.parse(JSON.stringify(restored));
            restored = detectorOf(ALL, options);
            restored.restore(state as ReturnType<EDetector['toJSON']>);
          }
          expect(restored.update(given)).toBe(straight.update(given));
          expect(restored.evidence).toEqual(straight.evidence);
        });
      }),
      { seed: 9 },
    );
  });

  it.each([
    [[]],
    [[{ stream: 'hits', share: 0.5 }]],
    [
      [
        { stream: 'hits', share: 1.5 },
        { ...CALIBRATION, share: -0.5 },
      ],
    ],
    [
      [
        { stream: 'hits', share: 0.5 },
        { stream: 'hits', share: 0.5 },
      ],
    ],
    [[{ ...CALIBRATION, tolerance: 1 }]],
    [[{ ...RETURNS, bound: 0 }]],
    [[{ ...RETURNS, floor: 0.05 }]],
  ] as readonly (readonly [readonly EvidencePart[]])[])('refuse %j', (evidence) => {
    expect(() => detectorOf(evidence)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});

describe('a monitor with three streams', () => {
  const config = {
    degradationThreshold: 0.5,
    falseAlarmEvery: 500,
    calibrationEvidence: 0.25,
    returnEvidence: 0.25,
    returnBound: 0.05,
  };

  it('alarms on unearned confidence while hits are fine, says so, and recovers when it is earned', async () => {
    const storage = openMemoryStorage();
    let monitor = await openMonitor({ storage, config });
    const changes: [string, MonitorEvents['model-degraded']['verdict']][] = [];
    const listen = () => {
      monitor.on('model-degraded', ({ verdict }) => void changes.push(['degraded', verdict]));
      monitor.on('model-recovered', ({ verdict }) => void changes.push(['recovered', verdict]));
    };
    listen();
    const random = keyedRandom('unearned');
    let n = 0;
    const play = async (outcomes: number, rate: number, confidence: number) => {
      for (let i = 0; i < outcomes; i++, n++) {
        await monitor.trackPredictionOutcome(predictionOf(n, { confidence }), outcomeOf(n, random.next() < rate));
      }
    };
    await play(200, 0.6, 0.6);
    expect(changes).toEqual([]);
    await play(150, 0.6, 0.95);
    expect(changes.map(([change]) => change)).toEqual(['degraded']);
    const [, verdict] = changes[0]!;
    const [hits, calibration, returns] = verdict.evidence!;
    expect(calibration!.statistic).toBeGreaterThan(hits!.statistic + returns!.statistic);
    expect(verdict.reason).toMatch(/confidence/);
    const before = monitor.detectDegradation();
    await monitor.close();
    monitor = await openMonitor({ storage, config });
    listen();
    expect(monitor.detectDegradation()).toEqual(before);
    await play(600, 0.6, 0.5);
    expect(changes.map(([change]) => change)).toEqual(['degraded', 'recovered']);
    await monitor.close();
  });

  it('alarms on losses while hits and confidence are fine', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage(), config });
    let reason = '';
    monitor.on('model-degraded', ({ verdict }) => {
      reason = verdict.reason;
    });
    for (let i = 0; i < 200 && reason === ''; i++) {
      // Right three times in five, for a tenth of what being wrong costs.
      const hit = i % 5 < 3;
      const price = hit ? 100.3 : 97;
      await monitor.trackPredictionOutcome(predictionOf(i), { ...outcomeOf(i, hit), price });
    }
    expect(reason).toMatch(/net return/);
    await monitor.close();
  });

  it('asks anew when the streams change, and reads the state of a monitor that knew hits alone', async () => {
    const storage = openMemoryStorage();
    const first = await openMonitor({ storage, config: { falseAlarmEvery: 500 } });
    for (let i = 0; i < 5; i++) await first.trackPredictionOutcome(predictionOf(i), outcomeOf(i, false));
    const { statistic } = first.detectDegradation();
    expect(statistic).toBeGreaterThan(5);
    await first.close();
    const stored = await storage.monitorStates.get('v1');
    const { labelOverlap: _, evidence: __, ...rule } = stored!.state.rule as Record<string, unknown>;
    const detector = rule.detector as { readonly segments: readonly (readonly unknown[])[] };
    const segments = detector.segments.map(([name, , ...values]) => [name, ...values]);
    const old = { ...rule, detector: { formatVersion: 1, statistic, segments } } as never;
    await storage.transaction((tx) => tx.monitorStates.put({ ...stored!, state: { ...stored!.state, rule: old } }));
    const second = await openMonitor({ storage, config: { falseAlarmEvery: 500 } });
    expect(second.detectDegradation().statistic).toBeCloseTo(statistic!, 9);
    await second.close();
    const third = await openMonitor({ storage, config });
    expect(third.detectDegradation()).toMatchObject({ statistic: 0, outcomesSeen: 5 });
    await third.close();
  });
});
