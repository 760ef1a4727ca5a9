import { createHash, type Hash } from 'node:crypto';
import type { Dataset } from './dataset.ts';
import { gapsOf } from './positions.ts';

const FORMAT = '@mlperf/dataset/1';
const CHUNK = 8_192;
const CANONICAL_NAN = 0x7ff8_0000_0000_0000n;

/**
 * The identity of a dataset's content: what a stored version or study calls `dataVersion`.
 *
 *   SHA-256( header length as uint32 ‖ header ‖ each array present, as IEEE 754 binary64 )
 *
 * The header is the UTF-8 JSON of format, shape, names and the list of arrays; numbers are little-endian on every
 * machine; arrays come in the order features (row-major), targets, timestamps, labelEndsAt, groups, prices, returns,
 * weights, positions. Positions are counted from each group's first row and left out where no row is missing between
 * two: only gaps are content. −0 hashes as 0, and every missing value as one NaN. Where the values lie (shared memory, a view, a copy) makes no difference.
 *
 * @param dataset - As {@link createDataset} makes it.
 * @returns 64 lower-case hex digits.
 * @remarks O(rows × columns) time, constant space.
 */
export function hashDataset(dataset: Dataset): string {
  const arrays: readonly (readonly [string, ArrayLike<number> | undefined])[] = [
    ['features', dataset.features.values],
    ['targets', dataset.targets],
    ['timestamps', dataset.timestamps],
    ['labelEndsAt', dataset.labelEndsAt],
    ['groups', dataset.groups],
    ['prices', dataset.prices],
    ['returns', dataset.returns],
    ['weights', dataset.weights],
    ['positions', gapsOf(dataset)],
  ];
  const header = JSON.stringify([
    FORMAT,
    dataset.features.rows,
    dataset.features.columns,
    dataset.featureNames,
    dataset.classes ?? null,
    dataset.groupNames ?? null,
    arrays.flatMap(([name, values]) => (values === undefined ? [] : [[name, values.length]])),
  ]);
  const hash = createHash('sha256');
  const bytes = new TextEncoder().encode(header);
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, bytes.length, true);
  hash.update(length).update(bytes);
  for (const [, values] of arrays) if (values !== undefined) updateWithNumbers(hash, values);
  return hash.digest('hex');
}

function updateWithNumbers(hash: Hash, values: ArrayLike<number>): void {
  const chunk = new DataView(new ArrayBuffer(8 * Math.min(CHUNK, values.length)));
  for (let from = 0; from < values.length; from += CHUNK) {
    const count = Math.min(CHUNK, values.length - from);
    for (let i = 0; i < count; i++) {
      const value = values[from + i]!;
      // Adding 0 turns −0 into 0 and nothing else. The bits of a NaN are not fixed by the language; these are.
      if (Number.isNaN(value)) chunk.setBigUint64(8 * i, CANONICAL_NAN, true);
      else chunk.setFloat64(8 * i, value + 0, true);
    }
    hash.update(new Uint8Array(chunk.buffer, 0, 8 * count));
  }
}
