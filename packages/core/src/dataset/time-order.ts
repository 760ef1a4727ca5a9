import { InvalidInputError } from '../errors.ts';
import type { Dataset } from './dataset.ts';

/**
 * @throws {@link InvalidInputError} `UNSORTED` when a row is earlier than the row before it of the same group.
 * @remarks O(rows). Groups may follow each other or be interleaved.
 */
export function requireTimeOrder(dataset: Pick<Dataset, 'timestamps' | 'groups' | 'groupNames'>): void {
  const { timestamps, groups, groupNames } = dataset;
  const latest = new Map<number, number>();
  for (let row = 0; row < timestamps.length; row++) {
    const group = groups?.[row] ?? 0;
    const before = latest.get(group);
    const at = timestamps[row]!;
    if (before !== undefined && !(at >= before)) {
      const where = groups === undefined ? '' : ` of group '${groupNames?.[group] ?? group}'`;
      throw new InvalidInputError(
        'UNSORTED',
        `timestamps${where} must be ascending; got ${at} in row ${row} after ${before}`,
      );
    }
    latest.set(group, at);
  }
}
