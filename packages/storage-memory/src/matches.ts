/** Whether a row has every value the filter names; a filter's `undefined` names nothing. */
export function matches<T extends object>(row: T, filter: { readonly [K in keyof T]?: T[K] | undefined }): boolean {
  for (const key of Object.keys(filter) as (keyof T)[]) {
    if (filter[key] !== undefined && row[key] !== filter[key]) return false;
  }
  return true;
}
