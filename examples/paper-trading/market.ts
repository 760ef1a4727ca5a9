import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** One trading day; prices in index points. */
export interface Bar {
  /** Close of the trading day, taken as 21:00 UTC, epoch milliseconds. */
  readonly at: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** S&P 500 daily bars, 3 January 2000 to 17 April 2020, from the npm package `vega-datasets`. */
export function loadSp500(): readonly Bar[] {
  // The package exports its code only; the data lie beside it.
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const path = join(dirname(entry), '../data/sp500-2000.csv');
  const [header, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const columns = header!.split(',');
  const column = (name: string) => columns.indexOf(name);
  return lines.map((line) => {
    const cells = line.split(',');
    return {
      at: Date.parse(`${cells[column('date')]}T21:00:00Z`),
      open: Number(cells[column('open')]),
      high: Number(cells[column('high')]),
      low: Number(cells[column('low')]),
      close: Number(cells[column('close')]),
      volume: Number(cells[column('volume')]),
    };
  });
}
