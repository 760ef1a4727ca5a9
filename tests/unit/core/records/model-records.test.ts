import {
  type ModelVersionDraft,
  requireBarredVersion,
  requireModelStatus,
  requireModelVersionDraft,
  requirePromotionRequest,
  requireSlotPatch,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const draft: ModelVersionDraft = Object.freeze({
  versionId: 'v1',
  modelName: 'BTC/USDT',
  modelType: 'random-forest',
  artifact: { sha256: 'ab'.repeat(32), bytes: 10, format: 'forest', formatVersion: 1 },
  hyperparameters: {},
  trainingMetrics: {},
  trainedAt: 0,
  status: 'candidate',
  dataVersion: 'd',
  featureNames: [],
  metadata: {},
});
const invalid = expect.objectContaining({ code: 'INVALID_RECORD' });

describe('requireModelVersionDraft', () => {
  it('takes any name of 1 to 200 characters without control characters', () => {
    for (const modelName of ['BTC/USDT', '../x', 'a b', '模型😀', 'n'.repeat(200), '__proto__']) {
      expect(requireModelVersionDraft({ ...draft, modelName }).modelName).toBe(modelName);
    }
    for (const modelName of ['', 'n'.repeat(201), 'a\nb', 'a\tb', '\u007f', '\u0085', 'a\u0000', '\ud800', 7, null]) {
      expect(() => requireModelVersionDraft({ ...draft, modelName } as never)).toThrow(invalid);
    }
  });

  it('takes 64 lower-case hex digits as a hash and nothing else', () => {
    const { sha256 } = draft.artifact;
    for (const bad of [
      '',
      sha256.toUpperCase(),
      `${sha256}0`,
      sha256.slice(1),
      '../x',
      `${sha256.slice(1)}g`,
      ` ${sha256}`,
    ]) {
      const artifact = { ...draft.artifact, sha256: bad };
      expect(() => requireModelVersionDraft({ ...draft, artifact })).toThrow(/artifact\.sha256 must be a SHA-256/);
    }
  });

  it('refuses a version number, a bad status and metrics that are none', () => {
    expect(() => requireModelVersionDraft({ ...draft, version: 1 } as never)).toThrow(/version must be absent/);
    expect(() => requireModelVersionDraft({ ...draft, status: 'gone' } as never)).toThrow(
      /status must be one of training/,
    );
    expect(() => requireModelVersionDraft({ ...draft, trainingMetrics: { accuracy: '0.5' } } as never)).toThrow(
      /trainingMetrics\.accuracy must be a finite number/,
    );
    expect(() => requireModelVersionDraft({ ...draft, featureNames: ['a', ''] })).toThrow(/featureNames\[1\]/);
    expect(() => requireModelVersionDraft({ ...draft, trainingMetrics: { '': 1 } })).toThrow(/empty key/);
  });
});

describe('records of a slot', () => {
  const request = { modelName: 'm', kind: 'promotion', versionId: 'v', at: 1, actor: 'a', reason: 'r' };

  it('take a promotion that expects no champion, and one that expects one', () => {
    expect(requirePromotionRequest({ ...request, expectedChampionVersionId: undefined })).toEqual(request);
    expect(requirePromotionRequest({ ...request, expectedChampionVersionId: 'w' })).toMatchObject({
      expectedChampionVersionId: 'w',
    });
    for (const bad of [
      { reason: '' },
      { actor: '' },
      { kind: 'coup' },
      { expectedChampionVersionId: null },
      { force: true },
    ]) {
      expect(() => requirePromotionRequest({ ...request, ...bad })).toThrow(invalid);
    }
  });

  it('keep null, which clears, apart from undefined, which leaves', () => {
    const patch = { shadowVersionId: null, frozenUntil: null, probation: null, pinned: undefined };
    expect(requireSlotPatch(patch)).toEqual({ shadowVersionId: null, frozenUntil: null, probation: null });
    for (const bad of [
      { pinned: null },
      { suspended: 0 },
      { nextVersion: 1 },
      { championVersionId: 'v' },
      { frozenUntil: -1 },
    ]) {
      expect(() => requireSlotPatch(bad)).toThrow(invalid);
    }
    expect(() => requireSlotPatch({ probation: { versionId: 'v', startedAt: 5, endsAt: 4 } })).toThrow(
      'slot patch: probation.endsAt must be at or after startedAt (5); got 4',
    );
  });

  it('take a status and a bar with a reason', () => {
    expect(requireModelStatus('archived')).toBe('archived');
    expect(() => requireModelStatus('gone' as never)).toThrow(invalid);
    expect(() => requireBarredVersion({ versionId: 'v', modelName: 'm', reason: '', at: 1 })).toThrow(/reason/);
  });
});
