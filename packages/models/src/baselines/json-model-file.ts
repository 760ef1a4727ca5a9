import { type JsonObject, MlperfError } from '@mlperf/core';
import { decodeModelFile, encodeModelFile, type ModelFileKind } from '../model-file.ts';
import { type RawObject, rawArray, rawNumber, rawObject, refusedModel } from '../random-forest/raw-value.ts';

const MAX_CLASSES = 1_000;
const MAX_FEATURES = 10_000;
const MAX_NAME = 1_000;

/** A model file whose payload is one JSON object. @throws `TOO_LARGE`. */
export function encodeJsonModel(kind: ModelFileKind, content: JsonObject): Uint8Array {
  return encodeModelFile(kind, new TextEncoder().encode(JSON.stringify(content)));
}

/**
 * @param keys - All of the object's keys.
 * @throws `TOO_LARGE` | `MODEL_FORMAT` | `ARTIFACT_CORRUPT`.
 */
export function decodeJsonModel(kind: ModelFileKind, bytes: Uint8Array, keys: readonly string[]): RawObject {
  const { payload } = decodeModelFile(kind, bytes);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new MlperfError('MODEL_FORMAT', 'model file: the payload must be JSON', { cause });
  }
  return rawObject(value, 'the payload', keys);
}

export function storedClasses(value: unknown): readonly string[] {
  return storedNames(value, 'classes', 2, MAX_CLASSES);
}

export function storedFeatures(value: unknown): readonly string[] {
  return storedNames(value, 'featureNames', 1, MAX_FEATURES);
}

/** Probabilities that sum to 1. */
export function storedShares(value: unknown, at: string, count: number): Float64Array {
  const shares = Float64Array.from(rawArray(value, at, count, count), (share, i) =>
    rawNumber(share, `${at}[${i}]`, 0, 1),
  );
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-9) throw refusedModel(at, `must sum to 1; got ${sum}`);
  return shares;
}

function storedNames(value: unknown, at: string, least: number, most: number): readonly string[] {
  const names = rawArray(value, at, least, most).map((name, i) => {
    if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME) return name;
    throw refusedModel(`${at}[${i}]`, 'must be a name');
  });
  if (new Set(names).size < names.length) throw refusedModel(at, 'must be unique');
  return names;
}
