import type { DriftShape } from './bin-alternatives.ts';

/** Where one feature of the stream stands. */
export interface FeatureStreamStanding {
  readonly feature: string;
  readonly drifted: boolean;
  /** Evidence since the last alarm, in [0, `threshold`). */
  readonly statistic: number;
  readonly threshold: number;
  /** Evidence that reached the threshold. */
  readonly alarms: number;
  /** What the first alarm was for. */
  readonly shape?: DriftShape;
  /** Rows seen when it came, that row included. */
  readonly driftedAtRow?: number;
  readonly missingShare?: number;
}

/** The one verdict on a stream of features. Plain JSON. */
export interface StreamingDriftVerdict {
  readonly standing: 'stable' | 'drifted';
  readonly drifted: boolean;
  /** One sentence for a human. */
  readonly reason: string;
  /** Rows seen since the start. */
  readonly rows: number;
  readonly referenceRows: number;
  /** Mean number of rows to a false alarm that is guaranteed, over all features together. */
  readonly falseAlarmEvery: number;
  /** In the order of the reference. */
  readonly driftedFeatures: readonly string[];
  /** Most evidence in units of its threshold first; drifted ones before all others. */
  readonly features: readonly FeatureStreamStanding[];
}

const SHAPES: Readonly<Record<DriftShape, string>> = {
  higher: 'values have moved up',
  lower: 'values have moved down',
  wider: 'values spread wider',
  narrower: 'values spread less',
  other: 'the mix of values has changed',
};

export function describeStream(verdict: Omit<StreamingDriftVerdict, 'reason'>): string {
  const { features, driftedFeatures, rows, falseAlarmEvery } = verdict;
  const budget = `budget: one false alarm in ${falseAlarmEvery} rows`;
  if (driftedFeatures.length === 0) return `No drift in ${rows} rows (${budget}).`;
  const shown = features.filter(({ drifted }) => drifted).slice(0, 3);
  const list = shown.map(
    ({ feature, shape, driftedAtRow }) => `${feature} (${SHAPES[shape ?? 'other']}, row ${driftedAtRow})`,
  );
  const more = driftedFeatures.length > shown.length ? ` and ${driftedFeatures.length - shown.length} more` : '';
  return `${driftedFeatures.length} of ${features.length} features drifted: ${list.join(', ')}${more} (${budget}).`;
}
