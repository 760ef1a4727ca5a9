import { InvalidInputError, MlperfError } from '@mlperf/core';
import { decodeModelFile, encodeModelFile } from '../model-file.ts';
import type { ForestContent } from './forest-content.ts';
import type { ForestJson } from './forest-json.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_TEXT } from './limits.ts';
import { RANDOM_FOREST } from './model-type.ts';
import { type RandomForestParameters, randomForestDefaults, requireRandomForestParameters } from './parameters.ts';
import { rawArray, rawObject, refusedModel } from './raw-value.ts';
import { readForest } from './read-forest.ts';

/** Of the JSON payload. Version 1: classes, feature names, parameters, seed, and ml-random-forest's own JSON. */
const FILE_KIND = { family: RANDOM_FOREST, formatVersion: 1 } as const;

/** The bytes of a model file. Equal content, equal bytes. */
export function encodeForestFile(content: ForestContent): Uint8Array {
  const { classes, featureNames, parameters, seed, forest } = content;
  const payload = JSON.stringify({ classes, featureNames, parameters, seed, forest });
  return encodeModelFile(FILE_KIND, new TextEncoder().encode(payload));
}

/** @throws {@link MlperfError} `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`, saying what was found. */
export function decodeForestFile(bytes: Uint8Array): ForestContent {
  const { payload } = decodeModelFile(FILE_KIND, bytes);
  const file = rawObject(parseJson(payload), 'file', ['classes', 'featureNames', 'parameters', 'seed', 'forest']);
  const classes = readTexts(file.classes, 'classes', 2, MAX_CLASSES);
  const featureNames = readTexts(file.featureNames, 'featureNames', 1, MAX_FEATURES);
  return {
    classes,
    featureNames,
    parameters: readParameters(file.parameters),
    seed: readText(file.seed, 'seed'),
    forest: readForest(file.forest, featureNames.length, classes.length),
  };
}

/**
 * The forest inside a model file, for `RandomForestClassifier.load` of ml-random-forest. Labels are indices into the
 * model's classes.
 *
 * @throws {@link MlperfError} `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`.
 * @example RandomForestClassifier.load(randomForestJson(bytes)).predict([[0.1, -0.2]]); // [1]
 */
export function randomForestJson(bytes: Uint8Array): ForestJson {
  return decodeForestFile(bytes).forest;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new MlperfError('MODEL_FORMAT', 'model file: the payload must be JSON in UTF-8', { cause });
  }
}

function readParameters(value: unknown): RandomForestParameters {
  const parameters = rawObject(value, 'parameters', Object.keys(randomForestDefaults));
  try {
    return requireRandomForestParameters(parameters);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new MlperfError('MODEL_FORMAT', `model file: parameters: ${cause.message}`, { cause });
  }
}

function readTexts(value: unknown, at: string, least: number, most: number): readonly string[] {
  return rawArray(value, at, least, most).map((text, i) => readText(text, `${at}[${i}]`));
}

function readText(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT) {
    throw refusedModel(at, `must be a text of at most ${MAX_TEXT} characters`);
  }
  return value;
}
