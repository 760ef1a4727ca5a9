import { InvalidInputError, MlperfError } from '@mlperf/core';
import type { LibraryForestContent } from '../forest-content.ts';
import { MAX_CLASSES, MAX_FEATURES } from '../limits.ts';
import { parseJson, rawObject, readNames, readText } from '../raw-value.ts';
import { type LibraryForestParameters, libraryForestDefaults, requireLibraryParameters } from './library-parameters.ts';
import { readForest } from './read-forest.ts';

/** The payload of format version 1: JSON. Equal content, equal bytes. */
export function encodeLibraryForest(content: LibraryForestContent): Uint8Array {
  const { classes, featureNames, parameters, seed, forest } = content;
  return new TextEncoder().encode(JSON.stringify({ classes, featureNames, parameters, seed, forest }));
}

/** @throws {@link MlperfError} `MODEL_FORMAT` | `TOO_LARGE`, saying what was found. */
export function decodeLibraryForest(payload: Uint8Array): LibraryForestContent {
  const file = rawObject(parseJson(payload), 'file', ['classes', 'featureNames', 'parameters', 'seed', 'forest']);
  const classes = readNames(file.classes, 'classes', 2, MAX_CLASSES);
  const featureNames = readNames(file.featureNames, 'featureNames', 1, MAX_FEATURES);
  return {
    engine: 'ml-random-forest',
    classes,
    featureNames,
    parameters: readParameters(file.parameters),
    seed: readText(file.seed, 'seed'),
    forest: readForest(file.forest, featureNames.length, classes.length),
  };
}

function readParameters(value: unknown): LibraryForestParameters {
  // Files written before there was a choice do not say.
  const saysVoting = typeof value === 'object' && value !== null && Object.hasOwn(value, 'voting');
  const keys = [...Object.keys(libraryForestDefaults), ...(saysVoting ? ['voting'] : [])];
  const parameters = rawObject(value, 'parameters', keys);
  try {
    return requireLibraryParameters(parameters);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new MlperfError('MODEL_FORMAT', `model file: parameters: ${cause.message}`, { cause });
  }
}
