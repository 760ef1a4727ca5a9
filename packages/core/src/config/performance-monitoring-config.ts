import { numberWithin, oneOf, wholeNumber, withDefault } from './config-field.ts';
import { type ConfigSection, resolveSection } from './config-section.ts';

/** How a `PerformanceMonitor` judges a model: section `ml.performanceMonitoring`. */
export interface PerformanceMonitoringConfig {
  /** Outcomes in a rolling window. Default 50. */
  readonly windowSize: number;
  /** Lowest accuracy a healthy model may have, as a fraction: the floor of both rules. Default 0.55. */
  readonly degradationThreshold: number;
  /** Outcomes seen before rule `rolling` may alarm, at most `windowSize`. Default 20, or `windowSize` if smaller. */
  readonly minPredictions: number;
  /** `e-detector`: alarms with a false-alarm budget. `rolling`: alarms when the window's accuracy is below the floor. */
  readonly rule: 'e-detector' | 'rolling';
  /** Mean number of outcomes to a false alarm that the e-detector keeps at least. Default 2000. */
  readonly falseAlarmEvery: number;
  /** Successive labels of a symbol that overlap: h for predictions h bars ahead made at every bar. Default 1, none. */
  readonly labelOverlap: number;
  /** Share of the alarm budget for evidence that confidence is not earned. Default 0: not watched. */
  readonly calibrationEvidence: number;
  /** How much less often than stated a prediction may be right. Default 0.05. */
  readonly confidenceTolerance: number;
  /** Share of the alarm budget for evidence of poor net returns. Default 0: not watched. Hits have the rest. */
  readonly returnEvidence: number;
  /** Lowest acceptable mean of net returns, each clipped to ±`returnBound`. Default 0. */
  readonly returnFloor: number;
  /** Size beyond which a net return counts no further; needed when `returnEvidence` is above 0. */
  readonly returnBound?: number;
  /** When set, the floor is the version's validated accuracy minus this fraction, not `degradationThreshold`. */
  readonly baselineTolerance?: number;
  /** Simple returns of at most this size, up or down, count as `flat`. Default 0. */
  readonly flatBand: number;
  /** Cost of one trade as a fraction of its notional, taken from the net return. Default 0. */
  readonly costPerTrade: number;
  /** Net returns in a year, for the Sharpe ratio; without it there is none. */
  readonly periodsPerYear?: number;
  /** Two-sided level of reported intervals. Default 0.95. */
  readonly confidenceLevel: number;
  /** How long after `dueAt` an outcome may come before its prediction counts as expired. Default 0. */
  readonly outcomeGraceMs: number;
  /** `removeOldPredictions` removes predictions older than this; without it they are kept for ever. */
  readonly keepPredictionsDays?: number;
  /** Predictions without an outcome that are held in memory. Default 100000. */
  readonly maxPendingPredictions: number;
  /** Writes that may wait for storage before new ones are refused. Default 100000. */
  readonly maxQueuedOperations: number;
}

/** A hundred years. */
const LONGEST_GRACE_MS = 3_155_760_000_000;

export const performanceMonitoringSection: ConfigSection<PerformanceMonitoringConfig> = {
  path: 'ml.performanceMonitoring',
  fields: {
    windowSize: withDefault(wholeNumber(1, 100_000), 50),
    degradationThreshold: withDefault(numberWithin({ above: 0, below: 1 }), 0.55),
    minPredictions: withDefault(wholeNumber(1, 100_000), 20),
    rule: withDefault(oneOf('e-detector', 'rolling'), 'e-detector'),
    falseAlarmEvery: withDefault(wholeNumber(2, 1_000_000_000), 2000),
    labelOverlap: withDefault(wholeNumber(1, 1_000), 1),
    calibrationEvidence: withDefault(numberWithin({ from: 0, to: 1 }), 0),
    confidenceTolerance: withDefault(numberWithin({ from: 0, below: 1 }), 0.05),
    returnEvidence: withDefault(numberWithin({ from: 0, to: 1 }), 0),
    returnFloor: withDefault(numberWithin({ above: -1, below: 1 }), 0),
    returnBound: numberWithin({ above: 0, to: 1_000 }),
    baselineTolerance: numberWithin({ from: 0, below: 1 }),
    flatBand: withDefault(numberWithin({ from: 0, below: 1 }), 0),
    costPerTrade: withDefault(numberWithin({ from: 0, below: 1 }), 0),
    periodsPerYear: numberWithin({ above: 0, to: 1_000_000_000 }),
    confidenceLevel: withDefault(numberWithin({ above: 0, below: 1 }), 0.95),
    outcomeGraceMs: withDefault(wholeNumber(0, LONGEST_GRACE_MS), 0),
    keepPredictionsDays: wholeNumber(1, 36_525),
    maxPendingPredictions: withDefault(wholeNumber(1, 10_000_000), 100_000),
    maxQueuedOperations: withDefault(wholeNumber(1, 10_000_000), 100_000),
  },
  derivedDefaults: ({ windowSize }) =>
    typeof windowSize === 'number' && windowSize >= 1 && windowSize < 20 ? { minPredictions: windowSize } : {},
  conflicts: (section) => [
    ...(section.minPredictions > section.windowSize
      ? [
          `ml.performanceMonitoring.minPredictions must be at most windowSize (${section.windowSize}); got ${section.minPredictions}`,
        ]
      : []),
    ...evidenceConflicts(section),
  ],
};

function evidenceConflicts(section: PerformanceMonitoringConfig): readonly string[] {
  const { calibrationEvidence, returnEvidence, returnFloor, returnBound } = section;
  const problems: string[] = [];
  if (calibrationEvidence + returnEvidence > 1 + 1e-9) {
    problems.push(
      `ml.performanceMonitoring.returnEvidence must leave calibrationEvidence its share: both sum to at most 1; ` +
        `got ${calibrationEvidence} and ${returnEvidence}`,
    );
  }
  if (returnEvidence > 0 && !(returnBound !== undefined && returnBound > Math.abs(returnFloor))) {
    problems.push(
      `ml.performanceMonitoring.returnBound must be larger than the size of returnFloor (${returnFloor}) when ` +
        `returnEvidence is above 0; got ${String(returnBound)}`,
    );
  }
  return problems;
}

/**
 * The monitoring configuration with defaults filled in.
 * @throws {@link InvalidInputError} `INVALID_CONFIG`, naming every refused field by its path.
 * @example resolveMonitoringConfig({ windowSize: 100 }).degradationThreshold; // 0.55
 */
export function resolveMonitoringConfig(given: Partial<PerformanceMonitoringConfig> = {}): PerformanceMonitoringConfig {
  return resolveSection(performanceMonitoringSection, given);
}
