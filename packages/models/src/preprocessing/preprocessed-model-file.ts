import { type JsonObject, MlperfError } from '@mlperf/core';
import { decodeModelFile, encodeModelFile, type ModelFileKind } from '../model-file.ts';
import { rawObject, refusedModel } from '../random-forest/raw-value.ts';

const KIND: ModelFileKind = { family: 'preprocessing', formatVersion: 1 };
const LENGTH_BYTES = 4;

/** What a preprocessed model's file holds. */
export interface PreprocessedModelContent<S> {
  readonly innerType: string;
  readonly steps: S;
  /** The inner model's own file. */
  readonly model: Uint8Array;
}

/**
 * Payload: length of the JSON (u32, little-endian) ‖ JSON {innerType, steps} ‖ the inner model's file.
 * @throws `TOO_LARGE`.
 */
export function encodePreprocessedModel(content: PreprocessedModelContent<readonly JsonObject[]>): Uint8Array {
  const { innerType, steps, model } = content;
  const json = new TextEncoder().encode(JSON.stringify({ innerType, steps }));
  const payload = new Uint8Array(LENGTH_BYTES + json.length + model.length);
  new DataView(payload.buffer).setUint32(0, json.length, true);
  payload.set(json, LENGTH_BYTES);
  payload.set(model, LENGTH_BYTES + json.length);
  return encodeModelFile(KIND, payload);
}

/**
 * @returns the steps as they were read, not checked yet.
 * @throws `TOO_LARGE` | `MODEL_FORMAT` | `ARTIFACT_CORRUPT`, saying what was found and expected.
 */
export function decodePreprocessedModel(bytes: Uint8Array): PreprocessedModelContent<unknown> {
  const { payload } = decodeModelFile(KIND, bytes);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const length = payload.length < LENGTH_BYTES ? Number.NaN : view.getUint32(0, true);
  if (!(length <= payload.length - LENGTH_BYTES)) {
    throw refusedModel('the JSON', `must end within its ${payload.length} bytes; it says ${length}`);
  }
  const end = LENGTH_BYTES + length;
  const { innerType, steps } = rawObject(parsed(payload.subarray(LENGTH_BYTES, end)), 'the JSON', [
    'innerType',
    'steps',
  ]);
  if (typeof innerType !== 'string') throw refusedModel('innerType', `must be a text; got ${typeof innerType}`);
  return { innerType, steps, model: payload.subarray(end) };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw new MlperfError('MODEL_FORMAT', 'model file: the steps must be JSON', { cause });
  }
}
