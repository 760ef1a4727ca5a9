import type { RetrainingConfig, RetrainingLogEntry, StorageStores } from '@mlperf/core';
import { type Verdict, verdictEvent } from './announce-result.ts';
import { type OpenCircuit, openCircuitOf } from './circuit.ts';
import { readPolicyMarks } from './policy-marks.ts';

/** Longest row of retrainings that is looked at for a circuit. */
const MAX_HISTORY = 1_000;

/**
 * Writes a verdict, and that it opened the circuit, into the outbox. For use inside the transaction that stores the
 * verdict: a kill loses neither, and other processes hear of both.
 */
export async function reportVerdict(tx: StorageStores, config: RetrainingConfig, result: Verdict): Promise<void> {
  const { type, payload } = verdictEvent(result);
  const { modelName, at } = payload;
  await tx.outbox.append([{ modelName, type, payload, at }]);
  const circuit = result.status === 'promoted' ? undefined : await circuitOpenedBy(tx, config, result.entry);
  if (circuit === undefined) return;
  const opened = { modelName, at, ...circuit };
  await tx.outbox.append([{ modelName, type: 'circuit-opened', payload: opened, at }]);
}

async function circuitOpenedBy(
  tx: StorageStores,
  config: RetrainingConfig,
  ended: RetrainingLogEntry,
): Promise<OpenCircuit | undefined> {
  const { modelName, retrainingId } = ended;
  const { items } = await tx.retrainings.history({ modelName }, { limit: MAX_HISTORY });
  const before = items.filter((entry) => entry.retrainingId !== retrainingId);
  const { circuitClosedAt = Number.NEGATIVE_INFINITY } = await readPolicyMarks(tx, modelName);
  const takenBack = new Set((await tx.models.barred(modelName)).map(({ versionId }) => versionId));
  const circuit = (history: readonly RetrainingLogEntry[]) =>
    openCircuitOf(history, circuitClosedAt, config, takenBack);
  return circuit(before) === undefined ? circuit([ended, ...before]) : undefined;
}
