import { InvalidInputError, MlperfError } from '@mlperf/core';
import { requireClassWeights } from '../class-weights.ts';
import { decodeModelFile, encodeModelFile } from '../model-file.ts';
import { namesProblem } from '../model-names.ts';
import { rawArray, rawNumber, rawObject, rawWhole, refusedModel } from '../random-forest/raw-value.ts';
import type { BoostedTrees } from './boosted-trees.ts';
import type { BoostingContent } from './boosting-content.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_NODES, MAX_ROUNDS, MAX_TEXT } from './limits.ts';
import { objectiveOf } from './objective-of.ts';
import {
  constraintsByColumn,
  type GradientBoostingClassifierParameters,
  gradientBoostingDefaults,
  requireBoostingParameters,
} from './parameters.ts';
import { readTrees, treeBytes, writeTrees } from './tree-bytes.ts';

/**
 * Version 1: header length (u32), header (JSON in UTF-8: classes, feature names, parameters, seed, initial scores,
 * number of trees and nodes), then the arrays of the trees; see `tree-bytes`. Integers and floats are little-endian.
 */
const FILE_KINDS = {
  classification: { family: 'grad-boosting', formatVersion: 1 },
  regression: { family: 'grad-boosting-rg', formatVersion: 1 },
} as const;

export type BoostingTask = keyof typeof FILE_KINDS;

const LENGTH_BYTES = 4;
/** More than the header of the widest model allowed takes in practice. */
const MAX_HEADER = 16 * 1024 * 1024;

/**
 * The bytes of a model file. Equal content, equal bytes.
 * @throws {@link MlperfError} `TOO_LARGE`.
 */
export function encodeBoostingFile(content: BoostingContent): Uint8Array {
  const { classes, featureNames, parameters, seed, initialScores, trees } = content;
  const header = new TextEncoder().encode(
    JSON.stringify({
      classes,
      featureNames,
      parameters,
      seed,
      initialScores: [...initialScores],
      trees: trees.roots.length,
      nodes: trees.feature.length,
    }),
  );
  if (header.length > MAX_HEADER) {
    throw new MlperfError('TOO_LARGE', `a header may have at most ${MAX_HEADER} bytes; got ${header.length}`);
  }
  const payload = new Uint8Array(LENGTH_BYTES + header.length + treeBytes(trees.roots.length, trees.feature.length));
  const view = new DataView(payload.buffer);
  view.setUint32(0, header.length, true);
  payload.set(header, LENGTH_BYTES);
  writeTrees(trees, view, LENGTH_BYTES + header.length);
  return encodeModelFile(FILE_KINDS[classes.length === 0 ? 'regression' : 'classification'], payload);
}

/** @throws {@link MlperfError} `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`, saying what was found. */
export function decodeBoostingFile(task: BoostingTask, bytes: Uint8Array): BoostingContent {
  const { payload } = decodeModelFile(FILE_KINDS[task], bytes);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const most = Math.min(MAX_HEADER, payload.length - LENGTH_BYTES);
  const length = payload.length < LENGTH_BYTES ? 0 : view.getUint32(0, true);
  if (!(length >= 1 && length <= most)) {
    throw refusedModel('the header length', `must be 1 to ${Math.max(0, most)} bytes; got ${length}`);
  }
  const header = rawObject(parseJson(payload.subarray(LENGTH_BYTES, LENGTH_BYTES + length)), 'header', [
    'classes',
    'featureNames',
    'parameters',
    'seed',
    'initialScores',
    'trees',
    'nodes',
  ]);
  const classification = task === 'classification';
  const classes = readTexts(header.classes, 'classes', classification ? 2 : 0, classification ? MAX_CLASSES : 0);
  const featureNames = readTexts(header.featureNames, 'featureNames', 1, MAX_FEATURES);
  const { outputs } = objectiveOf(classes.length);
  const initialScores = rawArray(header.initialScores, 'initialScores', outputs, outputs).map((score, i) =>
    rawNumber(score, `initialScores[${i}]`, -Number.MAX_VALUE, Number.MAX_VALUE),
  );
  return {
    classes,
    featureNames,
    parameters: readParameters(header.parameters, classes, featureNames),
    seed: readText(header.seed, 'seed'),
    initialScores: Float64Array.from(initialScores),
    trees: readBoundedTrees(header.trees, header.nodes, outputs, view, LENGTH_BYTES + length, featureNames.length),
  };
}

/** Bounds come first: no memory is taken for numbers that the file does not hold. */
function readBoundedTrees(
  announcedTrees: unknown,
  announcedNodes: unknown,
  outputs: number,
  view: DataView,
  at: number,
  columns: number,
): BoostedTrees {
  if (typeof announcedNodes === 'number' && announcedNodes > MAX_NODES) {
    throw new MlperfError('TOO_LARGE', `a model file may have at most ${MAX_NODES} nodes; got ${announcedNodes}`);
  }
  const nodes = rawWhole(announcedNodes, 'nodes', 1, MAX_NODES);
  const trees = rawWhole(announcedTrees, 'trees', outputs, Math.min(nodes, MAX_ROUNDS * outputs));
  if (trees % outputs !== 0) throw refusedModel('trees', `must be a multiple of ${outputs}; got ${trees}`);
  const expected = treeBytes(trees, nodes);
  const found = view.byteLength - at;
  if (found !== expected) {
    throw refusedModel('the arrays', `of ${trees} trees and ${nodes} nodes must have ${expected} bytes; got ${found}`);
  }
  return readTrees(trees, nodes, columns, view, at);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new MlperfError('MODEL_FORMAT', 'model file: the header must be JSON in UTF-8', { cause });
  }
}

function readParameters(
  value: unknown,
  classes: readonly string[],
  featureNames: readonly string[],
): GradientBoostingClassifierParameters {
  const known = Object.keys(gradientBoostingDefaults);
  const weighted = typeof value === 'object' && value !== null && Object.hasOwn(value, 'classWeights');
  const { classWeights, ...others } = rawObject(
    value,
    'parameters',
    weighted && classes.length > 0 ? [...known, 'classWeights'] : known,
  );
  try {
    const parameters = requireBoostingParameters(others);
    constraintsByColumn(parameters.monotoneConstraints, featureNames);
    const weights = requireClassWeights(classWeights);
    if (weights === undefined) return parameters;
    const stray = weights === 'balanced' ? undefined : Object.keys(weights).find((label) => !classes.includes(label));
    if (stray !== undefined) throw refusedModel('classWeights', `must name classes; got '${stray}'`);
    return { ...parameters, classWeights: weights };
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new MlperfError('MODEL_FORMAT', `model file: parameters: ${cause.message}`, { cause });
  }
}

function readTexts(value: unknown, at: string, least: number, most: number): readonly string[] {
  const texts = rawArray(value, at, least, most).map((text, i) => readText(text, `${at}[${i}]`));
  const problem = namesProblem(texts);
  if (problem !== undefined) throw refusedModel(at, problem);
  return texts;
}

function readText(value: unknown, at: string): string {
  if (typeof value !== 'string' || value.length > MAX_TEXT) {
    throw refusedModel(at, `must be a text of at most ${MAX_TEXT} characters`);
  }
  return value;
}
