import { InvalidInputError, MlperfError } from '@mlperf/core';
import {
  countsOf,
  type ForestCounts,
  forestBytes,
  readFlatForest,
  requireCounts,
  writeForest,
} from './flat-forest-bytes.ts';
import type {
  ClassForestContent,
  OutOfBagSummary,
  OwnForestContent,
  RegressionForestContent,
} from './forest-content.ts';
import { MAX_CLASSES, MAX_FEATURES, MAX_TREES } from './limits.ts';
import { requireRandomForestParameters, requireRegressionParameters } from './parameters.ts';
import {
  parseJson,
  type RawObject,
  rawNumber,
  rawObject,
  rawWhole,
  readNames,
  readText,
  readTexts,
  refusedModel,
} from './raw-value.ts';

const KEYS = [
  'classes',
  'featureNames',
  'parameters',
  'seed',
  'trees',
  'nodes',
  'leaves',
  'leafBytes',
  'outOfBag',
] as const;

/** Bytes of the length before the JSON header. */
const LENGTH_BYTES = 4;

/** The payload of a file of ours: length of the header (u32), header as JSON, then the bytes of the trees. */
export function encodeFlatForest(content: OwnForestContent): Uint8Array {
  const { classes, featureNames, parameters, seed, forest, outOfBag } = content;
  const { trees, nodes, leaves, leafBytes } = countsOf(forest);
  const summary = outOfBag === undefined ? null : { score: outOfBag.score ?? null, rows: outOfBag.rows };
  const header = new TextEncoder().encode(
    JSON.stringify({ classes, featureNames, parameters, seed, trees, nodes, leaves, leafBytes, outOfBag: summary }),
  );
  const start = LENGTH_BYTES + header.length;
  const payload = new Uint8Array(start + forestBytes(countsOf(forest)));
  new DataView(payload.buffer).setUint32(0, header.length, true);
  payload.set(header, LENGTH_BYTES);
  writeForest(forest, payload.subarray(start));
  return payload;
}

/**
 * @throws {@link MlperfError} `MODEL_FORMAT` | `TOO_LARGE`, saying what was found; counts are checked against the bytes
 * there are before memory is taken.
 */
export function decodeClassForest(payload: Uint8Array): ClassForestContent {
  const { header, body } = readHeader(payload);
  const classes = readNames(header.classes, 'classes', 2, MAX_CLASSES);
  const parameters = checked(() => requireRandomForestParameters(readParameters(header)));
  const shared = readShared(header, body, classes.length, 'classification');
  return { ...shared, task: 'classification', classes, parameters };
}

/** As {@link decodeClassForest}, of a regression. */
export function decodeRegressionForest(payload: Uint8Array): RegressionForestContent {
  const { header, body } = readHeader(payload);
  readTexts(header.classes, 'classes', 0, 0);
  const parameters = checked(() => requireRegressionParameters(readParameters(header)));
  return { ...readShared(header, body, 2, 'regression'), task: 'regression', classes: [], parameters };
}

function readHeader(payload: Uint8Array): { readonly header: RawObject; readonly body: Uint8Array } {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const stated = payload.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : view.getUint32(0, true);
  const end = LENGTH_BYTES + stated;
  if (end > payload.length) {
    throw refusedModel('header', `must lie within the ${payload.length} bytes; it says ${stated} bytes`);
  }
  const header = rawObject(parseJson(payload.subarray(LENGTH_BYTES, end)), 'header', KEYS);
  return { header, body: payload.subarray(end) };
}

function readShared(header: RawObject, body: Uint8Array, slots: number, task: 'classification' | 'regression') {
  const featureNames = readNames(header.featureNames, 'featureNames', 1, MAX_FEATURES);
  const counts: ForestCounts = {
    trees: rawWhole(header.trees, 'trees', 1, MAX_TREES),
    nodes: rawWhole(header.nodes, 'nodes', 1, Number.MAX_SAFE_INTEGER),
    leaves: rawWhole(header.leaves, 'leaves', 1, Number.MAX_SAFE_INTEGER),
    slots,
    leafBytes: readLeafBytes(header.leafBytes, task),
  };
  requireCounts(counts, body.length);
  return {
    engine: 'histogram',
    featureNames,
    seed: readText(header.seed, 'seed'),
    forest: readFlatForest(body, counts, featureNames.length, task),
    ...readOutOfBag(header.outOfBag),
  } as const;
}

/** The leaves of a regression hold means, which are fractions. */
function readLeafBytes(value: unknown, task: 'classification' | 'regression'): 4 | 8 {
  if (value === 8 || (value === 4 && task === 'classification')) return value;
  throw refusedModel('leafBytes', `must be ${task === 'regression' ? '8' : '4 or 8'}; got ${String(value)}`);
}

/** Which keys are known is the parameters' own rule. */
function readParameters({ parameters: value }: RawObject): RawObject {
  const parameters = rawRecord(value, 'parameters');
  const { classWeights } = parameters;
  if (typeof classWeights === 'object') rawRecord(classWeights, 'parameters.classWeights');
  return parameters;
}

function rawRecord(value: unknown, at: string): RawObject {
  return rawObject(value, at, typeof value === 'object' && value !== null ? Object.keys(value) : []);
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    throw new MlperfError('MODEL_FORMAT', `model file: parameters: ${cause.message}`, { cause });
  }
}

function readOutOfBag(value: unknown): { readonly outOfBag?: OutOfBagSummary } {
  if (value === null) return {};
  const { score, rows } = rawObject(value, 'outOfBag', ['score', 'rows']);
  return {
    outOfBag: {
      score: score === null ? undefined : rawNumber(score, 'outOfBag.score', -Number.MAX_VALUE, 1),
      rows: rawWhole(rows, 'outOfBag.rows', 0, Number.MAX_SAFE_INTEGER),
    },
  };
}
