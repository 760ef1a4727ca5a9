import {
  isFinishedStage,
  RETRAINING_STEPS,
  type RetrainingLogEntry,
  type RetrainingStage,
  requireNewRetrainingEntry,
  requireRetrainingEntry,
  requireRetrainingStep,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const entry: RetrainingLogEntry = {
  retrainingId: 'r',
  modelName: 'BTC/USDT',
  trigger: { triggerType: 'manual', triggeredAt: 1, reason: '' },
  stage: 'requested',
  requestedAt: 1,
  updatedAt: 1,
};
const STAGES = Object.keys(RETRAINING_STEPS) as RetrainingStage[];

describe('RETRAINING_STEPS', () => {
  it('leads from request through gathering, training and evaluating to a verdict', () => {
    expect(RETRAINING_STEPS).toEqual({
      requested: ['gathering', 'failed'],
      gathering: ['training', 'failed'],
      training: ['evaluating', 'failed'],
      evaluating: ['evaluating', 'promoted', 'rejected', 'failed'],
      promoted: [],
      rejected: [],
      failed: [],
    });
    expect(STAGES.filter(isFinishedStage)).toEqual(['promoted', 'rejected', 'failed']);
  });
});

describe('requireRetrainingStep', () => {
  it('lets each step of the table through and no other', () => {
    for (const from of STAGES) {
      for (const to of STAGES) {
        const step = () => requireRetrainingStep({ ...entry, stage: from }, { ...entry, stage: to }, from);
        if (RETRAINING_STEPS[from].includes(to)) expect(step).not.toThrow();
        else expect(step).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
      }
    }
  });

  it('says what of the request differs, with both values', () => {
    const trigger = { ...entry.trigger, reason: 'other' };
    expect(() => requireRetrainingStep(entry, { ...entry, stage: 'gathering', trigger }, 'requested')).toThrow(
      `retraining 'r' must stay what was requested: trigger.reason is ${JSON.stringify(entry.trigger.reason)}; got "other"`,
    );
  });

  it('says where the entry is by now', () => {
    const moved = { ...entry, stage: 'training' } as const;
    expect(() => requireRetrainingStep(moved, { ...entry, stage: 'gathering' }, 'requested')).toThrow(
      "retraining 'r' must be requested to move on; it is training",
    );
  });
});

describe('requireRetrainingEntry', () => {
  const finished = { finishedAt: 9, updatedAt: 9 };

  it('takes a verdict exactly when the stage has one', () => {
    const good: readonly Partial<RetrainingLogEntry>[] = [
      { stage: 'training' },
      { stage: 'promoted', success: true, ...finished },
      { stage: 'rejected', success: true, ...finished, seconds: 3.5 },
      { stage: 'failed', success: false, failedStage: 'training', error: { code: 'X', message: '' }, ...finished },
    ];
    for (const changes of good)
      expect(requireRetrainingEntry({ ...entry, ...changes })).toEqual({ ...entry, ...changes });
    const bad: readonly (readonly [Partial<RetrainingLogEntry>, RegExp])[] = [
      [{ stage: 'training', success: false }, /success must be absent in stage training/],
      [{ stage: 'promoted', ...finished }, /success must be true in stage promoted; got nothing/],
      [{ stage: 'failed', success: true, ...finished }, /success must be false in stage failed/],
      [{ stage: 'failed', success: false }, /finishedAt must be a time in stage failed/],
      [{ stage: 'evaluating', finishedAt: 9 }, /finishedAt must be absent/],
      [{ stage: 'rejected', success: true, failedStage: 'training', ...finished }, /failedStage must be absent/],
      [{ stage: 'failed', success: false, failedStage: 'promoted', ...finished }, /failedStage must be one of/],
    ];
    for (const [changes, message] of bad)
      expect(() => requireRetrainingEntry({ ...entry, ...changes })).toThrow(message);
  });

  it('wants a new entry in its first stage', () => {
    expect(requireNewRetrainingEntry(entry)).toEqual(entry);
    expect(() => requireNewRetrainingEntry({ ...entry, stage: 'gathering' })).toThrow(/stage must be requested/);
  });
});
