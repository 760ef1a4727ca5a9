/** @param source - `stdin`, or what a driver has in its place. Names are ours: of tables and columns of the schema. */
export function copyStatement(table: string, columns: readonly string[], source: string): string {
  return `copy "${table}" (${columns.map((column) => `"${column}"`).join()}) from ${source}`;
}
