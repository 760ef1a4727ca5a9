import type { PredictionRole, ResolvedPrediction, StorageStores } from '@mlperf/core';

const ROLES: readonly PredictionRole[] = ['live', 'shadow', 'member'];

/** What two versions said of one decision. */
export interface PairedDecision {
  readonly a: ResolvedPrediction;
  readonly b: ResolvedPrediction;
}

/** The newest resolved predictions of a version, in whatever role, one per decision, by time. */
export async function resolvedPredictions(
  stores: Pick<StorageStores, 'predictions'>,
  modelVersionId: string,
  limit: number,
): Promise<readonly ResolvedPrediction[]> {
  const byRole = await Promise.all(
    ROLES.map((role) => stores.predictions.recentOutcomes({ modelVersionId, role, limit })),
  );
  const byDecision = new Map(byRole.flat().map((row) => [row.decisionId, row]));
  return [...byDecision.values()].sort(byTime).slice(-limit);
}

/**
 * The decisions that both versions predicted, by time: the only rows on which two versions can be compared fairly.
 * Both predictions of a decision are resolved by one outcome.
 */
export function pairDecisions(
  a: readonly ResolvedPrediction[],
  b: readonly ResolvedPrediction[],
): readonly PairedDecision[] {
  const ofB = new Map(b.map((row) => [row.decisionId, row]));
  return a.flatMap((row) => {
    const other = ofB.get(row.decisionId);
    return other === undefined ? [] : [{ a: row, b: other }];
  });
}

function byTime(a: ResolvedPrediction, b: ResolvedPrediction): number {
  return a.predictedAt - b.predictedAt || (a.id < b.id ? -1 : 1);
}
