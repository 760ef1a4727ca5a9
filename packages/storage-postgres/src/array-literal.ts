/**
 * An array as Postgres reads it in text form: `{1,NULL,"a \"quoted\" word"}`.
 * @param values - Text, finite numbers and nulls.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function arrayLiteral(values: readonly (string | number | null)[]): string {
  const parts = new Array<string>(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === null) parts[i] = 'NULL';
    else parts[i] = typeof value === 'number' ? String(value) : quoted(value);
  }
  return `{${parts.join(',')}}`;
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}
