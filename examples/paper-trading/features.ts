import { createDataset, type Dataset } from '@mlperf/core';
import { ATR, RSI, SMA } from 'trading-signals';
import type { Bar } from './market.ts';

export const FEATURE_NAMES = [
  'return_1',
  'return_2',
  'return_5',
  'return_20',
  'rsi_14',
  'gap_sma_20',
  'gap_sma_50',
  'atr_14',
  'volume_gap_20',
  'close_in_range',
  'volatility_10',
] as const;

/** What was known at a day's close. */
export interface FeatureRow {
  readonly at: number;
  readonly close: number;
  readonly features: Readonly<Record<string, number>>;
}

/** Days before the first row: the longest look-back of any feature. */
const WARM_UP_DAYS = 60;

/**
 * One row per day from the bars up to and including that day's close: the indicators are fed bar by bar,
 * so a row cannot see a later one.
 */
export function featureRows(bars: readonly Bar[]): readonly FeatureRow[] {
  const rsi = new RSI(14);
  const sma20 = new SMA(20);
  const sma50 = new SMA(50);
  const atr = new ATR(14);
  const volume20 = new SMA(20);
  const rows: FeatureRow[] = [];
  bars.forEach((bar, day) => {
    const { close } = bar;
    rsi.update(close, false);
    sma20.update(close, false);
    sma50.update(close, false);
    atr.update(bar, false);
    volume20.update(bar.volume, false);
    if (day < WARM_UP_DAYS) return;
    const returnOver = (days: number) => close / bars[day - days]!.close - 1;
    const values = [
      returnOver(1),
      returnOver(2),
      returnOver(5),
      returnOver(20),
      Number(rsi.getResult()),
      close / Number(sma20.getResult()) - 1,
      close / Number(sma50.getResult()) - 1,
      Number(atr.getResult()) / close,
      bar.volume / Number(volume20.getResult()) - 1,
      bar.high > bar.low ? (close - bar.low) / (bar.high - bar.low) : 0.5,
      rootMeanSquareLogReturn(bars, day, 10),
    ];
    rows.push({
      at: bar.at,
      close,
      features: Object.fromEntries(FEATURE_NAMES.map((name, i) => [name, values[i]!])),
    });
  });
  return rows;
}

/**
 * Rows whose label is known at `knownAt`: the next day's close against this one's. The few days that were followed by
 * an unchanged close are neither class and left out; live, they count as misses.
 * @param from - Only rows at or after this time.
 */
export function labelledDataset(rows: readonly FeatureRow[], from: number, knownAt: number): Dataset {
  const picked: { row: FeatureRow; next: FeatureRow }[] = [];
  rows.forEach((row, i) => {
    const next = rows[i + 1];
    if (next === undefined || row.at < from || next.at > knownAt || next.close === row.close) return;
    picked.push({ row, next });
  });
  return createDataset({
    featureNames: FEATURE_NAMES,
    features: picked.map(({ row }) => FEATURE_NAMES.map((name) => row.features[name]!)),
    classes: ['down', 'up'],
    targets: picked.map(({ row, next }) => (next.close > row.close ? 1 : 0)),
    timestamps: picked.map(({ row }) => row.at),
    labelEndsAt: picked.map(({ next }) => next.at),
    prices: picked.map(({ row }) => row.close),
    returns: picked.map(({ row, next }) => next.close / row.close - 1),
  });
}

function rootMeanSquareLogReturn(bars: readonly Bar[], day: number, days: number): number {
  let squares = 0;
  for (let k = 0; k < days; k++) squares += Math.log(bars[day - k]!.close / bars[day - k - 1]!.close) ** 2;
  return Math.sqrt(squares / days);
}
