import {
  type ModelSlot,
  metricsOf,
  noSkillAccuracyOf,
  type OutboxEvent,
  OutcomeAggregate,
  type OutcomeRollup,
  type Page,
  type PerformanceStorage,
  type PromotionRecord,
  type RetrainingLogEntry,
  type StoredModelVersion,
  wilsonInterval,
} from '@mlperf/core';
import { COST_PER_TRADE, dayOf, MODEL_NAME, TRADING_DAYS_PER_YEAR } from './session.ts';
import { textTable } from './text-table.ts';

/** What the database says happened, for a trader to read. Reads only. */
export async function tellStory(storage: PerformanceStorage): Promise<string> {
  const [rollups, versions, promotions, retrainings, degradations, slot] = await Promise.all([
    storage.rollups.range({ modelName: MODEL_NAME, role: 'live', from: 0, to: Date.UTC(2100, 0, 1) }),
    storage.models.list({ modelName: MODEL_NAME }, { limit: 1000 }),
    storage.promotions.list(MODEL_NAME, { limit: 1000 }),
    storage.retrainings.history({ modelName: MODEL_NAME }, { limit: 1000 }),
    degradationEvents(storage),
    storage.slots.get(MODEL_NAME),
  ]);
  const byAge = [...versions.items].sort((a, b) => a.version - b.version);
  return [
    summaryLines(rollups),
    versionTable(byAge, rollups, promotions, slot),
    eventTable(byAge, degradations, retrainings, promotions),
  ].join('\n\n');
}

function summaryLines(rollups: readonly OutcomeRollup[]): string {
  const all = sumOf(rollups);
  const predictions = rollups.reduce((sum, rollup) => sum + rollup.predictionsCount, 0);
  const { lower, upper } = wilsonInterval(all.correct, all.count, 0.95);
  const accuracy = all.correct / all.count;
  const baseline = noSkillAccuracyOf(all)!;
  const metrics = metricsOf(all, { periodsPerYear: TRADING_DAYS_PER_YEAR });
  const verdict =
    lower > baseline
      ? 'The model beats the baseline: its interval lies above it.'
      : upper < baseline
        ? 'The model does not beat the baseline: always naming the more frequent direction would have been better.'
        : 'The model does not beat the baseline by more than chance explains.';
  return [
    `predictions        ${predictions}, of them ${all.count} with an outcome`,
    `accuracy           ${percent(accuracy)} (95 % interval ${percent(lower)} to ${percent(upper)})`,
    `no-skill baseline  ${percent(baseline)} (always the more frequent direction)`,
    `calibration error  ${percent(metrics.confidence_calibration!)} (ECE, ten bins; mean confidence ${percent(all.confidenceSum / all.count)})`,
    `Sharpe ratio       ${metrics.sharpe_ratio!.toFixed(2)} a year, after ${(COST_PER_TRADE * 10_000).toFixed(0)} basis points per daily trade`,
    verdict,
  ].join('\n');
}

function versionTable(
  versions: readonly StoredModelVersion[],
  rollups: readonly OutcomeRollup[],
  promotions: Page<PromotionRecord>,
  slot: ModelSlot | undefined,
): string {
  const log = [...promotions.items].reverse();
  const rows = versions.map((version) => {
    const served = sumOf(rollups.filter((rollup) => rollup.modelVersionId === version.versionId));
    const promotedAt = log.findIndex((record) => record.versionId === version.versionId);
    const life =
      promotedAt < 0
        ? 'never served'
        : `${dayOf(log[promotedAt]!.at)} to ${slot?.championVersionId === version.versionId ? 'the end' : dayOf(log[promotedAt + 1]!.at)}`;
    const interval = served.count === 0 ? undefined : wilsonInterval(served.correct, served.count, 0.95);
    return [
      `v${version.version}`,
      dayOf(version.trainedAt),
      life,
      String(served.count),
      interval === undefined
        ? '–'
        : `${percent(served.correct / served.count)} (${percent(interval.lower)} to ${percent(interval.upper)})`,
      percent(version.trainingMetrics.accuracy!),
    ];
  });
  return textTable(['version', 'trained', 'served', 'outcomes', 'live accuracy', 'validated'], rows);
}

function eventTable(
  versions: readonly StoredModelVersion[],
  degradations: readonly OutboxEvent[],
  retrainings: Page<RetrainingLogEntry>,
  promotions: Page<PromotionRecord>,
): string {
  const name = (versionId: string | undefined) => {
    const version = versions.find((candidate) => candidate.versionId === versionId);
    return version === undefined ? '–' : `v${version.version}`;
  };
  const events = [
    ...promotions.items
      .filter((record) => record.actor === 'host')
      .map((record) => ({ at: record.at, what: `${name(record.versionId)} promoted`, evidence: record.reason })),
    ...degradations.map((event) => ({
      at: event.at,
      what: `${name(String(event.payload.modelVersionId))} ${event.type === 'model-degraded' ? 'degraded' : 'recovered'}`,
      evidence: String((event.payload.verdict as { reason?: unknown }).reason),
    })),
    ...retrainings.items.map((entry) => ({
      at: entry.finishedAt ?? entry.updatedAt,
      what: `${name(entry.newVersionId)} ${entry.stage}`,
      // Of the trigger, how things stood; the alarm behind it has a line of its own.
      evidence: `${verdictOf(entry)}; ${entry.trigger.reason.replace(/ \(.*$/, '')}`,
    })),
  ].sort((a, b) => a.at - b.at);
  return textTable(
    ['date', 'event', 'evidence'],
    events.map((event) => [dayOf(event.at), event.what, event.evidence]),
  );
}

function verdictOf({ evidence, error }: RetrainingLogEntry): string {
  if (error !== undefined) return error.message;
  if (evidence === undefined) return 'under way';
  const { gain, gainLower, gainUpper, rows, rowsNeeded } = evidence as Record<string, number | undefined>;
  const points = (value: number | undefined) => (value === undefined ? '?' : (value * 10_000).toFixed(1));
  return (
    `gain ${points(gain)} bp a day [${points(gainLower)}, ${points(gainUpper)}] on ${rows} unseen rows` +
    (rowsNeeded === undefined ? '' : `, ${rowsNeeded} rows needed`)
  );
}

async function degradationEvents(storage: PerformanceStorage): Promise<readonly OutboxEvent[]> {
  const events: OutboxEvent[] = [];
  for (;;) {
    const page = await storage.outbox.read({ consumer: 'story', after: events.at(-1)?.sequence ?? 0, limit: 1000 });
    events.push(...page);
    if (page.length < 1000) break;
  }
  return events.filter((event) => event.type === 'model-degraded' || event.type === 'model-recovered');
}

function sumOf(rollups: readonly OutcomeRollup[]): OutcomeAggregate {
  const sum = new OutcomeAggregate();
  for (const rollup of rollups) sum.merge(rollup.outcomes);
  return sum;
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}
