import type { SamplingSpread } from './sampling-spread.ts';

/**
 * How the placements of the rarer class scatter: of each of its rows, the share of the other class with a lower score
 * (a tie counts half). Their mean is the AUC, so this is its spread as a Mann–Whitney statistic, of one sample only.
 *
 * @param scores - Shape (n), finite.
 * @param labels - 1 for the class asked about, 0 for the rest, shape (n).
 * @returns Variance of the placements, dividing by their number, and the share of the rarer class; a share of 0 when
 * there is one class only.
 * @remarks O(n log n).
 */
export function placementVariance(scores: Float64Array, labels: Uint8Array): SamplingSpread {
  const n = labels.length;
  let ones = 0;
  for (const label of labels) ones += label;
  const rarer = 2 * ones > n ? 0 : 1;
  const members = rarer === 1 ? ones : n - ones;
  const others = n - members;
  if (members === 0) return { variance: 0, share: 0 };
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => scores[i]! - scores[j]!);
  let below = 0;
  let sum = 0;
  let squares = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    let tiedMembers = 0;
    for (; end < n && scores[order[end]!] === scores[order[start]!]; end++) {
      if (labels[order[end]!] === rarer) tiedMembers++;
    }
    const tiedOthers = end - start - tiedMembers;
    const placement = (below + tiedOthers / 2) / others;
    sum += tiedMembers * placement;
    squares += tiedMembers * placement * placement;
    below += tiedOthers;
    start = end;
  }
  const mean = sum / members;
  return { variance: Math.max(0, squares / members - mean * mean), share: members / n };
}
