import {
  buildDriftReference,
  type DriftReferenceProfile,
  detectDataDrift,
  StreamingDriftDetector,
  saveDriftReference,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { describe, expect, it } from 'vitest';

const numbers = (value: (i: number) => number) => Array.from({ length: 60 }, (_, i) => ({ rsi: i % 7, gap: value(i) }));
const plain = numbers((i) => i / 60);
const reference = buildDriftReference(plain);
const refusal = (where: string, got: number) => ({
  name: 'InvalidInputError',
  code: 'OUT_OF_RANGE',
  message: `feature 'gap' must be from -1e100 to 1e100, or absent, in ${where}; got ${got}`,
});

describe('features beyond 1e100', () => {
  it.each([Number.MAX_VALUE, -Number.MAX_VALUE, 1.000001e100])('are refused by name: %s', (huge) => {
    const rows = numbers((i) => (i === 3 ? huge : 0.5));
    expect(() => detectDataDrift(reference, rows)).toThrow(expect.objectContaining(refusal('current row 3', huge)));
    expect(() => buildDriftReference(rows)).toThrow(expect.objectContaining(refusal('reference row 3', huge)));
  });

  it('leave a stream as it was', () => {
    const stream = new StreamingDriftDetector(reference);
    stream.update(plain[0]!);
    const before = JSON.stringify(stream);
    const row = { rsi: 3, gap: Number.MAX_VALUE };
    expect(() => stream.update(row)).toThrow(expect.objectContaining(refusal('row 2', Number.MAX_VALUE)));
    expect(JSON.stringify(stream)).toBe(before);
  });

  it('are no part of a stored reference', async () => {
    const storage = openMemoryStorage();
    const profile: DriftReferenceProfile = {
      formatVersion: 1,
      rows: 1,
      sampledFrom: 1,
      features: [{ name: 'gap', kind: 'numeric', values: [Number.MAX_VALUE], missing: 0 }],
    };
    const saved = saveDriftReference(storage, { modelVersionId: 'v1', createdAt: 1 }, profile);
    await expect(saved).rejects.toMatchObject({ code: 'INVALID_RECORD', message: expect.stringContaining('gap') });
    await storage.close();
  });

  it.each([
    ['huge beside plain', plain, numbers((i) => (i % 2 === 0 ? 1e100 : -1e100))],
    ['plain beside huge', numbers((i) => (i % 2 === 0 ? 1e100 : -1e100)), plain],
    ['huge beside tiny', numbers((i) => (i % 2) * 1e-160), numbers(() => -1e100)],
    ['tiny beside tiny', numbers((i) => (i % 2) * 5e-324), numbers((i) => (i % 3) * 5e-324)],
  ])('give finite figures up to there: %s', (_, past, current) => {
    for (const binRule of ['quantile', 'equal-width'] as const) {
      const { features } = detectDataDrift(buildDriftReference(past), current, { binRule });
      for (const { effects, tests } of features) {
        const figures = [...Object.values(effects ?? {}), ...tests.flatMap((test) => [test.statistic, test.pValue])];
        expect(figures.length).toBeGreaterThan(4);
        expect(figures.filter((figure) => !Number.isFinite(figure))).toEqual([]);
      }
    }
  });
});
