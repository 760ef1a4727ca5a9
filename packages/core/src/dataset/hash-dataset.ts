import { createHash, type Hash } from 'node:crypto';
import type { Dataset } from './dataset.ts';

const FORMAT = '@mlperf/dataset/1';
const CHUNK = 8_192;

/**
 * The identity of a dataset's content: what a stored version or study calls `dataVersion`.
 *
 *   SHA-256( header length as uint32 ‖ header ‖ each array present, as IEEE 754 binary64 )
 *
 * The header is the UTF-8 JSON of format, shape, names and the list of arrays; numbers are little-endian on every
 * machine; arrays come in the order features (row-major), targets, timestamps, labelEndsAt, groups, prices, returns,
 * weights. −0 hashes as 0. Where the values lie (shared memory, a view, a copy) makes no difference.
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
    // Adding 0 turns −0 into 0 and nothing else.
    for (let i = 0; i < count; i++) chunk.setFloat64(8 * i, values[from + i]! + 0, true);
    hash.update(new Uint8Array(chunk.buffer, 0, 8 * count));
  }
}
