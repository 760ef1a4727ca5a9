import { canonicalJson, canonicalRecord, sameContent } from '@mlperf/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const storable = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 }).filter((value) => {
  const text = JSON.stringify(value);
  return !/\\u0000|__proto__|"constructor"|"prototype"/.test(text) && JSON.parse(text) !== undefined;
});
const wellFormed = storable.filter((value) => {
  const walk = (inner: unknown): boolean =>
    typeof inner === 'string'
      ? inner.isWellFormed()
      : typeof inner === 'object' && inner !== null
        ? Object.entries(inner).every(([key, each]) => key.isWellFormed() && walk(each))
        : true;
  return walk(value);
});

describe('canonicalRecord', () => {
  it('returns an equal deep copy of any plain data, with −0 as 0', () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        const copy = canonicalRecord({ value }, 'record');
        expect(copy.value).toEqual(JSON.parse(JSON.stringify(value)));
        if (typeof value === 'object' && value !== null) expect(copy.value).not.toBe(value);
      }),
      { seed: 20240101 },
    );
  });

  it('is idempotent: the canonical form of a canonical form is itself', () => {
    fc.assert(
      fc.property(wellFormed, (value) => {
        const once = canonicalRecord({ value }, 'record');
        expect(canonicalRecord(once, 'record')).toEqual(once);
        expect(sameContent(once, canonicalRecord(once, 'record'))).toBe(true);
      }),
      { seed: 20240102 },
    );
  });

  it('turns −0 into 0 at any depth', () => {
    expect(Object.is(canonicalRecord({ a: [{ b: -0 }] }, 'r').a[0]!.b, 0)).toBe(true);
  });

  it('leaves undefined properties out and refuses undefined in an array', () => {
    expect(Object.keys(canonicalRecord({ a: 1, b: undefined }, 'r'))).toEqual(['a']);
    expect(() => canonicalRecord({ list: [1, undefined] }, 'r')).toThrow(/list\[1\]/);
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    expect(() => canonicalRecord({ list: [1, , 2] }, 'r')).toThrow(/list\[1\]/);
  });

  it('names the place of what it refuses, with the code INVALID_RECORD', () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ a: { b: [0, Number.NaN] } }, /^prediction 'p': a\.b\[1\] must be finite; got NaN$/],
      [{ a: Number.POSITIVE_INFINITY }, /a must be finite; got Infinity/],
      [{ a: 'x\u0000' }, /a must not contain a NUL/],
      [{ a: '\ud83d' }, /a must not contain a lone surrogate/],
      [{ 'k\u0000': 1 }, /must not contain a NUL/],
      [{ a: new Date(0) }, /a must be plain data; got Date/],
      [{ a: 10n }, /a must be plain data; got bigint/],
      [{ a: () => 1 }, /a must be plain data; got function/],
      [{ a: Symbol('s') }, /a must be plain data; got symbol/],
      [JSON.parse('{"a": {"__proto__": 1}}'), /a\.__proto__ is a forbidden key/],
      [{ constructor: 1 }, /constructor is a forbidden key/],
      [{ prototype: 1 }, /prototype is a forbidden key/],
    ];
    for (const [record, message] of cases) {
      expect(() => canonicalRecord(record, "prediction 'p'")).toThrow(
        expect.objectContaining({ code: 'INVALID_RECORD', message: expect.stringMatching(message) }),
      );
    }
  });

  it('refuses a record that holds itself instead of going on for ever', () => {
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(() => canonicalRecord(loop, 'r')).toThrow(/nested deeper than 32/);
  });

  it('accepts data of another realm and of no prototype', () => {
    const bare: Record<string, unknown> = Object.assign(Object.create(null), { a: 1 });
    expect(canonicalRecord({ bare }, 'r')).toEqual({ bare: { a: 1 } });
  });
});

describe('sameContent', () => {
  it('agrees with comparing the canonical texts, for any two values and any order of keys', () => {
    const shuffled = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shuffled)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, inner]) => [key, shuffled(inner)]),
            )
          : value;
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        const [left, right] = [canonicalRecord({ a }, 'r'), canonicalRecord({ a: b }, 'r')];
        expect(sameContent(left, right)).toBe(canonicalJson(left) === canonicalJson(right));
        expect(sameContent(left, shuffled(left))).toBe(true);
      }),
      { seed: 20240109, numRuns: 500 },
    );
  });

  it('takes an undefined property for an absent one, and null for a value', () => {
    expect(sameContent({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(sameContent({ a: undefined }, { b: undefined })).toBe(true);
    expect(sameContent({ a: undefined }, { a: null })).toBe(false);
    expect(sameContent({ a: 1, b: undefined }, { a: 1, c: 2 })).toBe(false);
    expect(sameContent([], {})).toBe(false);
  });

  it('ignores the order of keys and nothing else', () => {
    expect(sameContent({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true);
    for (const other of [
      { a: 1 },
      { a: 1, b: null },
      { a: '1', b: 2 },
      { a: 1, b: [2] },
      { a: 1, b: 3 },
      { a: 1, B: 2 },
    ]) {
      expect(sameContent({ a: 1, b: 2 }, other)).toBe(false);
    }
    expect(sameContent([1, 2], [2, 1])).toBe(false);
  });

  it('sorts keys in the text it compares', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
  });
});
