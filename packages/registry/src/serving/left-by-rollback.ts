import type { ModelSource } from '@mlperf/core';

/** More changes of champion than this are not looked through for a rollback. */
const PROMOTIONS_LOOKED_AT = 50;

/** Whether the champion came by a rollback, or one has left the served version since that one was champion. */
export async function leftByRollback(
  source: Pick<ModelSource, 'getPromotionHistory'>,
  modelName: string,
  servedVersionId: string,
  championVersionId: string,
): Promise<boolean> {
  const history = (await source.getPromotionHistory?.(modelName, { limit: PROMOTIONS_LOOKED_AT }))?.items ?? [];
  const [newest] = history;
  if (newest?.kind === 'rollback' && newest.versionId === championVersionId) return true;
  const since = history.findIndex(({ versionId }) => versionId === servedVersionId);
  return history
    .slice(0, since < 0 ? history.length : since)
    .some(({ kind, previousVersionId }) => kind === 'rollback' && previousVersionId === servedVersionId);
}
