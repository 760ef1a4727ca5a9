import { createHash } from 'node:crypto';
import { InvalidInputError, type JsonObject, type MonitorStateRecord, type StorageStores } from '@mlperf/core';

/** What retraining remembers of a model name beside its log of retrainings. */
export interface PolicyMarks {
  /** When a human last closed the circuit, epoch milliseconds. */
  readonly circuitClosedAt?: number;
  /** The last run of each schedule that has begun, or when it was first set; epoch milliseconds by schedule. */
  readonly schedules: Readonly<Record<string, number>>;
}

const FORMAT_VERSION = 1;
const NO_MARKS: PolicyMarks = { schedules: {} };

/** Where the marks of a model name stand among the stored states. By hash: a name may be longer than a key. */
export function policyMarksKey(modelName: string): string {
  return `retraining-marks:${createHash('sha256').update(modelName).digest('hex')}`;
}

/** @throws {@link InvalidInputError} `INVALID_RECORD` for marks that a later release wrote. */
export async function readPolicyMarks(
  stores: Pick<StorageStores, 'monitorStates'>,
  modelName: string,
): Promise<PolicyMarks> {
  const record = await stores.monitorStates.get(policyMarksKey(modelName));
  return record === undefined ? NO_MARKS : marksOf(record);
}

/** Replaces the marks by what `change` makes of them. Call it inside a transaction: it reads and then writes. */
export async function changePolicyMarks(
  tx: Pick<StorageStores, 'monitorStates'>,
  modelName: string,
  now: number,
  change: (marks: PolicyMarks) => PolicyMarks,
): Promise<void> {
  const key = policyMarksKey(modelName);
  const record = await tx.monitorStates.get(key);
  const { circuitClosedAt, schedules } = change(record === undefined ? NO_MARKS : marksOf(record));
  const state: JsonObject = {
    formatVersion: FORMAT_VERSION,
    modelName,
    schedules: { ...schedules },
    ...(circuitClosedAt === undefined ? {} : { circuitClosedAt }),
  };
  await tx.monitorStates.put({
    modelVersionId: key,
    sequence: (record?.sequence ?? 0) + 1,
    state,
    updatedAt: Math.floor(now),
  });
}

function marksOf({ modelVersionId, state }: MonitorStateRecord): PolicyMarks {
  const { formatVersion, circuitClosedAt, schedules } = state;
  if (formatVersion !== FORMAT_VERSION) {
    throw new InvalidInputError(
      'INVALID_RECORD',
      `the state '${modelVersionId}' must have format version ${FORMAT_VERSION}; got ${JSON.stringify(formatVersion)}`,
    );
  }
  const runs = Object.entries(typeof schedules === 'object' && schedules !== null ? schedules : {});
  return {
    ...(typeof circuitClosedAt === 'number' ? { circuitClosedAt } : {}),
    schedules: Object.fromEntries(runs.filter((run): run is [string, number] => typeof run[1] === 'number')),
  };
}
