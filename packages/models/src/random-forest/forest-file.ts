import { decodeModelFile, encodeModelFile } from '../model-file.ts';
import { decodeClassForest, decodeRegressionForest, encodeFlatForest } from './flat-forest-file.ts';
import type { ClassForestContent, LibraryForestContent, RegressionForestContent } from './forest-content.ts';
import type { ForestJson } from './library/forest-json.ts';
import { forestToJson } from './library/forest-to-json.ts';
import { decodeLibraryForest, encodeLibraryForest } from './library/library-file.ts';
import { RANDOM_FOREST } from './model-type.ts';

/**
 * Of the payload. Version 1: JSON with ml-random-forest's own JSON inside, still written for that engine. Version 2: a
 * JSON header and the trees of our engine as bytes.
 */
const FILE_KIND = { family: RANDOM_FOREST, formatVersion: 2 } as const;
const LIBRARY_VERSION = 1;

/** A family's name in a file has at most 16 characters. */
const REGRESSION_KIND = { family: 'forest-regress', formatVersion: 1 } as const;

/** The bytes of a model file. Equal content, equal bytes. @throws {@link MlperfError} `TOO_LARGE`. */
export function encodeForestFile(content: ClassForestContent | LibraryForestContent): Uint8Array {
  if (content.engine === 'histogram') return encodeModelFile(FILE_KIND, encodeFlatForest(content));
  return encodeModelFile({ ...FILE_KIND, formatVersion: LIBRARY_VERSION }, encodeLibraryForest(content));
}

/** @throws {@link MlperfError} `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`, saying what was found. */
export function decodeForestFile(bytes: Uint8Array): ClassForestContent | LibraryForestContent {
  const { payload, formatVersion } = decodeModelFile(FILE_KIND, bytes);
  if (formatVersion === LIBRARY_VERSION) return decodeLibraryForest(payload);
  return decodeClassForest(payload);
}

/** As {@link encodeForestFile}, of a regression. */
export function encodeRegressionFile(content: RegressionForestContent): Uint8Array {
  return encodeModelFile(REGRESSION_KIND, encodeFlatForest(content));
}

/** As {@link decodeForestFile}, of a regression. */
export function decodeRegressionFile(bytes: Uint8Array): RegressionForestContent {
  return decodeRegressionForest(decodeModelFile(REGRESSION_KIND, bytes).payload);
}

/**
 * The forest inside a model file, for `RandomForestClassifier.load` of ml-random-forest. Labels are indices into the
 * model's classes. That library answers the majority of the trees: the most probable class of a model with `voting:
 * 'hard'`, on every row.
 *
 * @throws {@link MlperfError} `MODEL_FORMAT` | `ARTIFACT_CORRUPT` | `TOO_LARGE`.
 * @example RandomForestClassifier.load(randomForestJson(bytes)).predict([[0.1, -0.2]]); // [1]
 */
export function randomForestJson(bytes: Uint8Array): ForestJson {
  const content = decodeForestFile(bytes);
  return content.engine === 'histogram' ? forestToJson(content) : content.forest;
}
