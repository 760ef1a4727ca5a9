import { createHash } from 'node:crypto';
import { InvalidInputError, MlperfError } from '@mlperf/core';

// A byte above 127, a CR-LF pair and an end-of-file mark: a transfer that treats the file as text shows at once.
const MAGIC = Uint8Array.of(0x89, 0x4d, 0x4c, 0x50, 0x46, 0x0d, 0x0a, 0x1a);
const VERSION_AT = 8;
const LENGTH_AT = 12;
const FAMILY_AT = 16;
const CHECKSUM_AT = 32;
const HEADER_BYTES = 64;
const FAMILY_BYTES = CHECKSUM_AT - FAMILY_AT;

/** The largest model file written or read, bytes: 1 GiB. A size is checked before memory is taken for it. */
export const MAX_MODEL_BYTES = 1024 * 1024 * 1024;

/** Which family a file belongs to, and the format version of its payload. */
export interface ModelFileKind {
  /** 1 to 16 printable ASCII characters. */
  readonly family: string;
  /** 1 to 65,535. */
  readonly formatVersion: number;
}

/**
 * Wraps a payload with magic, format version, family, length and checksum.
 *
 *   offset 0  magic (8) · 8 format version (u16) · 10 reserved, 0 (u16) · 12 payload length (u32)
 *   16 family, ASCII padded with zeros (16) · 32 SHA-256 of bytes 0–31 and the payload (32) · 64 payload
 *
 * Integers are little-endian.
 *
 * @throws {@link MlperfError} `TOO_LARGE` above {@link MAX_MODEL_BYTES}; `OUT_OF_RANGE` for a family no file can name.
 */
export function encodeModelFile(kind: ModelFileKind, payload: Uint8Array): Uint8Array {
  if (!/^[!-~]{1,16}$/.test(kind.family)) {
    throw new InvalidInputError('OUT_OF_RANGE', `family must be 1 to 16 ASCII characters; got '${kind.family}'`);
  }
  const length = HEADER_BYTES + payload.length;
  requireFileSize(length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC, 0);
  view.setUint16(VERSION_AT, kind.formatVersion, true);
  view.setUint32(LENGTH_AT, payload.length, true);
  bytes.set(new TextEncoder().encode(kind.family), FAMILY_AT);
  bytes.set(payload, HEADER_BYTES);
  bytes.set(checksumOf(bytes), CHECKSUM_AT);
  return bytes;
}

/**
 * The payload of a model file, a view on `bytes`.
 *
 * @param newest - The family expected and the newest format version it reads.
 * @throws {@link MlperfError} `INVALID_TYPE` | `TOO_LARGE` | `MODEL_FORMAT` (another kind of file, another family, an
 * unknown version) |
 * `ARTIFACT_CORRUPT` (truncated, longer than it says, or changed since it was written).
 */
export function decodeModelFile(
  newest: ModelFileKind,
  bytes: Uint8Array,
): { readonly formatVersion: number; readonly payload: Uint8Array } {
  if (!(bytes instanceof Uint8Array)) {
    throw new InvalidInputError('INVALID_TYPE', `a model file must be bytes in a Uint8Array; got ${typeof bytes}`);
  }
  requireFileSize(bytes.length);
  const start = bytes.subarray(0, MAGIC.length);
  if (start.some((byte, i) => byte !== MAGIC[i])) {
    throw new MlperfError('MODEL_FORMAT', `a model file must start with ${hex(MAGIC)}; got ${hex(start)}`);
  }
  if (bytes.length < HEADER_BYTES) {
    throw new MlperfError(
      'ARTIFACT_CORRUPT',
      `a model file must have at least ${HEADER_BYTES} bytes; got ${bytes.length}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const formatVersion = view.getUint16(VERSION_AT, true);
  const family = familyOf(bytes.subarray(FAMILY_AT, CHECKSUM_AT));
  if (family !== newest.family) {
    throw new MlperfError('MODEL_FORMAT', `the model file must be of family '${newest.family}'; got '${family}'`);
  }
  if (formatVersion < 1 || formatVersion > newest.formatVersion) {
    throw new MlperfError(
      'MODEL_FORMAT',
      `the model file must have format version 1 to ${newest.formatVersion}; got ${formatVersion}`,
    );
  }
  const stated = HEADER_BYTES + view.getUint32(LENGTH_AT, true);
  if (bytes.length !== stated) {
    throw new MlperfError('ARTIFACT_CORRUPT', `the model file must have ${stated} bytes; got ${bytes.length}`);
  }
  const checksum = checksumOf(bytes);
  const stored = bytes.subarray(CHECKSUM_AT, HEADER_BYTES);
  if (stored.some((byte, i) => byte !== checksum[i])) {
    throw new MlperfError(
      'ARTIFACT_CORRUPT',
      `the model file must have SHA-256 ${hex(stored)}; its bytes give ${hex(checksum)}`,
    );
  }
  return { formatVersion, payload: bytes.subarray(HEADER_BYTES) };
}

function checksumOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT)).update(bytes.subarray(HEADER_BYTES)).digest();
}

function requireFileSize(length: number): void {
  if (length > MAX_MODEL_BYTES) {
    throw new MlperfError('TOO_LARGE', `a model file may have at most ${MAX_MODEL_BYTES} bytes; got ${length}`);
  }
}

function familyOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  const text = field.subarray(0, end < 0 ? FAMILY_BYTES : end);
  return Array.from(text, (byte) => (byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '�')).join('');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
