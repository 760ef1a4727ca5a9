import { createHash } from 'node:crypto';
import { canonicalJson, InvalidInputError, StorageError } from '@mlperf/core';
import { type BundleHeader, requireBundleHeader } from './bundle-header.ts';

/** One version as one artifact: swapped by one reference, judged and promoted as the same bytes. */
export interface ModelBundle {
  readonly header: BundleHeader;
  /** `TrainedModel.serialize()` of the model. */
  readonly model: Uint8Array;
}

export const BUNDLE_FORMAT = 'mlperf-bundle';
export const BUNDLE_FORMAT_VERSION = 1;
/** What the artifact store takes. */
export const MAX_BUNDLE_BYTES = 256 * 1024 * 1024;
export const MAX_BUNDLE_HEADER_BYTES = 1024 * 1024;

const MAGIC = new TextEncoder().encode('MLPBUNDL');
const VERSION_AT = 8;
const HEADER_LENGTH_AT = 12;
const MODEL_LENGTH_AT = 16;
const CHECKSUM_AT = 20;
const CHECKSUM_BYTES = 32;
const PREFIX_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;

/**
 * The bytes of a bundle. The same header and model give the same bytes, whatever the order of the header's keys.
 *
 *   magic `MLPBUNDL` (8) · format version (4) · header length (4) · model length (4) · SHA-256 of all the rest (32) ·
 *   header, JSON in UTF-8 · model bytes; numbers are little-endian.
 *
 * @throws {@link InvalidInputError} `MODEL_FORMAT` for a bad header or an empty model; `TOO_LARGE` beyond 1 MiB of
 * header or 256 MiB in all.
 */
export function encodeBundle(bundle: ModelBundle): Uint8Array {
  const header = new TextEncoder().encode(canonicalJson(requireBundleHeader(bundle.header)));
  const { model } = bundle;
  requireSizes(header.length, model.length);
  const bytes = new Uint8Array(PREFIX_BYTES + header.length + model.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  view.setUint32(VERSION_AT, BUNDLE_FORMAT_VERSION, true);
  view.setUint32(HEADER_LENGTH_AT, header.length, true);
  view.setUint32(MODEL_LENGTH_AT, model.length, true);
  bytes.set(header, PREFIX_BYTES);
  bytes.set(model, PREFIX_BYTES + header.length);
  bytes.set(checksum(bytes), CHECKSUM_AT);
  return bytes;
}

/**
 * Reads a bundle. Sizes are checked against the bytes at hand, then the checksum, before anything is parsed or copied.
 *
 * @returns header and a copy of the model bytes, so that handing the model to a worker leaves `bytes` alone.
 * @throws {@link InvalidInputError} `MODEL_FORMAT` for other bytes than a bundle's, a newer format, or a bad header
 * (forbidden keys included); `TOO_LARGE`.
 * @throws {@link StorageError} `ARTIFACT_CORRUPT` when bytes are missing, left over or changed.
 */
export function decodeBundle(bytes: Uint8Array): ModelBundle {
  const prefix = bytes.subarray(0, MAGIC.length);
  if (prefix.some((byte, i) => byte !== MAGIC[i])) {
    throw new InvalidInputError('MODEL_FORMAT', `a bundle must begin with 'MLPBUNDL'; got ${hex(prefix)}`);
  }
  if (bytes.length < PREFIX_BYTES) throw corrupt(`has ${bytes.length} bytes, fewer than its fixed ${PREFIX_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(VERSION_AT, true);
  if (version !== BUNDLE_FORMAT_VERSION) {
    throw new InvalidInputError(
      'MODEL_FORMAT',
      `bundle format must be ${BUNDLE_FORMAT_VERSION}, the one this release reads; got ${version}`,
    );
  }
  const headerLength = view.getUint32(HEADER_LENGTH_AT, true);
  const modelLength = view.getUint32(MODEL_LENGTH_AT, true);
  requireSizes(headerLength, modelLength);
  const expected = PREFIX_BYTES + headerLength + modelLength;
  if (bytes.length !== expected) throw corrupt(`must have the ${expected} bytes it announces; got ${bytes.length}`);
  const stored = bytes.subarray(CHECKSUM_AT, PREFIX_BYTES);
  const computed = checksum(bytes);
  if (computed.some((byte, i) => byte !== stored[i])) {
    throw corrupt(`must have checksum ${hex(stored)}; its bytes have ${hex(computed)}`);
  }
  return {
    header: requireBundleHeader(parseHeader(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerLength))),
    model: bytes.slice(PREFIX_BYTES + headerLength),
  };
}

function requireSizes(headerLength: number, modelLength: number): void {
  if (modelLength === 0) throw new InvalidInputError('MODEL_FORMAT', 'a bundle must hold a model; got 0 model bytes');
  if (headerLength > MAX_BUNDLE_HEADER_BYTES) {
    throw new InvalidInputError(
      'TOO_LARGE',
      `a bundle header must have at most ${MAX_BUNDLE_HEADER_BYTES} bytes; got ${headerLength}`,
    );
  }
  const total = PREFIX_BYTES + headerLength + modelLength;
  if (total > MAX_BUNDLE_BYTES) {
    throw new InvalidInputError('TOO_LARGE', `a bundle must have at most ${MAX_BUNDLE_BYTES} bytes; got ${total}`);
  }
}

function checksum(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT)).update(bytes.subarray(PREFIX_BYTES)).digest();
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidInputError('MODEL_FORMAT', 'a bundle header must be JSON in UTF-8', { cause });
  }
}

function corrupt(problem: string): StorageError {
  return new StorageError('ARTIFACT_CORRUPT', `the bundle ${problem}`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
