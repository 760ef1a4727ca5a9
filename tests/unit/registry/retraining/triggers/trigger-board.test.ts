import { buildDriftReference, DataDriftMonitor, saveDriftReference, TypedEmitter } from '@mlperf/core';
import type { CalibrationStanding, DriftReport, DriftReports, RetrainingCheckRequest } from '@mlperf/registry';
import { beforeEach, describe, expect, it } from 'vitest';
import { calibrationTrigger } from '../../../../../packages/registry/src/retraining/triggers/calibration-trigger.ts';
import { DAY, RetrainingWorld, START } from '../retraining-world.ts';

describe('the reasons to retrain', () => {
  let world: RetrainingWorld;

  beforeEach(async () => {
    world = await RetrainingWorld.open();
  });

  describe('a loss of calibration', () => {
    const champion = { versionId: 'v1', trainingMetrics: { expectedCalibrationError: 0.03 } };
    const standing = (error: number, outcomes = 1_000): CalibrationStanding => ({
      modelVersionId: 'v1',
      outcomes,
      expectedCalibrationError: error,
      bins: [{ count: outcomes / 2 }, { count: outcomes / 2 }],
    });
    // 0.03 + 0.05 + (2·√500)/(1000·√(2π)) + 3.0902·√((1 − 2/π)/4000)
    const threshold =
      0.08 + (2 * Math.sqrt(500)) / (1_000 * Math.sqrt(2 * Math.PI)) + 3.0902323 * Math.sqrt((1 - 2 / Math.PI) / 4_000);

    it('is one when the error exceeds the validated one by more than tolerance and chance', () => {
      const trigger = calibrationTrigger(standing(0.2), champion, 0.05, 1, 7);
      expect(trigger).toMatchObject({ triggerType: 'calibration_loss', currentValue: 0.2, triggeredAt: 7 });
      expect(trigger!.thresholdValue).toBeCloseTo(threshold, 7);
      expect(trigger!.reason).toBe(
        'the calibration error of the last 1000 outcomes is 0.200; validated 0.030, tolerance 0.05, sampling error 0.047',
      );
      expect(calibrationTrigger(standing(threshold - 1e-6), champion, 0.05, 1, 7)).toBeUndefined();
      expect(calibrationTrigger(standing(threshold + 1e-6), champion, 0.05, 1, 7)).toBeDefined();
    });

    it('needs more of fewer outcomes, and of outcomes whose labels overlap', () => {
      expect(calibrationTrigger(standing(0.2, 40), champion, 0.05, 1, 7)).toBeUndefined();
      expect(calibrationTrigger(standing(0.2), champion, 0.05, 25, 7)).toBeUndefined();
    });

    it('is none without a tolerance, an outcome or for another version', () => {
      expect(calibrationTrigger(standing(0.2), champion, undefined, 1, 7)).toBeUndefined();
      expect(calibrationTrigger(undefined, champion, 0, 1, 7)).toBeUndefined();
      expect(calibrationTrigger({ outcomes: 0, bins: [] }, champion, 0, 1, 7)).toBeUndefined();
      expect(calibrationTrigger(standing(0.2), { ...champion, versionId: 'v2' }, 0.05, 1, 7)).toBeUndefined();
    });

    it('is found by a manager that may ask its monitor', async () => {
      const versionId = await world.serve();
      const monitor = {
        on: () => () => {},
        getConfidenceCalibration: () => ({ ...standing(0.3), modelVersionId: versionId }),
      };
      const manager = await world.manage({ monitor, config: { calibrationTolerance: 0.05 } });
      expect(await manager.checkRetrainingTriggers()).toMatchObject([{ triggerType: 'calibration_loss' }]);
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
      expect((await world.entries())[0]?.trigger).toMatchObject({ triggerType: 'calibration_loss', currentValue: 0.3 });
    });
  });

  describe('drift of the data', () => {
    const source = (modelVersionId: string) => {
      const events = new TypedEmitter<DriftReports>();
      const drift = {
        modelVersionId,
        driftDetected: false,
        on: events.on.bind(events),
        verdict: () => ({ reason: 'momentum has moved' }),
        report(detector: DriftReport['detector']) {
          drift.driftDetected = detector === 'stream';
          events.emit('drift-detected', {
            at: START - 5,
            modelVersionId,
            feature: 'momentum',
            statistic: 0.4,
            threshold: 0.2,
            detector,
            verdict: drift.verdict(),
          });
        },
      };
      return drift;
    };

    it('starts a retraining when it is reported', async () => {
      const drift = source(await world.serve());
      const manager = await world.manage({ drift });
      drift.report('stream');
      await manager.whenIdle();
      expect((await world.entries())[0]).toMatchObject({
        stage: 'promoted',
        trigger: {
          triggerType: 'data_drift',
          name: 'momentum',
          currentValue: 0.4,
          thresholdValue: 0.2,
          triggeredAt: START - 5,
          reason: 'momentum has moved',
        },
      });
      // The drift is that of the version before.
      expect(await manager.checkRetrainingTriggers()).toEqual([]);
    });

    it('is asked for, since a restart repeats no event, and stands until it is acknowledged', async () => {
      const drift = source(await world.serve());
      const manager = await world.manage({ config: { enabled: false } });
      const end = manager.watchDrift(drift);
      expect(await manager.checkRetrainingTriggers()).toEqual([]);
      drift.driftDetected = true;
      expect(await manager.checkRetrainingTriggers()).toEqual([
        { triggerType: 'data_drift', triggeredAt: START, reason: 'momentum has moved' },
      ]);
      drift.driftDetected = false;
      expect(await manager.checkRetrainingTriggers()).toEqual([]);
      drift.report('batch');
      expect(await manager.checkRetrainingTriggers()).toMatchObject([{ name: 'momentum' }]);
      end();
      expect(await manager.checkRetrainingTriggers()).toEqual([]);
    });

    it('is heard from a real monitor of drift', async () => {
      const versionId = await world.serve();
      const flat = Array.from({ length: 400 }, (_, i) => ({ momentum: (i % 40) / 40 }));
      await saveDriftReference(
        world.storage,
        { modelVersionId: versionId, createdAt: START },
        buildDriftReference(flat),
      );
      const drift = await DataDriftMonitor.open({
        storage: world.storage,
        modelVersionId: versionId,
        clock: world.clock,
      });
      const manager = await world.manage({ drift, config: { enabled: false } });
      for (let i = 0; i < 400 && !drift.driftDetected; i++) await drift.recordFeatures({ momentum: 0.99 });
      expect(await manager.checkRetrainingTriggers()).toMatchObject([
        { triggerType: 'data_drift', name: 'momentum', thresholdValue: expect.any(Number) },
      ]);
      await drift.close();
    });
  });

  describe('of the host', () => {
    it('are asked with the champion, stored by name, and one that throws stops none', async () => {
      const versionId = await world.serve();
      const asked: RetrainingCheckRequest[] = [];
      const manager = await world.manage({
        triggers: [
          { name: 'broken', check: () => Promise.reject(new Error('no contract data')) },
          { name: 'quiet', check: () => undefined },
          {
            name: 'new-contract',
            check(request) {
              asked.push(request);
              return { reason: 'the front month has rolled', currentValue: 2, thresholdValue: 1 };
            },
          },
        ],
      });
      expect(await manager.tick()).toMatchObject({ status: 'promoted' });
      expect(asked).toMatchObject([{ champion: { versionId }, now: START }]);
      expect((await world.entries())[0]?.trigger).toEqual({
        triggerType: 'custom',
        name: 'new-contract',
        currentValue: 2,
        thresholdValue: 1,
        triggeredAt: START,
        reason: 'the front month has rolled',
      });
      expect(world.heard[0]).toMatchObject({
        name: 'broken',
        code: 'TRAINING_FAILED',
        message: 'no contract data',
      });
    });

    it.each([{ reason: '' }, { reason: 'r', currentValue: Number.NaN }])('are refused as %o', async (found) => {
      await world.serve();
      const manager = await world.manage({ triggers: [{ name: 'bad', check: () => found }] });
      expect(await manager.tick()).toBeUndefined();
      expect(world.heard).toMatchObject([{ code: 'INVALID_TYPE', message: expect.stringContaining("'bad'") }]);
    });
  });

  it('are one for each cause, which keeps the time it was first found, the most urgent first', async () => {
    const versionId = await world.serve();
    const manager = await world.manage({
      config: { enabled: false, maxAgeDays: 1 },
      triggers: [
        { name: 'twice', check: () => ({ reason: 'first' }) },
        { name: 'twice', check: () => ({ reason: 'second' }) },
      ],
    });
    world.clock.advance(2 * DAY);
    world.degrade(versionId);
    world.degrade(versionId);
    const first = await manager.checkRetrainingTriggers();
    expect(first.map(({ triggerType, reason }) => [triggerType, reason.slice(0, 8)])).toEqual([
      ['accuracy_drop', 'evidence'],
      ['custom', 'first'],
      ['time_based', 'the cham'],
    ]);
    world.clock.advance(DAY);
    const later = await manager.checkRetrainingTriggers();
    expect(later.map(({ triggeredAt }) => triggeredAt)).toEqual(first.map(({ triggeredAt }) => triggeredAt));
    expect(later[2]?.currentValue).toBe(3);
    expect(manager.activeTriggers).toBe(later);
  });
});
