export type CsvCell = string | number | undefined;

/** A text a spreadsheet would run: it starts with =, +, -, @, tab, carriage return or line feed. */
const FORMULA_START = /^[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * Rows as CSV (RFC 4180): CRLF after each row, a cell quoted when it must be, an absent value as an empty cell.
 * Text that a spreadsheet would take for a formula gets a leading apostrophe; numbers are written as they are.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180, https://owasp.org/www-community/attacks/CSV_Injection
 * @example csvOf([['symbol', 'accuracy'], ['=A1', 0.5]]); // "symbol,accuracy\r\n'=A1,0.5\r\n"
 */
export function csvOf(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(cell: CsvCell): string {
  if (cell === undefined) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA_START.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
