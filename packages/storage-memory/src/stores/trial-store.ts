import {
  ConflictError,
  compareText,
  decideExperimentSave,
  requireBestExperimentsQuery,
  requireExperiment,
  requireExperimentFilter,
  requireKey,
  type TrainingExperiment,
  type TrialStore,
} from '@mlperf/core';
import { deepFreeze } from '../deep-freeze.ts';
import { matches } from '../matches.ts';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import { keyOf, type Tables } from '../tables.ts';

export function createTrialStore(tables: Tables, run: StoreRunner): TrialStore {
  return {
    async save(experiment) {
      const record = requireExperiment(experiment);
      return run(() => {
        const { experimentId } = record;
        const known = tables.experiments.get(experimentId);
        if (known !== undefined && decideExperimentSave(known, record) === 'unchanged') return;
        if (known === undefined) claimTrialNumber(tables, record);
        tables.experiments.set(experimentId, deepFreeze(record));
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
  };
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
