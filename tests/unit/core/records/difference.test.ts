import { describeDifference } from '@mlperf/core';
import { describe, expect, it } from 'vitest';

describe('describeDifference', () => {
  it.each([
    [{ a: 1, b: 2 }, { a: 1, b: 3 }, 'b is 2; got 3'],
    [{ a: 1 }, { a: 1, b: 'x' }, 'b is absent; got "x"'],
    [{ a: 1, b: 'x' }, { a: 1 }, 'b is "x"; got nothing'],
    [{ p: { up: 0.6, down: 0.4 } }, { p: { up: 0.6, down: 0.3 } }, 'p.down is 0.4; got 0.3'],
    [{ cv: [0.1, 0.2] }, { cv: [0.1, 0.3] }, 'cv[1] is 0.2; got 0.3'],
    [{ cv: [0.1] }, { cv: [0.1, 0.3] }, 'cv is an array of 1; got an array of 2'],
    [{ p: { up: 1 } }, { p: [1] }, 'p is an object; got an array of 1'],
    [{ p: null }, { p: {} }, 'p is null; got an object'],
  ])('of %j and %j: %3$s', (stored, given, expected) => {
    expect(describeDifference(stored, given)).toBe(expected);
  });

  it('says nothing of records with the same content', () => {
    expect(describeDifference({ a: 1, b: undefined }, { a: 1 })).toBeUndefined();
  });
});
