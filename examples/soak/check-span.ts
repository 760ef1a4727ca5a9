import assert from 'node:assert/strict';
import { matrixFromRows, type PerformanceStorage, type RetrainingLogEntry } from '@mlperf/core';
import { ModelRegistry } from '@mlperf/registry';
import { INTERRUPTED, modelNameOf, predictionIdOf } from './desk.ts';
import { families } from './families.ts';
import type { Journal } from './journal.ts';
import { featuresOf, type Market } from './market.ts';
import type { PlayedSpan } from './play-span.ts';
import { readAll } from './read-all.ts';
import type { Span } from './span.ts';

/** Events that are heard as often as they are in the outbox. */
const TOLD = ['model-rolled-back', 'probation-ended', 'fallback-taken', 'model-degraded', 'model-recovered'];

/** What the storage holds of a span, once all of it has been held against what the host knows. */
export interface SpanFigures {
  predictions: number;
  resolved: number;
  expired: number;
  open: number;
  shadow: number;
  retrainings: number;
  promoted: number;
  rejected: number;
  failed: number;
  rollbacks: number;
  /** Versions that were worse than what they replaced, and the most rows one of them served. */
  worse: number;
  longestWorse: number;
  events: number;
}

/** @throws AssertionError when anything is lost, told twice, unfinished, or worse than it should be. */
export async function checkSpan({ span, journals }: PlayedSpan, storage: PerformanceStorage): Promise<SpanFigures> {
  const figures: SpanFigures = {
    ...{ predictions: 0, resolved: 0, expired: 0, open: 0, shadow: 0, retrainings: 0, promoted: 0, rejected: 0 },
    ...{ failed: 0, rollbacks: 0, worse: 0, longestWorse: 0, events: 0 },
  };
  for (const [i, market] of span.markets.entries()) {
    const journal = journals[i]!;
    await checkPredictions(market, journal, storage, span.warmUpRows, figures);
    const retrainings = await checkRetrainings(market, journal, storage, figures);
    checkFaults(span, market, journal, retrainings);
    await checkPromotions(market, journal, storage, span.retraining.probationRows!, figures);
  }
  await checkOutbox({ span, journals }, storage, figures);
  return figures;
}

/** Recorded = resolved + expired + open, each once, by the version that the host saw and with the outcome it gave. */
async function checkPredictions(
  market: Market,
  journal: Journal,
  storage: PerformanceStorage,
  from: number,
  figures: SpanFigures,
): Promise<void> {
  const modelName = modelNameOf(market);
  const now = market.timeOf(market.rows - 1);
  const seen = new Uint8Array(market.rows);
  for await (const { id, decisionId, role, modelVersionId, dueAt, outcome } of readAll((page) =>
    storage.predictions.list({ modelName }, page),
  )) {
    const row = Number(decisionId.slice(market.symbol.length + 1));
    if (role === 'shadow') {
      assert.ok(journal.servedBy[row]! >= 0, `${id} stands beside a decision`);
      assert.equal(outcome !== undefined, journal.resolved[row] === 1, `${id} shares the outcome of its decision`);
      figures.shadow++;
      continue;
    }
    assert.equal(id, predictionIdOf(market, row));
    assert.equal(seen[row], 0, `${id} is stored once`);
    seen[row] = 1;
    assert.equal(modelVersionId, journal.versions[journal.servedBy[row]!], `${id} names the version that made it`);
    assert.equal(outcome !== undefined, journal.resolved[row] === 1, `${id} has the outcome it was given`);
    figures.predictions++;
    if (outcome !== undefined) {
      assert.equal(outcome.direction, market.ups[row] === 1 ? 'up' : 'down');
      figures.resolved++;
    } else if (dueAt! < now) figures.expired++;
    else figures.open++;
  }
  assert.ok(
    seen.subarray(from).every((once) => once === 1),
    `every prediction of ${market.symbol} is stored`,
  );
  assert.equal(figures.predictions, figures.resolved + figures.expired + figures.open);
}

/** Every entry has ended, and was told of once. */
async function checkRetrainings(
  market: Market,
  journal: Journal,
  storage: PerformanceStorage,
  figures: SpanFigures,
): Promise<readonly RetrainingLogEntry[]> {
  const modelName = modelNameOf(market);
  const entries: RetrainingLogEntry[] = [];
  for await (const entry of readAll((page) => storage.retrainings.history({ modelName }, page))) entries.push(entry);
  const ended = (stage: RetrainingLogEntry['stage']) => entries.filter((entry) => entry.stage === stage).length;
  const [promoted, rejected, failed] = [ended('promoted'), ended('rejected'), ended('failed')];
  assert.equal(promoted + rejected + failed, entries.length, `every retraining of ${modelName} has ended`);
  assert.ok(entries.every(({ finishedAt, evidence, error }) => finishedAt !== undefined && (evidence ?? error)));
  assert.equal(journal.count('retraining-started'), entries.length);
  assert.equal(journal.count('retraining-completed'), promoted);
  assert.equal(journal.count('retraining-rejected'), rejected);
  assert.equal(journal.count('retraining-failed'), failed);
  figures.retrainings += entries.length;
  figures.promoted += promoted;
  figures.rejected += rejected;
  figures.failed += failed;
  return entries;
}

/** What crashes or hangs has failed, saying so; the plain poison never served; the interrupted one was taken up. */
function checkFaults(span: Span, market: Market, journal: Journal, entries: readonly RetrainingLogEntry[]): void {
  for (const { fault, result } of journal.faults) {
    const what = `${fault} in ${market.symbol}: ${JSON.stringify(result)}`;
    if (fault === 'crash' || fault === 'hang') {
      assert.equal(result.status, 'failed', what);
      const code = result.status === 'failed' ? result.entry.error?.code : undefined;
      if (fault === 'hang') assert.equal(code, 'DEADLINE_EXCEEDED', what);
    }
    if (fault === 'plain poison') assert.equal(result.status, 'rejected', what);
    if (fault === 'subtle poison') assert.ok(result.status === 'promoted' || result.status === 'rejected', what);
  }
  const planned = span.faults.filter(({ symbol }) => symbol === market.symbol);
  assert.equal(journal.faultsBegun, planned.length, `all that should go wrong for ${market.symbol} did`);
  const cutOff = entries.filter(({ trigger }) => trigger.reason === INTERRUPTED);
  assert.equal(cutOff.length, planned.filter(({ fault }) => fault === 'interruption').length);
}

/** A version worse than what it replaced, on what happened until the market changed, was gone within its probation. */
async function checkPromotions(
  market: Market,
  journal: Journal,
  storage: PerformanceStorage,
  probationRows: number,
  figures: SpanFigures,
): Promise<void> {
  const modelName = modelNameOf(market);
  const registry = await ModelRegistry.open({ storage, families });
  const answersOf = async (versionId: string, from: number, to: number) => {
    const { model } = await registry.loadModel(versionId);
    const rows = Array.from({ length: to - from }, (_, i) => featuresOf(market, from + i));
    const probabilities = await model.predict(matrixFromRows(rows));
    return rows.map((_, i) => Number(probabilities[2 * i + 1]! >= 0.5 === (market.ups[from + i] === 1)));
  };
  for await (const promotion of readAll((page) => storage.promotions.list(modelName, page))) {
    if (promotion.kind === 'rollback') {
      figures.rollbacks++;
      continue;
    }
    const { versionId, previousVersionId } = promotion;
    const index = journal.versions.indexOf(versionId);
    const first = journal.servedBy.indexOf(index);
    if (previousVersionId === undefined || index < 0 || first < 0) continue;
    const turn = market.turns.find((at) => at > first) ?? market.rows;
    const to = Math.min(turn, first + 2 * probationRows);
    if (to - first < 50) continue;
    const [own, before] = await Promise.all([answersOf(versionId, first, to), answersOf(previousVersionId, first, to)]);
    const gains = own.map((hit, i) => hit - before[i]!);
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
    const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / (gains.length - 1);
    if (mean > -4 * Math.sqrt(variance / gains.length)) continue;
    const served = journal.servedBy.reduce((count, version, row) => count + Number(version === index && row < to), 0);
    figures.worse++;
    figures.longestWorse = Math.max(figures.longestWorse, served);
    // What is late or never labelled cannot speak against it in time.
    assert.ok(
      served <= 1.2 * probationRows,
      `${modelName} ${versionId}, worse by ${(-100 * mean).toFixed(1)} points, served ${served} rows`,
    );
  }
}

/** What is told to the process is told in the outbox as often, and every probation that began has ended or goes on. */
async function checkOutbox(
  { span, journals }: Pick<PlayedSpan, 'span' | 'journals'>,
  storage: PerformanceStorage,
  figures: SpanFigures,
): Promise<void> {
  const stored = new Map<string, number>();
  for (let after = 0; ; ) {
    const events = await storage.outbox.read({ consumer: 'soak', after, limit: 1_000 });
    for (const { type, modelName, sequence, payload } of events) {
      after = sequence;
      if (type === 'slot-changed') continue;
      // A probation that a later promotion or rollback ends is told with that one.
      const told = payload.verdict === 'superseded' ? 'probation-superseded' : type;
      stored.set(`${told} ${modelName}`, (stored.get(`${told} ${modelName}`) ?? 0) + 1);
      figures.events++;
    }
    if (events.length === 0) break;
  }
  for (const [i, market] of span.markets.entries()) {
    const modelName = modelNameOf(market);
    const journal = journals[i]!;
    const count = (type: string) => stored.get(`${type} ${modelName}`) ?? 0;
    // The first promotion of a symbol came before anybody listened.
    assert.equal(count('model-promoted'), journal.count('model-promoted') + 1, `promotions of ${modelName}`);
    for (const type of TOLD) assert.equal(count(type), journal.count(type), `${type} of ${modelName} in the outbox`);
    const ended = count('probation-ended') + count('probation-superseded');
    const goesOn = (await storage.slots.get(modelName))?.probation === undefined ? 0 : 1;
    assert.equal(ended + goesOn, journal.count('retraining-completed'), `probations of ${modelName}`);
  }
}
