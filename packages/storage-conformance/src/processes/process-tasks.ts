import { MlperfError, type PerformanceStorage, type TrialClaimRequest } from '@mlperf/core';
import {
  numbered,
  registerVersion,
  sampleEvent,
  sampleExperiment,
  sampleMonitorState,
  samplePromotion,
} from '../sample-records.ts';

export interface TaskContext {
  readonly storage: PerformanceStorage;
  /** Tells the check, and waits until it says to go on. */
  readonly pause: () => Promise<void>;
}

/** What a check can have another process do. Inputs and results travel as JSON. */
export const processTasks = {
  /** Uses the store for the first time. */
  async open({ storage }: TaskContext, _input: null) {
    const report = await storage.migrate();
    await storage.slots.list();
    return { applied: report.applied.length, schemaVersion: report.schemaVersion };
  },

  /** Registers versions of one model at once. */
  async register({ storage }: TaskContext, { prefix, count }: { readonly prefix: string; readonly count: number }) {
    const stored = await Promise.all(
      Array.from({ length: count }, (_, i) => registerVersion(storage, `${prefix}${i}`)),
    );
    return stored.map(({ version }) => version);
  },

  /** Promotes, in slots that have no champion yet, one version each. @returns whether it won, slot by slot. */
  async promote({ storage }: TaskContext, { slots }: { readonly slots: readonly (readonly [string, string])[] }) {
    const won: (true | string)[] = [];
    for (const [modelName, versionId] of slots) {
      won.push(
        await storage.slots.promote(samplePromotion(versionId, { modelName })).then(
          () => true as const,
          (error: unknown) => (MlperfError.is(error) ? error.code : String(error)),
        ),
      );
    }
    return won;
  },

  /** Asks for leases. @returns the token of each that it got. */
  async acquire(
    { storage }: TaskContext,
    { owner, leases }: { readonly owner: string; readonly leases: readonly string[] },
  ) {
    const tokens: (number | null)[] = [];
    for (const lease of leases) {
      tokens.push((await storage.leases.acquire({ lease, owner, ttlMs: 86_400_000 }))?.token ?? null);
    }
    return tokens;
  },

  /** Counts on in every one of these rows, in this order, in one transaction; several times. */
  async count({ storage }: TaskContext, { rows, times }: { readonly rows: readonly string[]; readonly times: number }) {
    for (let i = 0; i < times; i++) {
      await storage.transaction(async (tx) => {
        for (const modelVersionId of rows) {
          const before = (await tx.monitorStates.get(modelVersionId))?.sequence ?? 0;
          await tx.monitorStates.put(sampleMonitorState({ modelVersionId, sequence: before + 1 }));
        }
      });
    }
  },

  /** Claims trials and ends them, one after another, until every one has ended. @returns those it was given. */
  async claimTrials({ storage: { trials } }: TaskContext, request: TrialClaimRequest) {
    const given: number[] = [];
    for (;;) {
      const answer = await trials.claim(request);
      if (answer.state === 'ended') return given;
      if (answer.state === 'waiting') continue;
      const { studyId, trialNumber } = answer.claim;
      await trials.finish(sampleExperiment(numbered('trial', trialNumber), { studyId, trialNumber }), answer.claim);
      given.push(trialNumber);
    }
  },

  /** Appends events one by one. */
  async append({ storage }: TaskContext, { prefix, count }: { readonly prefix: string; readonly count: number }) {
    for (let i = 0; i < count; i++) {
      await storage.outbox.append([sampleEvent({ payload: { id: numbered(prefix, i) } })]);
    }
  },

  /** Appends an event in a transaction that stays open over a pause. */
  async appendLate({ storage, pause }: TaskContext, { id }: { readonly id: string }) {
    await storage.transaction(async (tx) => {
      await tx.outbox.append([sampleEvent({ payload: { id } })]);
      await pause();
    });
  },
};

export type ProcessTasks = typeof processTasks;
export type TaskName = keyof ProcessTasks;
export type TaskInput<Name extends TaskName> = Parameters<ProcessTasks[Name]>[1];
export type TaskResult<Name extends TaskName> = Awaited<ReturnType<ProcessTasks[Name]>>;
