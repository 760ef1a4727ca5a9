import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvOf } from '../../../../../packages/core/src/monitor/report/csv.ts';

/** RFC 4180 as a grammar: a quoted field, or anything without quote, comma and line break; then a comma or CRLF. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;

function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const at = FIELD.lastIndex;
    const match = FIELD.exec(text);
    if (match === null) throw new Error(`not RFC 4180 at ${at}: ${JSON.stringify(text.slice(at))}`);
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

describe('CSV', () => {
  it('ends every row in CRLF and quotes what RFC 4180 says must be quoted', () => {
    expect(csvOf([['aaa', 'b,b', 'c"c', 'd\r\nd', 'e\ne', '']])).toBe('aaa,"b,b","c""c","d\r\nd","e\ne",\r\n');
    expect(csvOf([])).toBe('');
    expect(csvOf([[undefined, undefined]])).toBe(',\r\n');
  });

  it.each([
    ['=', '=1+1', "'=1+1"],
    ['+', '+1', "'+1"],
    ['-', '-1', "'-1"],
    ['@', '@SUM(A1)', "'@SUM(A1)"],
    ['tab', '\t=1', "'\t=1"],
    ['carriage return', '\r=1', `"'\r=1"`],
    ['line feed', '\n=1', `"'\n=1"`],
    ['a quoted formula', '=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ])('makes text of a text that starts like a formula: %s', (_start, text, expected) => {
    expect(csvOf([[text]])).toBe(`${expected}\r\n`);
  });

  it('leaves text alone in which such a sign stands further on', () => {
    expect(csvOf([['BTC-USD', 'a=b', "'x"]])).toBe("BTC-USD,a=b,'x\r\n");
  });

  it('leaves numbers numbers, negative ones too', () => {
    expect(csvOf([[-0.25, 0, 1e-7, -1e21, 100]])).toBe('-0.25,0,1e-7,-1e+21,100\r\n');
  });

  it('is read back cell by cell, whatever the cells hold, and starts no cell of text like a formula', () => {
    const text = fc.string({
      unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', ';', 'a', "'", 'ü'),
    });
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 2, maxLength: 2 })), (rows) => {
        const read = parse(csvOf(rows));
        expect(read.length).toBe(rows.length);
        for (const [r, row] of rows.entries()) {
          for (const [c, cell] of row.entries()) {
            const got = read[r]![c]!;
            expect([cell, `'${cell}`]).toContain(got);
            expect(got).not.toMatch(/^[=+\-@\t\r\n]/);
          }
        }
      }),
      { seed: 4180 },
    );
  });

  it('gives every finite number back exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(parse(csvOf([[value]]))[0]![0])).toBe(value === 0 ? 0 : value);
      }),
      { seed: 4180 },
    );
  });
});
