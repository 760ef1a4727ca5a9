import { InvalidInputError, type RetrainingTrigger, type StoredModelVersion } from '@mlperf/core';

/** What a check of the host is told. */
export interface RetrainingCheckRequest {
  readonly champion: StoredModelVersion;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What a check of the host found. */
export interface RetrainingCheckResult {
  /** One sentence for people, 1 to 10,000 characters. */
  readonly reason: string;
  readonly currentValue?: number;
  readonly thresholdValue?: number;
  /** Since when, epoch milliseconds; default when it was first found. */
  readonly triggeredAt?: number;
}

/** A reason to retrain that only the host can see, such as a new contract or a changed cost. */
export interface RetrainingCheck {
  /** Stored with the retraining; of several checks with one name the first to find something counts. */
  readonly name: string;
  /** @returns `undefined` while there is no reason. One that throws is no reason; an event says so. */
  check(
    request: RetrainingCheckRequest,
  ): RetrainingCheckResult | undefined | Promise<RetrainingCheckResult | undefined>;
}

/**
 * The trigger of a check of the host.
 * @throws {@link InvalidInputError} `INVALID_TYPE` for a result that is none; what the check throws.
 */
export async function hostTrigger(
  { name, check }: RetrainingCheck,
  request: RetrainingCheckRequest,
): Promise<RetrainingTrigger | undefined> {
  const found = await check(request);
  if (found === undefined) return undefined;
  const { reason, currentValue, thresholdValue, triggeredAt = request.now } = found;
  if (typeof reason !== 'string' || reason === '') {
    throw new InvalidInputError('INVALID_TYPE', `the check '${name}' must give a reason, a text; got ${typeof reason}`);
  }
  for (const [field, value] of Object.entries({ currentValue, thresholdValue, triggeredAt })) {
    if (value === undefined || Number.isFinite(value)) continue;
    throw new InvalidInputError('INVALID_TYPE', `the check '${name}' must give finite numbers; got ${field} ${value}`);
  }
  return {
    triggerType: 'custom',
    name,
    ...(thresholdValue === undefined ? {} : { thresholdValue }),
    ...(currentValue === undefined ? {} : { currentValue }),
    triggeredAt,
    reason,
  };
}
