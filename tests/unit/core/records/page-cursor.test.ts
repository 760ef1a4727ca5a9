import { decodeCursor, encodeCursor, requireLimit } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const refusal = expect.objectContaining({ code: 'INVALID_QUERY' });

describe('requireLimit', () => {
  it('takes whole numbers from 1 to the greatest, and the fallback for none', () => {
    expect([requireLimit(1), requireLimit(1_000), requireLimit(undefined)]).toEqual([1, 1_000, 100]);
    expect(requireLimit(50_000, 100_000)).toBe(50_000);
    expect(requireLimit(undefined, 10, 7)).toBe(7);
  });

  it('refuses everything else and says what came', () => {
    for (const bad of [0, -1, 1.5, 1_001, 1e15, Number.NaN, Number.POSITIVE_INFINITY, null, '5', {}, Symbol('s')]) {
      expect(() => requireLimit(bad as never)).toThrow(refusal);
    }
    expect(() => requireLimit(1.5)).toThrow('limit must be a whole number from 1 to 1000; got 1.5');
  });
});

describe('a cursor', () => {
  it('gives back the position it was made of, whatever text is in it', () => {
    const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
    fc.assert(
      fc.property(text, fc.double({ noNaN: true, noDefaultInfinity: true }), text, (filter, at, id) => {
        const query = ['list', { filter }];
        expect(decodeCursor(query, encodeCursor(query, [at, id]), ['number', 'string'])).toEqual([at + 0, id]);
      }),
      { seed: 20240103 },
    );
  });

  it('is absent when none was given', () => {
    expect(decodeCursor('q', undefined, ['string'])).toBeUndefined();
  });

  it('fits the query that made it, whatever the order of its keys, and no other', () => {
    const cursor = encodeCursor(['predictions', { symbol: 'A', role: 'live' }], [1, 'p']);
    expect(decodeCursor(['predictions', { role: 'live', symbol: 'A' }], cursor, ['number', 'string'])).toEqual([
      1,
      'p',
    ]);
    for (const query of [['predictions', { symbol: 'B', role: 'live' }], ['predictions', {}], ['models', {}], null]) {
      expect(() => decodeCursor(query, cursor, ['number', 'string'])).toThrow(refusal);
    }
  });

  it('fits the shape of its sort key and no other', () => {
    const cursor = encodeCursor('q', [1, 'p']);
    for (const shape of [['string', 'number'], ['number'], ['number', 'string', 'string'], []] as const) {
      expect(() => decodeCursor('q', cursor, shape)).toThrow(refusal);
    }
  });

  it('is refused with any one character changed', () => {
    const cursor = encodeCursor('q', [1_704_067_200_000, 'prediction-1']);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...'ABab01-_'), (at, character) => {
        const forged = cursor.slice(0, at) + character + cursor.slice(at + 1);
        // Unused low bits of the last base64 character carry nothing.
        fc.pre(!Buffer.from(forged, 'base64url').equals(Buffer.from(cursor, 'base64url')));
        expect(() => decodeCursor('q', forged, ['number', 'string'])).toThrow(refusal);
      }),
      { seed: 20240104 },
    );
  });

  it('is refused when it is text of any kind that nobody encoded', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor('q', text, ['number'])).toThrow(refusal);
      }),
      { seed: 20240105 },
    );
  });

  it('is refused, not a syntax error, when a right fingerprint stands before no JSON', () => {
    // FNV-1a of '{', computed by hand: (0x811c9dc5 ^ 0x7b) · 0x01000193 mod 2^32.
    const fingerprint = Number(((BigInt(0x811c9dc5 ^ 0x7b) & 0xffffffffn) * 0x01000193n) % 2n ** 32n)
      .toString(16)
      .padStart(8, '0');
    const forged = Buffer.from(`${fingerprint}{`).toString('base64url');
    expect(() => decodeCursor('q', forged, ['number'])).toThrow(refusal);
  });
});
