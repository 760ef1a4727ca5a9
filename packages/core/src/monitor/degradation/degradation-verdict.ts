import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { rateConfidenceSequence, runningMeanConfidenceSequence } from '../../numeric/confidence-sequence.ts';
import type { ProportionInterval } from '../../numeric/wilson-interval.ts';
import type { LabelCoverage } from '../report/label-coverage.ts';
import { accuracyFigures } from '../report/performance-figures.ts';
import type { ChangeEstimate } from '../version/standing-change.ts';
import type { VersionMonitor } from '../version/version-monitor.ts';
import type { DegradationRuleName, RuleStanding, RuleTransition } from './degradation-rule.ts';
import type { StreamEvidence } from './e-detector.ts';
import type { EvidenceStreamName } from './evidence-stream.ts';

/** Whether a model is below its floor, with everything the answer rests on. */
export interface DegradationVerdict {
  readonly degraded: boolean;
  /** One sentence for people. */
  readonly reason: string;
  readonly rule: DegradationRuleName;
  /** Absent before the monitor has met a version. */
  readonly modelVersionId?: string;
  /** Of the rolling window; absent when it is empty. */
  readonly accuracy?: number;
  /** Wilson, at the configured confidence level, on what the outcomes are worth where labels overlap. */
  readonly interval?: ProportionInterval;
  /** What always naming the window's more frequent direction would have scored. */
  readonly noSkillAccuracy?: number;
  /** The lowest acceptable accuracy. */
  readonly floor: number;
  /** Evidence of the rule; while degraded, that of the alarm. Absent before the rule has any. */
  readonly statistic?: number;
  /** What `statistic` is compared with. */
  readonly threshold: number;
  /** What each stream of evidence adds to `statistic`; absent for a rule without streams. */
  readonly evidence?: readonly StreamEvidence[];
  /** The alarm budget; absent for a rule that has none. */
  readonly falseAlarmEvery?: number;
  /** Successive labels of a symbol that the budget allows to overlap; 1 for none. Absent for a rule without a budget. */
  readonly labelOverlap?: number;
  /** While degraded: evidence for recovery, and what it needs. */
  readonly recovery?: RuleStanding['recovery'];
  /** While degraded: how many outcomes had been seen at the alarm. */
  readonly degradedAfter?: number;
  /** While degraded: when the deciding outcome was observed, epoch milliseconds. */
  readonly degradedAt?: number;
  /** While degraded: when the change began, as the evidence has it; absent for a rule that cannot tell. */
  readonly changeEstimate?: ChangeEstimate;
  /** Accuracy since the version's first outcome, or the last reset; absent while it has none. */
  readonly overall?: OverallAccuracy;
  /** Live outcomes of the version so far. */
  readonly outcomesSeen: number;
  /**
   * Outcomes since the rule last started that it did not weigh, because overlapping labels left no room for their
   * symbol; absent when there are none.
   */
  readonly unwatchedOutcomes?: number;
  readonly windowSize: number;
  readonly windowCount: number;
  readonly labelCoverage: LabelCoverage;
}

/** Accuracy over all outcomes so far, in arrival order, with intervals that hold at every look. */
export interface OverallAccuracy {
  readonly outcomes: number;
  readonly accuracy: number;
  /** What always naming the more frequent direction would have scored; absent where an earlier release saw the first outcomes. */
  readonly noSkillAccuracy?: number;
  /** For a hit rate that never changed; absent when labels overlap, which no such interval allows. */
  readonly constantRate?: ProportionInterval;
  /** For the mean of hit rates that may have changed; absent when labels overlap. */
  readonly runningMean?: ProportionInterval;
}

/**
 * @param now - Epoch milliseconds, for the age of labels.
 * @param transition - The change of mind this verdict reports, if it reports one.
 */
export function verdictOf(
  version: VersionMonitor,
  settings: PerformanceMonitoringConfig,
  now: number,
  transition?: RuleTransition,
): DegradationVerdict {
  const { aggregate, rule, alarmedAt } = version;
  const standing = rule.standing();
  const coverage = version.coverageAt(now);
  const figures = accuracyFigures(aggregate, settings, version.window.entries(aggregate.count));
  const statistic = transition?.statistic ?? standing.statistic;
  const streams = transition === undefined ? standing.evidence : transition.evidence;
  const evidence = {
    degraded: rule.degraded,
    rule: rule.name,
    modelVersionId: version.modelVersionId,
    ...(figures.accuracy !== undefined && { accuracy: figures.accuracy }),
    ...(figures.accuracyInterval && { interval: figures.accuracyInterval }),
    ...(figures.noSkillAccuracy !== undefined && { noSkillAccuracy: figures.noSkillAccuracy }),
    floor: rule.floor,
    ...(statistic !== undefined && { statistic }),
    threshold: standing.threshold,
    ...(streams && { evidence: streams }),
    ...(rule.name === 'e-detector' && {
      falseAlarmEvery: settings.falseAlarmEvery,
      labelOverlap: settings.labelOverlap,
    }),
    ...(standing.recovery && { recovery: standing.recovery }),
    ...(alarmedAt && { degradedAfter: alarmedAt.outcomesSeen, degradedAt: alarmedAt.observedAt }),
    ...(version.changeEstimate && { changeEstimate: version.changeEstimate }),
    ...(version.arrived.outcomes > 0 && { overall: overallOf(version.arrived, settings) }),
    outcomesSeen: version.outcomesSeen,
    ...(standing.unwatchedOutcomes !== undefined && { unwatchedOutcomes: standing.unwatchedOutcomes }),
    windowSize: version.window.size,
    windowCount: aggregate.count,
    labelCoverage: coverage,
  };
  return { ...evidence, reason: reasonOf(evidence, transition) };
}

function overallOf(
  { outcomes, hits, noSkillAccuracy }: VersionMonitor['arrived'],
  { confidenceLevel, labelOverlap }: PerformanceMonitoringConfig,
): OverallAccuracy {
  return {
    outcomes,
    accuracy: hits / outcomes,
    ...(noSkillAccuracy !== undefined && { noSkillAccuracy }),
    ...(labelOverlap === 1 && {
      constantRate: rateConfidenceSequence(hits, outcomes, confidenceLevel),
      runningMean: runningMeanConfidenceSequence(hits, outcomes, confidenceLevel),
    }),
  };
}

/** The verdict of a monitor that has not met a version yet. */
export function verdictWithoutVersion(settings: PerformanceMonitoringConfig): DegradationVerdict {
  return {
    degraded: false,
    reason: 'no live prediction has named a model version yet',
    rule: settings.rule,
    floor: settings.degradationThreshold,
    threshold: settings.rule === 'rolling' ? settings.degradationThreshold : settings.falseAlarmEvery,
    ...(settings.rule === 'e-detector' && {
      falseAlarmEvery: settings.falseAlarmEvery,
      labelOverlap: settings.labelOverlap,
    }),
    outcomesSeen: 0,
    windowSize: settings.windowSize,
    windowCount: 0,
    labelCoverage: { predictions: 0, resolved: 0 },
  };
}

const NEWS: Readonly<Record<EvidenceStreamName, { readonly below: string; readonly above: string }>> = {
  hits: { below: 'accuracy below the floor', above: 'accuracy above the floor' },
  calibration: { below: 'confidence that is not earned', above: 'confidence that is earned' },
  'net-return': { below: 'a mean net return below its floor', above: 'a mean net return above its floor' },
};

function strongestOf(evidence: readonly StreamEvidence[] | undefined): EvidenceStreamName {
  let strongest: StreamEvidence | undefined;
  for (const part of evidence ?? []) if (!strongest || part.statistic > strongest.statistic) strongest = part;
  return strongest?.stream ?? 'hits';
}

function reasonOf(verdict: Omit<DegradationVerdict, 'reason'>, transition: RuleTransition | undefined): string {
  if (verdict.accuracy === undefined) return 'no live outcome has arrived yet';
  const { interval, statistic } = verdict;
  const range = interval ? ` [${interval.lower.toFixed(3)}, ${interval.upper.toFixed(3)}]` : '';
  const window = `accuracy of the last ${verdict.windowCount} outcomes is ${verdict.accuracy.toFixed(3)}${range}`;
  const floor = `floor ${verdict.floor.toFixed(3)}`;
  if (verdict.rule === 'rolling') {
    if (statistic === undefined) return `${window}, ${floor}; too few outcomes to judge`;
    return `${window}, ${verdict.degraded ? 'below' : 'not below'} the ${floor}`;
  }
  const against = `${(statistic ?? 0).toFixed(1)} of ${verdict.threshold}`;
  const news = NEWS[strongestOf(verdict.evidence)];
  if (transition?.to === 'recovered') return `recovered: evidence for ${news.above} ${against}; ${window}, ${floor}`;
  const unwatched =
    verdict.unwatchedOutcomes === undefined
      ? ''
      : `; ${verdict.unwatchedOutcomes} outcomes of further symbols were not watched, for want of room`;
  const { changeEstimate: change } = verdict;
  const since = change
    ? `accuracy of the ${change.outcomesSince} outcomes${change.segment === undefined ? '' : ` of ${change.segment}`} ` +
      `since about ${new Date(change.startedAt).toISOString()} is ${change.accuracySince.toFixed(3)}`
    : window;
  return verdict.degraded
    ? `evidence for ${news.below} ${against} after ${verdict.degradedAfter ?? 0} outcomes; ${since}, ${floor}`
    : `evidence for ${news.below} ${against}; ${window}, ${floor}${unwatched}`;
}
