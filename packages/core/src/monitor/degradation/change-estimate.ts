import type { EvidenceOutcome, EvidenceStream } from './evidence-stream.ts';

/** One outcome of the history in which a change is looked for. */
export interface DatedEvidence extends EvidenceOutcome {
  readonly segment: string;
}

/** Where in a history a change began. Positions count from 0. */
export interface ChangePosition {
  /** The segment with the most evidence. */
  readonly segment: string;
  /** The most likely first outcome after the change. */
  readonly start: number;
  /** The first outcome after the change lies between these, both included, with a share of 0.9. */
  readonly earliest: number;
  readonly latest: number;
}

/** Cut off at each end of the interval. */
const TAIL = 0.05;

/**
 * Where the change began that an alarm reports: the statistic is a sum over possible beginnings, and says itself which
 * of them it rests on.
 *
 *   weight(j) = Σ_q w_q · Π_{i ≥ j, same segment} L_q(i)^(1/h)      h = labels that overlap
 *
 * Without overlap the weights of all outcomes sum to the statistic of the alarm, and as shares of it they are the
 * posterior of the beginning when all are equally likely beforehand. With overlap h outcomes count as one.
 *
 * @param history - Oldest first, from the restart of the detector or later to the alarm.
 * @returns `undefined` for an empty history or one that says nothing.
 * @remarks O(history × alternatives). Beginnings before the history are not considered.
 * @example locateChange([…six hits, four misses], hitEvidence(0.6, 'below', alternatives), 1)?.start; // 6
 */
export function locateChange(
  history: readonly DatedEvidence[],
  stream: EvidenceStream,
  labelOverlap: number,
): ChangePosition | undefined {
  const products = new Map<string, Float64Array>();
  const totals = new Map<string, number>();
  const weights = new Float64Array(history.length);
  for (let at = history.length - 1; at >= 0; at--) {
    const outcome = history[at]!;
    const factors = stream.factorsOf(outcome);
    if (factors === undefined) continue;
    let product = products.get(outcome.segment);
    if (product === undefined) {
      product = new Float64Array(stream.weights.length).fill(1);
      products.set(outcome.segment, product);
    }
    let weight = 0;
    for (let i = 0; i < factors.length; i++) {
      product[i]! *= labelOverlap === 1 ? factors[i]! : factors[i]! ** (1 / labelOverlap);
      weight += stream.weights[i]! * product[i]!;
    }
    weights[at] = weight;
    totals.set(outcome.segment, (totals.get(outcome.segment) ?? 0) + weight);
  }
  let segment: string | undefined;
  for (const [name, total] of totals) {
    if (total > 0 && (segment === undefined || total > totals.get(segment)!)) segment = name;
  }
  if (segment === undefined) return undefined;
  const total = totals.get(segment)!;
  let start = -1;
  let earliest = -1;
  let latest = -1;
  let sum = 0;
  for (let at = 0; at < history.length; at++) {
    if (history[at]!.segment !== segment || weights[at] === 0) continue;
    sum += weights[at]!;
    if (start < 0 || weights[at]! > weights[start]!) start = at;
    if (earliest < 0 && sum >= TAIL * total) earliest = at;
    if (latest < 0 && sum >= (1 - TAIL) * total) latest = at;
  }
  return { segment, start, earliest: Math.min(earliest, start), latest: Math.max(latest, start) };
}
