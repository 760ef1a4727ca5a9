import type { StorageStores } from '../../ports/storage.ts';
import { MAX_BATCH } from '../../records/batch.ts';
import type { RecordedPrediction } from '../../types/prediction.ts';
import { MemoryOutdated } from './memory-outdated.ts';
import type { Operation, OutcomeEffect } from './operation.ts';

/** What one call of the store takes: an id has one outcome in it, first or correction. */
class Request {
  readonly predictions: RecordedPrediction[] = [];
  readonly effects: OutcomeEffect[] = [];
  readonly #resolved = new Set<string>();

  hasRoomFor(effect: OutcomeEffect): boolean {
    return this.effects.length < MAX_BATCH && !this.#resolved.has(effect.resolution.predictionId);
  }

  add(effect: OutcomeEffect): void {
    this.effects.push(effect);
    this.#resolved.add(effect.resolution.predictionId);
  }
}

/**
 * Writes the predictions and outcomes of operations in the order of the calls.
 * @returns the number each outcome has in the store.
 * @throws {@link MemoryOutdated} when the store knows a prediction or an outcome that memory took for new.
 */
export async function recordOperations(
  tx: StorageStores,
  operations: readonly Operation[],
): Promise<ReadonlyMap<OutcomeEffect, number>> {
  const sequences = new Map<OutcomeEffect, number>();
  for (const { predictions, effects } of requestsOf(operations)) {
    const { added, resolved } = await tx.predictions.record({
      predictions,
      resolutions: effects.map(({ resolution }) => resolution),
    });
    const known = added.indexOf(false);
    if (known >= 0) throw new MemoryOutdated(`prediction '${predictions[known]!.id}' was stored before`);
    effects.forEach((effect, i) => {
      const { status, sequence } = resolved[i]!;
      if (status !== effect.status) {
        throw new MemoryOutdated(
          `the outcome of prediction '${effect.resolution.predictionId}' is ${status} in the store`,
        );
      }
      sequences.set(effect, sequence);
    });
  }
  return sequences;
}

function requestsOf(operations: readonly Operation[]): readonly Request[] {
  const requests: Request[] = [];
  let request: Request | undefined;
  const next = (): Request => {
    request = new Request();
    requests.push(request);
    return request;
  };
  for (const { effects } of operations) {
    if (effects?.recorded !== undefined) {
      const into = request !== undefined && request.predictions.length < MAX_BATCH ? request : next();
      into.predictions.push(effects.recorded);
    }
    for (const effect of effects?.outcomes ?? []) {
      const into: Request = request?.hasRoomFor(effect) ? request : next();
      into.add(effect);
    }
  }
  return requests;
}
