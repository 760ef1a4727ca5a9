/** What means something in the text form of `COPY`. */
const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/**
 * Rows as `COPY … FROM STDIN` reads them in its text form: a line for each, tabs between values, `\N` for null.
 * @param rows - Text without NUL, finite numbers and nulls.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */
export function copyText(rows: readonly (readonly (string | number | null)[])[]): string {
  let text = '';
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      const value = row[i]!;
      if (i > 0) text += '\t';
      if (value === null) text += '\\N';
      else text += typeof value === 'number' ? String(value) : escaped(value);
    }
    text += '\n';
  }
  return text;
}

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : text;
}
