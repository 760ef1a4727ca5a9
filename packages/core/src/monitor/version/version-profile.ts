import type { PerformanceMonitoringConfig } from '../../config/performance-monitoring-config.ts';
import type { StorageStores } from '../../ports/storage.ts';
import type { JudgingTerms } from '../judging/judge-outcome.ts';

/** How one model version is judged. */
export interface VersionProfile extends JudgingTerms {
  readonly modelVersionId: string;
  /** The lowest accuracy that is still acceptable, in (0, 1). */
  readonly floor: number;
}

/** A floor at 0 or 1 could never be missed or never be met; odds this long are as good as either. */
const LOWEST_FLOOR = 0.01;
const HIGHEST_FLOOR = 0.99;

/**
 * Terms of a version: the flat band its bundle names (`metadata.flatBand`), else the configured one; and the floor.
 *
 *   floor = trainingMetrics.accuracy − baselineTolerance     when a tolerance is set and the version has a baseline
 *         = degradationThreshold                             otherwise
 *
 * A relative floor is kept within [0.01, 0.99].
 */
export async function loadVersionProfile(
  stores: Pick<StorageStores, 'models'>,
  modelVersionId: string,
  settings: PerformanceMonitoringConfig,
): Promise<VersionProfile> {
  const version = await stores.models.get(modelVersionId);
  const flatBand = version?.metadata.flatBand;
  const baseline = version?.trainingMetrics.accuracy;
  return {
    modelVersionId,
    flatBand: typeof flatBand === 'number' && flatBand >= 0 ? flatBand : settings.flatBand,
    costPerTrade: settings.costPerTrade,
    floor:
      settings.baselineTolerance === undefined || baseline === undefined
        ? settings.degradationThreshold
        : Math.min(HIGHEST_FLOOR, Math.max(LOWEST_FLOOR, baseline - settings.baselineTolerance)),
  };
}
