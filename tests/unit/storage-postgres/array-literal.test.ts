import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrayLiteral } from '../../../packages/storage-postgres/src/array-literal.ts';

/** Reads a one-dimensional array literal by the rules of the manual, written apart from what wrote it. */
function read(literal: string): readonly (string | null)[] {
  const values: (string | null)[] = [];
  const inside = literal.slice(1, -1);
  for (let i = 0; i < inside.length; ) {
    let value = '';
    const quoted = inside[i] === '"';
    if (quoted) i++;
    while (i < inside.length && inside[i] !== (quoted ? '"' : ',')) {
      if (quoted && inside[i] === '\\') i++;
      value += inside[i++];
    }
    if (quoted) i++;
    i++;
    values.push(!quoted && value === 'NULL' ? null : value);
  }
  return values;
}

describe('arrayLiteral', () => {
  it('quotes text, so that neither NULL nor a comma nor a brace means anything in it', () => {
    expect(arrayLiteral(['a', 'NULL', 'x,y', '{}', '', ' '])).toBe('{"a","NULL","x,y","{}",""," "}');
    expect(arrayLiteral(['"', '\\'])).toBe('{"\\"","\\\\"}');
    expect(arrayLiteral([null, 1, -0.5, 5e-324, 2 ** 53])).toBe('{NULL,1,-0.5,5e-324,9007199254740992}');
    expect(arrayLiteral([])).toBe('{}');
  });

  it('gives back any texts and nulls', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'binary' })), { minLength: 1 }), (values) => {
        expect(read(arrayLiteral(values))).toEqual(values);
      }),
    );
  });
});
