import type { NodeRows } from './node-rows.ts';

/** Adds the rows of a node, gathered before, to the sums of their bins. @param bins - The column's bins by row. */
export function addBins(
  sums: Float64Array,
  slots: number,
  bins: Uint8Array,
  node: NodeRows,
  start: number,
  count: number,
): void {
  const { rows, slotOf, weightOf, targetOf } = node;
  if (targetOf.length > 0) addTargets(sums, bins, rows, weightOf, targetOf, start, count);
  else if (slots === 2) addTwoClasses(sums, bins, rows, weightOf, slotOf, start, count);
  else addClasses(sums, slots, bins, rows, weightOf, slotOf, start, count);
}

// The innermost loops of training: one addition per row. Kept apart, so that each is compiled for its own arrays.

function addTwoClasses(
  sums: Float64Array,
  bins: Uint8Array,
  rows: Int32Array,
  weightOf: Float64Array,
  slotOf: Int32Array,
  start: number,
  count: number,
): void {
  for (let at = 0; at < count; at++) {
    const slot = 2 * bins[rows[start + at]!]! + slotOf[at]!;
    sums[slot] = sums[slot]! + weightOf[at]!;
  }
}

function addClasses(
  sums: Float64Array,
  slots: number,
  bins: Uint8Array,
  rows: Int32Array,
  weightOf: Float64Array,
  slotOf: Int32Array,
  start: number,
  count: number,
): void {
  for (let at = 0; at < count; at++) {
    const slot = slots * bins[rows[start + at]!]! + slotOf[at]!;
    sums[slot] = sums[slot]! + weightOf[at]!;
  }
}

function addTargets(
  sums: Float64Array,
  bins: Uint8Array,
  rows: Int32Array,
  weightOf: Float64Array,
  targetOf: Float64Array,
  start: number,
  count: number,
): void {
  for (let at = 0; at < count; at++) {
    const slot = 2 * bins[rows[start + at]!]!;
    sums[slot] = sums[slot]! + weightOf[at]!;
    sums[slot + 1] = sums[slot + 1]! + targetOf[at]!;
  }
}

/** Adds one row, by its place in the node, to the sums of a group. */
export function addRow(sums: Float64Array, slots: number, group: number, node: NodeRows, at: number): void {
  const weight = node.weightOf[at]!;
  if (node.targetOf.length > 0) {
    sums[2 * group] = sums[2 * group]! + weight;
    sums[2 * group + 1] = sums[2 * group + 1]! + node.targetOf[at]!;
    return;
  }
  const slot = slots * group + node.slotOf[at]!;
  sums[slot] = sums[slot]! + weight;
}

/** Whether any row fell into the group. Weights are above 0, so its first sums tell. */
export function isFilled(sums: Float64Array, slots: number, group: number, regression: boolean): boolean {
  if (regression) return sums[2 * group] !== 0;
  for (let k = slots * group; k < slots * group + slots; k++) if (sums[k] !== 0) return true;
  return false;
}

/** Sorts values ascending by insertion, and their places with them: fastest for a few dozen. */
export function sortPairs(values: Float64Array, places: Int32Array, count: number): void {
  for (let i = 1; i < count; i++) {
    const value = values[i]!;
    const place = places[i]!;
    let at = i;
    while (at > 0 && values[at - 1]! > value) {
      values[at] = values[at - 1]!;
      places[at] = places[at - 1]!;
      at--;
    }
    values[at] = value;
    places[at] = place;
  }
}
