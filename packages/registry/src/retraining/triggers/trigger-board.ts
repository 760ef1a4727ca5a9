import type { Clock, RetrainingConfig, RetrainingTrigger, StoredModelVersion, TypedEmitter } from '@mlperf/core';
import { errorRecordOf } from '../retraining-entry.ts';
import type { RetrainingEvents } from '../retraining-events.ts';
import { ageTrigger } from './age-trigger.ts';
import { type CalibrationStanding, calibrationTrigger } from './calibration-trigger.ts';
import { type DegradationReport, type DegradationSource, degradationTrigger } from './degradation-trigger.ts';
import { type DriftReport, type DriftSource, driftTrigger } from './drift-trigger.ts';
import { hostTrigger, type RetrainingCheck } from './host-trigger.ts';

/** A monitor whose calibration can be asked for: a `PerformanceMonitor` is one. */
export interface MonitorSource extends DegradationSource {
  getConfidenceCalibration?(): CalibrationStanding;
}

/** Where the reasons come from. */
export interface TriggerSources {
  readonly modelName: string;
  readonly monitor?: MonitorSource;
  readonly drift?: DriftSource;
  readonly triggers?: readonly RetrainingCheck[];
}

/**
 * Every reason to retrain the champion: what the sources reported or say when asked. One trigger a cause, which keeps the
 * time it was first found for as long as it stands.
 */
export class TriggerBoard {
  readonly #sources: TriggerSources;
  readonly #config: Pick<RetrainingConfig, 'maxAgeDays' | 'calibrationTolerance'>;
  readonly #clock: Clock;
  readonly #emitter: TypedEmitter<RetrainingEvents>;
  readonly #onReport: () => void;
  readonly #confirmedAt: (championVersionId: string) => Promise<number | undefined>;
  readonly #drift = new Map<DriftSource, DriftReport | undefined>();
  readonly #unsubscribe = new Set<() => void>();
  #report: DegradationReport | undefined;
  #active: readonly RetrainingTrigger[] = [];
  #since = new Map<string, number>();

  /**
   * @param onReport - Called when a source has just reported something.
   * @param confirmedAt - When a challenger last lost to a champion, epoch milliseconds.
   */
  constructor(
    sources: TriggerSources,
    config: Pick<RetrainingConfig, 'maxAgeDays' | 'calibrationTolerance'>,
    clock: Clock,
    emitter: TypedEmitter<RetrainingEvents>,
    onReport: () => void,
    confirmedAt: (championVersionId: string) => Promise<number | undefined>,
  ) {
    this.#sources = sources;
    this.#config = config;
    this.#clock = clock;
    this.#emitter = emitter;
    this.#onReport = onReport;
    this.#confirmedAt = confirmedAt;
    const end = sources.monitor?.on('model-degraded', (report) => {
      this.#report = report;
      onReport();
    });
    if (end !== undefined) this.#unsubscribe.add(end);
    if (sources.drift !== undefined) this.watch(sources.drift);
  }

  /** Found by the last check. */
  get active(): readonly RetrainingTrigger[] {
    return this.#active;
  }

  /** Listens to a source of data drift until the function returned is called. */
  watch(source: DriftSource): () => void {
    this.#drift.set(source, undefined);
    const end = source.on('drift-detected', (report) => {
      this.#drift.set(source, report);
      this.#onReport();
    });
    const unsubscribe = () => {
      end();
      this.#drift.delete(source);
      this.#unsubscribe.delete(unsubscribe);
    };
    this.#unsubscribe.add(unsubscribe);
    return unsubscribe;
  }

  /** The reasons now, the most urgent first: accuracy, calibration, data, the host's in their order, age. */
  async check(champion: StoredModelVersion | undefined): Promise<readonly RetrainingTrigger[]> {
    const found = champion === undefined ? [] : await this.#find(champion);
    const since = new Map<string, number>();
    const triggers: RetrainingTrigger[] = [];
    for (const trigger of found) {
      const cause = JSON.stringify([champion?.versionId, trigger.triggerType, trigger.name]);
      if (since.has(cause)) continue;
      const triggeredAt = this.#since.get(cause) ?? trigger.triggeredAt;
      since.set(cause, triggeredAt);
      triggers.push({ ...trigger, triggeredAt });
    }
    this.#since = since;
    this.#active = triggers;
    return triggers;
  }

  /** Hears no more. */
  close(): void {
    for (const end of this.#unsubscribe) end();
  }

  async #find(champion: StoredModelVersion): Promise<RetrainingTrigger[]> {
    const { modelName, monitor, triggers = [] } = this.#sources;
    const now = this.#clock.now();
    const heard = this.#report?.modelVersionId === champion.versionId ? this.#report : undefined;
    const asked = monitor?.detectDegradation?.();
    const verdict = asked ?? (heard && { ...heard.verdict, modelVersionId: heard.modelVersionId });
    const found = [
      degradationTrigger(verdict, champion.versionId, heard?.at ?? asked?.degradedAt ?? now),
      calibrationTrigger(
        this.#config.calibrationTolerance === undefined ? undefined : monitor?.getConfidenceCalibration?.(),
        champion,
        this.#config.calibrationTolerance,
        asked?.labelOverlap ?? 1,
        now,
      ),
      ...[...this.#drift].map(([source, report]) => driftTrigger(source, report, champion.versionId, now)),
    ];
    for (const check of triggers) {
      try {
        found.push(await hostTrigger(check, { champion, now }));
      } catch (error) {
        this.#emitter.emit('trigger-check-failed', { modelName, at: now, name: check.name, ...errorRecordOf(error) });
      }
    }
    found.push(await this.#ageTrigger(champion, now));
    return found.filter((trigger) => trigger !== undefined);
  }

  /** The log is read for a champion that was trained long ago only. */
  async #ageTrigger(champion: StoredModelVersion, now: number): Promise<RetrainingTrigger | undefined> {
    const { maxAgeDays } = this.#config;
    const old = ageTrigger(champion, maxAgeDays, undefined, now);
    return old && ageTrigger(champion, maxAgeDays, await this.#confirmedAt(champion.versionId), now);
  }
}
