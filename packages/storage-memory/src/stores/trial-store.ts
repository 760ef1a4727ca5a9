import {
  type Clock,
  ConflictError,
  compareText,
  decideExperimentSave,
  requireBatch,
  requireBestExperimentsQuery,
  requireExperiment,
  requireExperimentFilter,
  requireFinishedTrial,
  requireFinishedTrialsQuery,
  requireKey,
  requireLeaseTtl,
  requireTrialClaimRequest,
  requireTrialFence,
  type TrainingExperiment,
  type TrialStore,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import { keyOf, type Tables } from '../tables.ts';
import { claimTrial, closeTrial, openClaims, releaseClaim, renewClaims, requireFinishing } from './trial-claims.ts';

export function createTrialStore(tables: Tables, clock: Clock, run: StoreRunner): TrialStore {
  return {
    async save(experiment) {
      const record = requireExperiment(experiment);
      return run(() => {
        const { experimentId } = record;
        const known = tables.experiments.get(experimentId);
        if (known !== undefined && decideExperimentSave(known, record) === 'unchanged') return;
        if (known === undefined) claimTrialNumber(tables, record);
        tables.experiments.set(experimentId, deepFreeze(record));
        if (record.state !== 'running') closeTrial(tables, record);
      });
    },

    async get(experimentId) {
      requireKey(experimentId, 'experimentId');
      return run(() => tables.experiments.get(experimentId));
    },

    async best(query) {
      const { metric, direction, limit, ...equal } = requireBestExperimentsQuery(query);
      const sign = direction === 'maximize' ? -1 : 1;
      return run(() =>
        Array.from(tables.experiments.values())
          .filter((row) => row.state === 'complete' && matches(row, equal))
          .map((row) => ({ row, value: figureOf(row, metric) }))
          .filter((entry): entry is { row: TrainingExperiment; value: number } => entry.value !== undefined)
          .sort(
            (a, b) =>
              sign * (a.value - b.value) ||
              a.row.createdAt - b.row.createdAt ||
              compareText(a.row.experimentId, b.row.experimentId),
          )
          .slice(0, limit)
          .map(({ row }) => row),
      );
    },

    async list(filter, page) {
      const wanted = requireExperimentFilter(filter);
      const read = sortedPage<TrainingExperiment>(
        ['experiments', wanted],
        [
          { of: (row) => row.createdAt, type: 'number' },
          { of: (row) => row.experimentId, type: 'string' },
        ],
        page,
      );
      return run(() => read(Array.from(tables.experiments.values()).filter((row) => matches(row, wanted))));
    },

    async finished(query) {
      const { studyId, from = 0, to = Number.POSITIVE_INFINITY, limit } = requireFinishedTrialsQuery(query);
      return run(() => {
        const found = to - from < 2 * limit ? byPlace(tables, studyId, from, to) : ofStudy(tables, studyId, from, to);
        return found.filter(({ state }) => state !== 'running').slice(0, limit);
      });
    },

    async claim(request) {
      const wanted = requireTrialClaimRequest(request);
      return run(() => claimTrial(tables, clock.now(), wanted));
    },

    async renew(fences, ttlMs) {
      const shown = requireBatch(fences, 'trial fences', requireTrialFence);
      requireLeaseTtl(ttlMs);
      return run(() => renewClaims(tables, clock.now() + ttlMs, shown));
    },

    async release(fence) {
      const shown = requireTrialFence(fence);
      return run(() => releaseClaim(tables, shown));
    },

    async finish(experiment, fence) {
      const shown = requireTrialFence(fence);
      const record = requireFinishedTrial(experiment, shown);
      return run(() => {
        const { experimentId } = record;
        const known = tables.experiments.get(experimentId);
        requireFinishing(tables, shown, known, record);
        if (known === undefined) claimTrialNumber(tables, record);
        tables.experiments.set(experimentId, deepFreeze(record));
        closeTrial(tables, record);
      });
    },

    async claims(studyId) {
      requireKey(studyId, 'studyId');
      return run(() => openClaims(tables, studyId));
    },
  };
}

function byPlace(tables: Tables, studyId: string, from: number, to: number): TrainingExperiment[] {
  const found: TrainingExperiment[] = [];
  for (let number = from; number <= to; number++) {
    const id = tables.experimentIdsByTrial.get(keyOf(studyId, number));
    if (id !== undefined) found.push(tables.experiments.get(id)!);
  }
  return found;
}

function ofStudy(tables: Tables, studyId: string, from: number, to: number): TrainingExperiment[] {
  return Array.from(tables.experiments.values())
    .filter((row) => row.studyId === studyId && row.trialNumber! >= from && row.trialNumber! <= to)
    .sort((a, b) => a.trialNumber! - b.trialNumber!);
}

function claimTrialNumber(tables: Tables, { experimentId, studyId, trialNumber }: TrainingExperiment): void {
  if (studyId === undefined || trialNumber === undefined) return;
  const key = keyOf(studyId, trialNumber);
  const holder = tables.experimentIdsByTrial.get(key);
  if (holder !== undefined) {
    throw new ConflictError(
      `trial ${trialNumber} of study '${studyId}' is experiment '${holder}'; got '${experimentId}'`,
    );
  }
  tables.experimentIdsByTrial.set(key, experimentId);
}

function figureOf(experiment: TrainingExperiment, metric: string): number | undefined {
  if (metric === 'meanCvScore') return experiment.meanCvScore;
  return Object.hasOwn(experiment.testMetrics, metric) ? experiment.testMetrics[metric] : undefined;
}
