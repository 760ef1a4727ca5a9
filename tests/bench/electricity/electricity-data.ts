import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createDataset, type Dataset } from '@mlperf/core';

/** Lies beside the checkout: reference data, not part of the product. */
const FILE = resolve(import.meta.dirname, '../../../../shared/data/elec.csv.gz');
const HALF_HOUR_MS = 1_800_000;
const HEADER = 'period,nswprice,nswdemand,vicprice,vicdemand,transfer,class';
/** The first row is of 7 May 1996; the copy has no dates. */
const START = Date.UTC(1996, 4, 7);

/** Half hours in a year of 365 days. */
export const ELECTRICITY_YEAR = 17_520;

/** Why the data cannot be used here; `undefined` when they are there. */
export function missingElectricityData(): string | undefined {
  return existsSync(FILE) ? undefined : `${FILE} is not there`;
}

/**
 * The New South Wales electricity market, every half hour from May 1996: will the price be above its mean of the last
 * 24 hours (`up`) or not (`down`)? Nothing of earlier labels is among the features.
 *
 * @param rows - The first ones only. @throws when the file is not the one expected.
 * @see Harries (1999), Splice-2 comparative evaluation: electricity pricing, University of New South Wales
 */
export async function electricityData(rows = Number.POSITIVE_INFINITY): Promise<Dataset> {
  const [header, ...lines] = gunzipSync(await readFile(FILE))
    .toString('utf8')
    .trim()
    .split(/\r?\n/);
  if (header !== HEADER) throw new Error(`${FILE} must have the columns ${HEADER}; got ${header}`);
  const cells = lines.slice(0, Math.min(rows, lines.length)).map((line) => line.split(',').map(Number));
  return createDataset({
    features: cells.map((row) => row.slice(0, -1)),
    featureNames: HEADER.split(',').slice(0, -1),
    targets: cells.map((row) => row.at(-1) ?? Number.NaN),
    classes: ['down', 'up'],
    timestamps: cells.map((_, i) => START + i * HALF_HOUR_MS),
    labelEndsAt: cells.map((_, i) => START + (i + 1) * HALF_HOUR_MS),
  });
}
