import { describe, expect, it } from 'vitest';
import { copyText } from '../../../packages/storage-postgres/src/copy-text.ts';

describe('copyText', () => {
  it('writes a line for each row, tabs between values, and \\N for null', () => {
    expect(
      copyText([
        ['a', 1, null],
        ['', -0.5, 5e-324],
      ]),
    ).toBe('a\t1\t\\N\n\t-0.5\t5e-324\n');
    expect(copyText([])).toBe('');
  });

  it('escapes what would end a value or a line, and what would mean null or the end', () => {
    expect(copyText([['a\tb', 'a\nb', 'a\rb', '\\N', '\\.']])).toBe('a\\tb\ta\\nb\ta\\rb\t\\\\N\t\\\\.\n');
  });
});
