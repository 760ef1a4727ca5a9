import { createDataset, type Dataset, keyedRandom } from '@mlperf/core';

export const FEATURE_NAMES = ['momentum', 'spread', 'volume'] as const;

/** How often the next move follows the rule. */
const RULE_HOLDS = 0.7;
/** One label in ten is late, by up to this many rows; one in two hundred never comes. */
export const MOST_ROWS_LATE = 20;

export interface MarketPlan {
  readonly symbol: string;
  readonly rows: number;
  readonly barMs: number;
  /** Epoch milliseconds of the first row. */
  readonly startAt: number;
  /** Rows with which the rule turns round. */
  readonly turns: readonly number[];
}

/** What a market does, row by row: known in full to the story and to its checks, to the host only as it happens. */
export interface Market extends MarketPlan {
  /** Row after row, {@link FEATURE_NAMES} each. */
  readonly features: Float64Array;
  /** 1 for up. */
  readonly ups: Uint8Array;
  /** The row at whose time the label of each row becomes known; −1 for never. */
  readonly knownAt: Int32Array;
  timeOf(row: number): number;
}

export function marketOf(plan: MarketPlan): Market {
  const { symbol, rows, barMs, startAt, turns } = plan;
  const random = keyedRandom('soak', symbol, String(barMs));
  const features = new Float64Array(rows * FEATURE_NAMES.length);
  const ups = new Uint8Array(rows);
  const knownAt = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < FEATURE_NAMES.length; i++) features[row * FEATURE_NAMES.length + i] = 2 * random.next() - 1;
    const turned = turns.filter((turn) => turn <= row).length % 2 === 1;
    const follows = random.next() < RULE_HOLDS !== turned;
    ups[row] = Number(features[row * FEATURE_NAMES.length]! > 0 === follows);
    const fate = random.next();
    const late = fate < 0.1 ? 1 + Math.floor(random.next() * MOST_ROWS_LATE) : 0;
    knownAt[row] = fate > 0.995 ? -1 : row + 1 + late;
  }
  return { ...plan, features, ups, knownAt, timeOf: (row) => startAt + row * barMs };
}

export function featuresOf({ features }: Market, row: number): Float64Array {
  return features.subarray(row * FEATURE_NAMES.length, (row + 1) * FEATURE_NAMES.length);
}

/**
 * The newest rows whose labels are known at a row's time.
 *
 * @param leak - How often `spread` gives the label away, as a faulty pipeline would that reads it from the future: only in
 * what is gathered, never in what is served. 0 for sound data.
 */
export function knownRows(market: Market, now: number, most: number, leak = 0): Dataset {
  const rows: number[] = [];
  for (let row = now - 1; row >= 0 && rows.length < most; row--) {
    const known = market.knownAt[row]!;
    if (known >= 0 && known <= now) rows.push(row);
  }
  rows.reverse();
  const random = keyedRandom('leak', market.symbol, String(now));
  return createDataset({
    featureNames: FEATURE_NAMES,
    features: rows.map((row) => {
      const [momentum, spread, volume] = featuresOf(market, row);
      const told = random.next() < leak ? market.ups[row]! * 2 - 1 : spread!;
      return [momentum!, told, volume!];
    }),
    classes: ['down', 'up'],
    targets: rows.map((row) => market.ups[row]!),
    timestamps: rows.map((row) => market.timeOf(row)),
    // Late labels are known late; what they are about ended with the bar.
    labelEndsAt: rows.map((row) => market.timeOf(row + 1)),
  });
}
