import {
  accuracyInterval,
  type DegradationVerdict,
  EDetector,
  keyedRandom,
  rateConfidenceSequence,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { locateChange } from '../../../../../packages/core/src/monitor/degradation/change-estimate.ts';
import { hitEvidence } from '../../../../../packages/core/src/monitor/degradation/evidence-stream.ts';
import { HOUR, NOON, openMonitor, outcomeOf, predictionOf } from '../monitor-fixture.ts';

const ALTERNATIVES = [
  { logOddsShift: 0.4, weight: 1 },
  { logOddsShift: 1, weight: 3 },
];
const stream = hitEvidence(0.6, 'below', ALTERNATIVES);
const dated = (hits: readonly boolean[], segment = 'a') => hits.map((hit) => ({ hit, segment }));

describe('where a change began', () => {
  it('is where the misses begin, with the beginnings that have nine tenths of the evidence around it', () => {
    const history = dated([...Array(20).fill(true), ...Array(10).fill(false)]);
    expect(locateChange(history, stream, 1)).toMatchObject({ segment: 'a', start: 20 });
    const { earliest, latest } = locateChange(history, stream, 1)!;
    expect(earliest).toBeLessThanOrEqual(20);
    expect(earliest).toBeGreaterThan(10);
    expect(latest).toBeGreaterThan(20);
    expect(latest).toBeLessThan(27);
  });

  it('has weights that sum to the statistic: the share of a beginning is its posterior', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (hits) => {
        const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 1e12, alternatives: ALTERNATIVES });
        for (const hit of hits) detector.update(hit);
        // Written down: for each beginning the product over what follows.
        const weights = hits.map((_, j) =>
          [0, 1].reduce((sum, q) => {
            const factors = hits.slice(j).map((hit) => stream.factorsOf({ hit })![q]!);
            return sum + stream.weights[q]! * factors.reduce((product, factor) => product * factor, 1);
          }, 0),
        );
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        expect(total / detector.statistic).toBeCloseTo(1, 9);
        const { start, earliest, latest } = locateChange(dated(hits), stream, 1)!;
        expect(weights[start]! / Math.max(...weights)).toBeCloseTo(1, 9);
        const inside = weights.slice(earliest, latest + 1).reduce((sum, weight) => sum + weight, 0);
        expect(inside / total).toBeGreaterThan(0.9 - 1e-9);
      }),
      { seed: 4 },
    );
  });

  it('is that of the segment with the most evidence', () => {
    const healthy = dated([true, true, false, true, true, false, true, true], 'ETH');
    const broken = dated([true, true, true, true, false, false, false, false], 'BTC');
    const mixed = healthy.flatMap((outcome, i) => [outcome, broken[i]!]);
    expect(locateChange(mixed, stream, 1)).toMatchObject({ segment: 'BTC', start: 9 });
  });

  it('is nowhere in a history that says nothing', () => {
    expect(locateChange([], stream, 1)).toBeUndefined();
  });

  it('is within the interval in about nine of ten falls from 65 to 35 %', () => {
    let inside = 0;
    const runs = 300;
    let error = 0;
    for (let run = 0; run < runs; run++) {
      const random = keyedRandom('located', run);
      const detector = new EDetector({ floor: 0.6, falseAlarmEvery: 2_000, alternatives: ALTERNATIVES });
      const hits: boolean[] = [];
      for (let alarm = false; !alarm; ) {
        const hit = random.next() < (hits.length < 200 ? 0.65 : 0.35);
        hits.push(hit);
        alarm = detector.update(hit) !== undefined;
        if (alarm && hits.length <= 200) {
          hits.length = 0;
          alarm = false;
        }
      }
      const { start, earliest, latest } = locateChange(dated(hits), stream, 1)!;
      if (earliest <= 200 && 200 <= latest) inside++;
      error += Math.abs(start - 200) / runs;
    }
    expect(inside / runs).toBeGreaterThan(0.8);
    expect(inside / runs).toBeLessThan(0.99);
    expect(error).toBeLessThan(20);
  });
});

describe('a verdict', () => {
  const config = { degradationThreshold: 0.55, falseAlarmEvery: 500 };

  it('says since when, counts on while the alarm stands, and survives a restart', async () => {
    const storage = openMemoryStorage();
    let monitor = await openMonitor({ storage, config });
    const alarms: DegradationVerdict[] = [];
    monitor.on('model-degraded', ({ verdict }) => void alarms.push(verdict));
    let n = 0;
    const play = async (hit: boolean, symbol = 'BTC-USD') => {
      await monitor.trackPredictionOutcome(predictionOf(n, { symbol }), outcomeOf(n, hit));
      n++;
    };
    for (let i = 0; i < 150; i++) await play(i % 3 !== 0);
    for (let i = 0; alarms.length === 0; i++) await play(i % 4 === 3);
    const [alarm] = alarms;
    const change = alarm!.changeEstimate!;
    expect(change.startedAfter).toBeGreaterThanOrEqual(148);
    expect(change.startedAfter).toBeLessThanOrEqual(152);
    expect(change.startedAt).toBe(NOON + (change.startedAfter + 1) * HOUR);
    expect(change.interval.startedAfter[0]).toBeLessThanOrEqual(150);
    expect(change.interval.startedAfter[1]).toBeGreaterThanOrEqual(150);
    expect(change.outcomesSince).toBe(n - change.startedAfter);
    expect(change.accuracySince).toBeLessThan(0.3);
    expect(change).not.toHaveProperty('segment');
    expect(alarm!.reason).toContain(
      `accuracy of the ${change.outcomesSince} outcomes since about ${new Date(change.startedAt).toISOString()}`,
    );
    await play(false);
    const hits = change.accuracySince * change.outcomesSince;
    const later = monitor.detectDegradation();
    expect(later.changeEstimate).toMatchObject({
      startedAfter: change.startedAfter,
      outcomesSince: change.outcomesSince + 1,
      accuracySince: hits / (change.outcomesSince + 1),
      accuracySinceInterval: accuracyInterval(Math.round(hits), change.outcomesSince + 1, { confidenceLevel: 0.95 }),
      // Every prediction is `up`, so a miss is a fall.
      noSkillAccuracySince: 1 - hits / (change.outcomesSince + 1),
    });
    await monitor.close();
    monitor = await openMonitor({ storage, config });
    expect(monitor.detectDegradation()).toEqual(later);
    for (let i = 0; monitor.degradationDetected; i++) await play(i % 10 !== 0);
    expect(monitor.detectDegradation()).not.toHaveProperty('changeEstimate');
    await monitor.close();
  });

  it('names the symbol that broke, when there are several', async () => {
    const monitor = await openMonitor({ storage: openMemoryStorage(), config });
    const random = keyedRandom('one of two');
    for (let n = 0; !monitor.degradationDetected; n++) {
      const symbol = n % 2 === 0 ? 'BTC-USD' : 'ETH-USD';
      const hit = random.next() < (symbol === 'ETH-USD' && n >= 200 ? 0.1 : 0.65);
      await monitor.trackPredictionOutcome(predictionOf(n, { symbol }), outcomeOf(n, hit));
    }
    const { changeEstimate, reason } = monitor.detectDegradation();
    expect(changeEstimate).toMatchObject({ segment: 'ETH-USD' });
    expect(changeEstimate!.startedAfter).toBeGreaterThan(185);
    expect(reason).toContain('outcomes of ETH-USD since');
    await monitor.close();
  });

  it('has the accuracy over all outcomes with intervals that hold at every look, unless labels overlap', async () => {
    const storage = openMemoryStorage();
    const monitor = await openMonitor({ storage, config });
    expect(monitor.detectDegradation()).not.toHaveProperty('overall');
    for (let n = 0; n < 60; n++) await monitor.trackPredictionOutcome(predictionOf(n), outcomeOf(n, n % 3 !== 0));
    const { overall } = monitor.detectDegradation();
    expect(overall).toMatchObject({
      outcomes: 60,
      accuracy: 40 / 60,
      // Every prediction is `up`: it rose as often as the model was right.
      noSkillAccuracy: 40 / 60,
      constantRate: rateConfidenceSequence(40, 60, 0.95),
    });
    expect(overall!.runningMean!.lower).toBeLessThan(overall!.constantRate!.lower);
    await monitor.close();
    const overlapping = await openMonitor({ storage, config: { ...config, labelOverlap: 3 } });
    expect(overlapping.detectDegradation().overall).toEqual({
      outcomes: 60,
      accuracy: 40 / 60,
      noSkillAccuracy: 40 / 60,
    });
    await overlapping.close();
  });
});
