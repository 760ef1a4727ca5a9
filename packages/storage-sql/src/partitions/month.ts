/** Calendar months of UTC, counted from January 1970. */
export function monthOf(at: number): number {
  const date = new Date(at);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The first millisecond of a month, epoch milliseconds. */
export function startOfMonth(month: number): number {
  return Date.UTC(1970, month);
}

/** The name of a month's partition: `predictions_2026_11`. */
export function partitionOfMonth(month: number): string {
  const [year, number] = new Date(startOfMonth(month)).toISOString().split('-');
  return `predictions_${year}_${number}`;
}

/** The month of a partition of that name; `undefined` for any other table. */
export function monthOfPartition(name: string): number | undefined {
  const match = /^predictions_(\d{4})_(\d{2})$/.exec(name);
  return match === null ? undefined : (Number(match[1]) - 1970) * 12 + Number(match[2]) - 1;
}
