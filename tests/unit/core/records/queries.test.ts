import {
  MAX_BATCH,
  requireBatch,
  requireFence,
  requireKey,
  requireLeaseRequest,
  requireLeaseTtl,
  requireOutboxQuery,
  requireOutcomeQuery,
  requirePage,
  requirePredictionFilter,
  requireRollupQuery,
  requireSequence,
  requireSha256,
  requireTimeBound,
} from '@mlperf/core';
import { describe, expect, it } from 'vitest';

const badQuery = expect.objectContaining({ code: 'INVALID_QUERY' });

describe('filters and queries', () => {
  it('are copied, and an undefined key is as good as none, known or not', () => {
    const filter = { symbol: 'A', role: undefined, unheardOf: undefined };
    const copy = requirePredictionFilter(filter);
    expect(copy).toEqual(filter);
    expect(copy).not.toBe(filter);
  });

  it('refuse an unknown key by its name', () => {
    expect(() => requirePredictionFilter({ modelVersion: 'v1' })).toThrow(
      'prediction filter: modelVersion must be absent, it is no known field; got "v1"',
    );
    expect(() => requirePredictionFilter({ modelVersion: 'v1' })).toThrow(badQuery);
    expect(() => requirePredictionFilter(JSON.parse('{"__proto__": {"symbol": "A"}}'))).toThrow(badQuery);
  });

  it('take time bounds before 1970 and refuse what is not finite', () => {
    expect(requireRollupQuery({ modelVersionId: 'v', role: 'live', from: -5.5, to: 1e18 })).toBeDefined();
    expect(requireTimeBound(-1, 'at')).toBe(-1);
    expect(() => requireTimeBound(Number.NaN, 'at')).toThrow('at must be a finite number; got NaN');
    expect(() => requirePredictionFilter({ predictedFrom: Number.NEGATIVE_INFINITY })).toThrow(badQuery);
  });

  it('want a version or a name of a roll-up query', () => {
    const rest = { role: 'live', from: 0, to: 1 };
    expect(() => requireRollupQuery(rest)).toThrow('must name modelVersionId or modelName; got neither');
    expect(requireRollupQuery({ ...rest, modelVersionId: 'v', modelName: 'm' })).toBeDefined();
  });

  it('want a limit of their own, each up to its own greatest', () => {
    expect(requireOutcomeQuery({ modelVersionId: 'v', role: 'live', limit: 100_000 }).limit).toBe(100_000);
    expect(() => requireOutcomeQuery({ modelVersionId: 'v', role: 'live', limit: 100_001 })).toThrow(badQuery);
    expect(() => requireOutcomeQuery({ modelVersionId: 'v', role: 'live' } as never)).toThrow(badQuery);
    expect(() => requireOutboxQuery({ consumer: 'c', limit: 1_001 })).toThrow(badQuery);
  });

  it('page by 100 unless told otherwise', () => {
    expect(requirePage()).toEqual({ limit: 100, cursor: undefined });
    expect(requirePage({ limit: 5, cursor: 'x' })).toEqual({ limit: 5, cursor: 'x' });
    for (const bad of [{ limit: 0 }, { cursor: 5 }, { offset: 1 }, 'x', []]) {
      expect(() => requirePage(bad as never)).toThrow(badQuery);
    }
  });
});

describe('keys', () => {
  it('are storable text of 1 to 512 characters', () => {
    for (const key of ['a', '../x', 'x'.repeat(512), '😀']) expect(requireKey(key, 'id')).toBe(key);
    expect(requireKey('☃'.repeat(266), 'id')).toHaveLength(266);
    expect(() => requireKey('☃'.repeat(267), 'id')).toThrow(/at most 800 bytes in UTF-8/);
    for (const key of ['', 'x'.repeat(513), 'a\u0000', '\ud800', 5, null, undefined, ['a']]) {
      expect(() => requireKey(key as never, 'id')).toThrow(badQuery);
    }
  });

  it('are whole numbers ≥ 0 where they are numbers, and hashes where they are hashes', () => {
    expect(requireSequence(0, 'sequence')).toBe(0);
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, '1'])
      expect(() => requireSequence(bad as never, 's')).toThrow(badQuery);
    expect(requireSha256('0f'.repeat(32))).toBe('0f'.repeat(32));
    expect(() => requireSha256(`${'0f'.repeat(32)}\n`)).toThrow(badQuery);
  });
});

describe('requireBatch', () => {
  it('takes arrays up to the greatest batch', () => {
    expect(requireBatch([1, 2], 'things', (n) => n * 2)).toEqual([2, 4]);
    const many = Array.from({ length: MAX_BATCH }, (_, i) => i);
    expect(requireBatch(many, 'things', (n) => n)).toHaveLength(MAX_BATCH);
    expect(() => requireBatch([...many, 0], 'things', (n) => n)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
    for (const bad of [undefined, null, 'ab', { length: 1 }, new Set([1])]) {
      expect(() => requireBatch(bad as never, 'things', (n) => n)).toThrow(
        expect.objectContaining({ code: 'INVALID_RECORD' }),
      );
    }
  });

  it('passes a hole of an array on as what it is', () => {
    expect(() =>
      requireBatch(new Array<number>(1), 'things', (n) => {
        if (n === undefined) throw new RangeError('a hole');
      }),
    ).toThrow('a hole');
  });
});

describe('leases', () => {
  it('are asked for 1 ms to one day', () => {
    const ask = { lease: 'l', owner: 'o', ttlMs: 86_400_000 };
    expect(requireLeaseRequest(ask)).toEqual(ask);
    expect(requireLeaseTtl(1)).toBe(1);
    for (const ttlMs of [0, 86_400_001, 0.5, Number.NaN]) {
      expect(() => requireLeaseRequest({ ...ask, ttlMs })).toThrow(
        /ttlMs must be (a whole number from 1 to 86400000|finite)/,
      );
      expect(() => requireLeaseTtl(ttlMs)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });

  it('show lease and token, and a whole lease shows them too', () => {
    expect(requireFence({ lease: 'l', token: 3, owner: 'o', expiresAt: 5 } as never)).toEqual({ lease: 'l', token: 3 });
    for (const bad of [{ lease: '', token: 1 }, { lease: 'l', token: -1 }, { lease: 'l' }, null, 'l']) {
      expect(() => requireFence(bad as never)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }));
    }
  });
});
