import { observationOf } from '../../aggregates/outcome-aggregate.ts';
import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import { ConflictError, NotFoundError } from '../../errors.ts';
import { repeatsOutcome } from '../../records/outcome-resolution.ts';
import { predictionConflict, samePrediction } from '../../records/prediction.ts';
import type { JudgedOutcome } from '../../types/outcome.ts';
import type { RecordedPrediction } from '../../types/prediction.ts';
import { verdictOf } from '../degradation/degradation-verdict.ts';
import { judgeOutcome } from '../judging/judge-outcome.ts';
import type { OutcomeEffects } from '../version/version-monitor.ts';
import type { WindowEntry } from '../window/outcome-window.ts';
import type { Operation, OperationEffects, OutcomeEffect } from './operation.ts';
import type { LedgerEntry, PredictionLedger } from './prediction-ledger.ts';
import type { VersionSlot } from './version-slot.ts';

/** What must be read from the store before operations can be applied. */
export interface MemoryNeeds {
  readonly versionIds: Set<string>;
  /** Ids that may be those of stored predictions or of their decisions. */
  readonly ids: Set<string>;
}

interface Verdict {
  readonly entry: LedgerEntry;
  readonly slot: VersionSlot;
  readonly judged: JudgedOutcome;
  readonly status: 'resolved' | 'corrected' | 'unchanged';
}

/** All the monitor knows without asking the store. Applies one operation at a time: all of it or, refused, nothing. */
export class MonitorMemory {
  readonly ledger: PredictionLedger;
  readonly versions = new Map<string, VersionSlot>();
  /** Ids the store has been asked for during the present pass, found or not. */
  readonly asked = new Set<string>();
  readonly #settings: PerformanceMonitoringConfig;

  constructor(ledger: PredictionLedger, settings: PerformanceMonitoringConfig) {
    this.ledger = ledger;
    this.#settings = settings;
  }

  /**
   * Whether an operation can be applied from memory alone.
   * @param needs - Gets what is missing. @param coming - Ids that operations ahead of this one bring along.
   */
  isReady(operation: Operation, needs?: MemoryNeeds, coming?: Set<string>): boolean {
    const { prediction, outcome, resetVersionId } = operation;
    let ready = true;
    const need = (set: Set<string> | undefined, id: string) => {
      set?.add(id);
      ready = false;
    };
    if (resetVersionId !== undefined && !this.versions.has(resetVersionId)) need(needs?.versionIds, resetVersionId);
    if (prediction !== undefined) {
      const { id, decisionId, modelVersionId } = prediction;
      if (!this.versions.has(modelVersionId)) need(needs?.versionIds, modelVersionId);
      if (operation.doubtful && !this.asked.has(id) && this.ledger.get(id) === undefined) need(needs?.ids, id);
      if (
        this.ledger.forgetful &&
        decisionId !== id &&
        !this.asked.has(decisionId) &&
        this.ledger.decision(decisionId).length === 0
      ) {
        need(needs?.ids, decisionId);
      }
      coming?.add(id).add(decisionId);
    }
    if (outcome !== undefined) {
      const members = this.#membersOf(operation);
      for (const { prediction: member } of members) {
        if (!this.versions.has(member.modelVersionId)) need(needs?.versionIds, member.modelVersionId);
      }
      const { key } = outcome;
      if (prediction === undefined && members.length === 0 && !this.asked.has(key) && !coming?.has(key)) {
        need(needs?.ids, key);
      }
    }
    return ready;
  }

  /**
   * @throws {@link NotFoundError} for an outcome of an unknown prediction.
   * @throws {@link ConflictError} `CONFLICT` for other content under a known id, or a second live prediction of a decision.
   * @throws {@link InvalidInputError} `INVALID_RECORD` for an outcome that cannot be judged, `OUT_OF_RANGE` for one of an absurd price.
   */
  apply(operation: Operation): OperationEffects {
    const { prediction, outcome, resetVersionId } = operation;
    const known = prediction === undefined ? undefined : this.ledger.get(prediction.id);
    if (prediction !== undefined && known !== undefined && !samePrediction(known.prediction, prediction)) {
      throw predictionConflict(known.prediction, prediction);
    }
    const fresh: LedgerEntry | undefined =
      prediction !== undefined && known === undefined ? { prediction, outcome: undefined, unstored: 0 } : undefined;
    if (fresh !== undefined) this.#requireOnlyLive(fresh.prediction);
    const verdicts = outcome === undefined ? [] : this.#judge(operation, fresh);

    // All that can be refused has been; from here on memory changes.
    const entries: LedgerEntry[] = [];
    const touched: VersionSlot[] = [];
    const touch = (slot: VersionSlot) => {
      if (!touched.includes(slot)) touched.push(slot);
    };
    if (known !== undefined) entries.push(known);
    if (fresh !== undefined) {
      this.ledger.add(fresh);
      entries.push(fresh);
      const slot = this.#slotOf(fresh.prediction);
      if (fresh.prediction.role === 'live') slot.version.predictionMade(fresh.prediction);
      touch(slot);
    }
    const outcomes: OutcomeEffect[] = [];
    for (const verdict of verdicts) {
      if (verdict.entry !== known && verdict.entry !== fresh) entries.push(verdict.entry);
      if (verdict.status === 'unchanged') continue;
      outcomes.push(this.#applyOutcome(operation, verdict, verdict.status));
      touch(verdict.slot);
    }
    const reset = resetVersionId === undefined ? undefined : this.versions.get(resetVersionId);
    if (reset !== undefined) {
      reset.version.reset();
      touch(reset);
    }
    for (const entry of entries) entry.unstored++;
    return {
      ...(fresh && { recorded: fresh.prediction }),
      outcomes,
      ...(reset && { reset }),
      entries,
      touched,
    };
  }

  #requireOnlyLive({ id, decisionId, role }: RecordedPrediction): void {
    if (role !== 'live') return;
    const live = this.ledger.decision(decisionId).find(({ prediction }) => prediction.role === 'live')?.prediction;
    if (live === undefined) return;
    throw new ConflictError(
      `decision '${decisionId}' has its live prediction: '${live.id}' is stored; got '${id}'. ` +
        'Record others of it as shadow or member',
    );
  }

  #judge(operation: Operation, fresh: LedgerEntry | undefined): readonly Verdict[] {
    const { key, outcome, correct } = operation.outcome!;
    const known = this.#membersOf(operation);
    const members = fresh === undefined ? known : [...known, fresh];
    if (members.length === 0) throw new NotFoundError(`no prediction and no decision has the id '${key}'`);
    const live = members.find(({ prediction }) => prediction.role === 'live')?.prediction;
    return members.map((entry) => {
      const { prediction } = entry;
      const slot = this.#slotOf(prediction);
      // Judged under the terms of its own day: deriving its direction again could make another outcome of it.
      if (entry.outcome !== undefined && repeatsOutcome(entry.outcome, outcome)) {
        return { entry, slot, judged: entry.outcome, status: 'unchanged' };
      }
      const reference =
        prediction.referencePrice ?? (live?.symbol === prediction.symbol ? live.referencePrice : undefined);
      const judged = judgeOutcome(prediction, outcome, slot.version.profile, reference);
      if (entry.outcome === undefined) return { entry, slot, judged, status: 'resolved' };
      if (correct) return { entry, slot, judged, status: 'corrected' };
      throw new ConflictError(
        `prediction '${prediction.id}' has another outcome: ${describe(entry.outcome)} is stored; ` +
          `got ${describe(judged)}. Pass { correct: true } to correct it`,
      );
    });
  }

  #applyOutcome(
    operation: Operation,
    { entry, slot, judged }: Verdict,
    status: 'resolved' | 'corrected',
  ): OutcomeEffect {
    const { prediction } = entry;
    const resolution = {
      predictionId: prediction.id,
      outcome: judged,
      recordedAt: operation.outcome!.recordedAt,
      ...(status === 'corrected' && { correction: true }),
    };
    entry.outcome = judged;
    const effect = { entry, slot, resolution, status };
    if (prediction.role !== 'live') return effect;
    const { version } = slot;
    const row = windowEntry(prediction, judged);
    let effects: OutcomeEffects = {};
    if (status === 'resolved') {
      version.labelArrived(prediction);
      effects = version.outcomeArrived(row);
    } else version.outcomeCorrected(row);
    const { completed, transition } = effects;
    const { count, correct } = version.aggregate;
    return {
      ...effect,
      ...(count > 0 && { rollingAccuracy: correct / count }),
      ...(completed && { completed }),
      ...(transition && {
        change: {
          to: transition.to,
          verdict: verdictOf(version, this.#settings, operation.outcome!.recordedAt, transition),
          announced: false,
        },
      }),
    };
  }

  /** The known predictions of the decision an outcome is for. */
  #membersOf({ prediction, outcome }: Operation): readonly LedgerEntry[] {
    if (prediction !== undefined) return this.ledger.decision(prediction.decisionId);
    const key = outcome?.key ?? '';
    return this.ledger.decision(this.ledger.get(key)?.prediction.decisionId ?? key);
  }

  #slotOf(prediction: RecordedPrediction): VersionSlot {
    const slot = this.versions.get(prediction.modelVersionId);
    if (slot === undefined) throw new NotFoundError(`version '${prediction.modelVersionId}' is not in memory`);
    return slot;
  }
}

export function windowEntry(prediction: RecordedPrediction, outcome: JudgedOutcome): WindowEntry {
  return {
    predictionId: prediction.id,
    segment: prediction.symbol,
    observedAt: outcome.observedAt,
    observation: observationOf(prediction, outcome),
  };
}

function describe({ direction, price, observedAt }: JudgedOutcome): string {
  return `'${direction}'${price === undefined ? '' : ` at ${price}`} observed at ${observedAt}`;
}
