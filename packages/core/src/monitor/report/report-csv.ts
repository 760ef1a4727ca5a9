import { PERFORMANCE_METRICS } from '../../metrics/performance-metrics.ts';
import type { PerformanceMetric } from '../../types/performance.ts';
import { type CsvCell, csvOf } from './csv.ts';
import type { PerformanceFigures } from './performance-figures.ts';
import type { PerformanceReport } from './performance-report.ts';

/** Accuracy stands among the figures, beside its interval. */
const METRICS = (Object.keys(PERFORMANCE_METRICS) as PerformanceMetric[]).filter((metric) => metric !== 'accuracy');

const COLUMNS = [
  'scope',
  'name',
  'from',
  'to',
  'predictions',
  'outcomes',
  'label_coverage',
  'correct',
  'accuracy',
  'accuracy_lower',
  'accuracy_upper',
  'no_skill_accuracy',
  'mean_confidence',
  ...METRICS,
] as const;

const DAY_MS = 86_400_000;

/**
 * The report as one table: a row each for the whole range (`scope` total), the rolling window, every version, symbol
 * and day of the range, and every completed window. Times are ISO 8601 in UTC; ratios are fractions.
 */
export function reportCsv({ summary, rolling, windows }: PerformanceReport): string {
  const { from, to } = summary;
  return csvOf([
    COLUMNS,
    figuresRow('total', summary.modelName ?? summary.modelVersionId, from, to, summary.total),
    figuresRow('rolling', rolling.modelVersionId, rolling.startTime, rolling.endTime, rolling),
    ...summary.versions.map((figures) => figuresRow('version', figures.modelVersionId, from, to, figures)),
    ...summary.segments.map((figures) => figuresRow('symbol', figures.symbol, from, to, figures)),
    ...summary.daily.map((figures) =>
      figuresRow('day', isoDay(figures.dayStartAt), figures.dayStartAt, figures.dayStartAt + DAY_MS, figures),
    ),
    ...windows.map((window): readonly CsvCell[] => [
      'window',
      window.modelVersionId,
      isoTime(window.startTime),
      isoTime(window.endTime),
      undefined,
      window.predictionsCount,
      undefined,
      window.correctPredictions,
      window.accuracy,
      window.accuracyInterval?.lower,
      window.accuracyInterval?.upper,
      window.noSkillAccuracy,
      window.confidenceAvg,
      ...metricCells(window),
    ]),
  ]);
}

function figuresRow(
  scope: string,
  name: string | undefined,
  from: number | undefined,
  to: number | undefined,
  figures: PerformanceFigures,
): readonly CsvCell[] {
  return [
    scope,
    name,
    isoTime(from),
    isoTime(to),
    figures.labelCoverage.predictions,
    figures.outcomes,
    figures.labelCoverage.share,
    figures.correct,
    figures.accuracy,
    figures.accuracyInterval?.lower,
    figures.accuracyInterval?.upper,
    figures.noSkillAccuracy,
    figures.meanConfidence,
    ...metricCells(figures),
  ];
}

function metricCells({ metrics }: Pick<PerformanceFigures, 'metrics'>): readonly CsvCell[] {
  return METRICS.map((metric) => metrics[metric]);
}

function isoTime(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

function isoDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
