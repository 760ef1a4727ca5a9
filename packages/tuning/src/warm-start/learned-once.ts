import type { JsonObject, JsonValue, StorageStores } from '@mlperf/core';
import type { SampledPoint } from '../samplers/sampler.ts';
import { type LearningStudy, learnFromStudies } from './learn-from-studies.ts';
import type { WarmObservation, WarmStart, WarmStartOptions } from './warm-start.ts';

/**
 * What a study learned from others when it was created, or, being new, learns now: a study that goes on sees what it saw,
 * whatever became of the others.
 * @throws as {@link learnFromStudies}.
 */
export async function learnedOnce(
  stores: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>,
  options: WarmStartOptions,
  learner: LearningStudy,
): Promise<WarmStart> {
  const stored = (await stores.studies.get(learner.studyId))?.settings?.warmStart;
  return (isObject(stored) ? readWarmStart(stored) : undefined) ?? learnFromStudies(stores, options, learner);
}

function readWarmStart({ observations, leftOut, tried }: JsonObject): WarmStart | undefined {
  if (!Array.isArray(observations) || !isObject(leftOut)) return undefined;
  return {
    observations: observations.filter(isObject).map(readObservation),
    leftOut: {
      notComplete: Number(leftOut.notComplete),
      otherSpace: Number(leftOut.otherSpace),
      notComparable: Number(leftOut.notComparable),
      tooOld: Number(leftOut.tooOld),
      tooMany: Number(leftOut.tooMany),
    },
    ...(typeof tried === 'number' ? { tried } : {}),
  };
}

function readObservation({ parameters, loss, weight }: JsonObject): WarmObservation {
  const point: Record<string, SampledPoint[string]> = {};
  for (const [name, value] of Object.entries(isObject(parameters) ? parameters : {})) {
    if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') point[name] = value;
  }
  return { parameters: point, loss: Number(loss), weight: Number(weight) };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
