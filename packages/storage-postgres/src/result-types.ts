import { StorageError } from '@mlperf/core';

const BYTEA = 17;
const INT8 = 20;
const FLOAT8 = 701;

/** Array types that parameters have. */
export const ARRAY_OIDS: readonly number[] = [1009, 1016, 1022];

/** How the text form of a type becomes a value, by the type's number; any other type stays text. */
export const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [BYTEA]: parseBytes,
  [INT8]: parseInteger,
  [FLOAT8]: Number,
};

/** The same for every connection, whatever the host has set for the driver as a whole. */
export const RESULT_TYPES = {
  getTypeParser(oid: number): (value: never) => unknown {
    return PARSERS[oid] ?? asText;
  },
};

function asText(text: string): string {
  return text;
}

function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) && Math.abs(value) !== 2 ** 53) {
    throw new StorageError('STORAGE_CORRUPT', `a stored integer must be within ±2⁵³; found ${text}`);
  }
  return value;
}

function parseBytes(text: string): Uint8Array {
  if (!text.startsWith('\\x')) {
    throw new StorageError('STORAGE_CORRUPT', `bytes must come in hexadecimal form; got '${text.slice(0, 8)}'`);
  }
  // A copy of its own: a small Buffer would be a view of memory that others share.
  return new Uint8Array(Buffer.from(text.slice(2), 'hex'));
}
