import type { PerformanceMonitoringConfig, RetrainingConfig } from '@mlperf/core';
import { type Market, marketOf } from './market.ts';

/** What goes wrong with a retraining that the story asks for. */
export type Fault = 'crash' | 'hang' | 'plain poison' | 'subtle poison' | 'interruption';

/** A stretch of simulated time over three symbols. */
export interface Span {
  readonly title: string;
  readonly markets: readonly Market[];
  /** Rows whose labels are known when the first models are trained; serving begins with the next. */
  readonly warmUpRows: number;
  /** Rows between two looks of the managers for something to do. */
  readonly tickEvery: number;
  /** Rows between two times that everything is closed and opened again. */
  readonly restartEvery: number;
  /** By symbol, from that row on: retrainings asked for in which something goes wrong, as soon as there is the data. */
  readonly faults: readonly { readonly symbol: string; readonly row: number; readonly fault: Fault }[];
  readonly monitoring: Partial<PerformanceMonitoringConfig>;
  readonly retraining: Partial<RetrainingConfig>;
  /** Newest rows handed to a training. */
  readonly gatherRows: number;
}

const SYMBOLS = ['BTC-USD', 'EUR-USD', 'SP500'] as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WARM_UP_ROWS = 400;

const RETRAINING: Partial<RetrainingConfig> = {
  holdoutRows: 150,
  minTrainingRows: 100,
  trainingWindow: 'validated',
  bootstrapReplicates: 500,
  // Nothing of a market is foretold nineteen times in twenty.
  maxPlausibleAccuracy: 0.95,
  probationRows: 400,
  // Wall-clock time: what hangs is ended after it.
  deadlineMs: 5_000,
  maxPerDay: 12,
};
const MONITORING: Partial<PerformanceMonitoringConfig> = { baselineTolerance: 0.05, falseAlarmEvery: 2_000 };

/** Seven days of bars of some minutes. */
export function sevenDays(barMinutes: number): Span {
  const barMs = barMinutes * MINUTE_MS;
  const rows = WARM_UP_ROWS + (7 * DAY_MS) / barMs;
  const at = (share: number) => WARM_UP_ROWS + Math.floor(share * (rows - WARM_UP_ROWS));
  return {
    title: `7 days of ${barMinutes}-minute bars`,
    markets: marketsOf(
      rows,
      barMs,
      Date.UTC(2026, 0, 5) - WARM_UP_ROWS * barMs,
      [[0.6], [0.45], []].map((turns) => turns.map(at)),
    ),
    warmUpRows: WARM_UP_ROWS,
    tickEvery: Math.ceil((60 * MINUTE_MS) / barMs),
    restartEvery: (2 * DAY_MS) / barMs,
    faults: faultsAt(at),
    monitoring: MONITORING,
    retraining: { ...RETRAINING, cooldownMs: 100 * barMs },
    gatherRows: 600,
  };
}

/** Years of daily bars; the rule of each symbol turns round again and again. */
export function manyYears(years: number): Span {
  const rows = WARM_UP_ROWS + Math.floor(years * 365.25);
  const at = (share: number) => WARM_UP_ROWS + Math.floor(share * (rows - WARM_UP_ROWS));
  const turns = [[0.35, 0.7], [0.5], [0.3, 0.55, 0.8]];
  return {
    title: `${years} years of days`,
    markets: marketsOf(
      rows,
      DAY_MS,
      Date.UTC(2026, 0, 12) - WARM_UP_ROWS * DAY_MS,
      turns.map((shares) => shares.map(at)),
    ),
    warmUpRows: WARM_UP_ROWS,
    tickEvery: 5,
    restartEvery: Math.floor((rows - WARM_UP_ROWS) / 10),
    faults: faultsAt(at),
    monitoring: MONITORING,
    retraining: { ...RETRAINING, cooldownMs: 30 * DAY_MS, maxAgeDays: 365, probationDays: 3_650 },
    gatherRows: 600,
  };
}

function marketsOf(rows: number, barMs: number, startAt: number, turns: readonly (readonly number[])[]): Market[] {
  return SYMBOLS.map((symbol, i) => marketOf({ symbol, rows, barMs, startAt, turns: turns[i]! }));
}

/** Each kind of fault once in a span, and the crashing trainer three times in a row. */
function faultsAt(at: (share: number) => number): Span['faults'] {
  return [
    { symbol: 'BTC-USD', row: at(0.25), fault: 'crash' },
    { symbol: 'BTC-USD', row: at(0.25) + 1, fault: 'crash' },
    { symbol: 'BTC-USD', row: at(0.25) + 2, fault: 'crash' },
    { symbol: 'EUR-USD', row: at(0.3), fault: 'hang' },
    { symbol: 'SP500', row: at(0.25), fault: 'plain poison' },
    { symbol: 'SP500', row: at(0.26), fault: 'subtle poison' },
    { symbol: 'EUR-USD', row: at(0.8), fault: 'interruption' },
  ];
}
