import { InvalidInputError, requireBytes } from '@mlperf/core';
import { PIECE_BYTES } from './limits.ts';

/** A caller's stream as pieces of {@link PIECE_BYTES}, the last one shorter: each a copy, checked. */
export async function* piecewise(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  for await (const given of requireStream(content)) {
    const bytes = requireBytes(given);
    for (let start = 0; start < bytes.byteLength; ) {
      const part = bytes.subarray(start, start + PIECE_BYTES - filled);
      piece.set(part, filled);
      start += part.byteLength;
      filled += part.byteLength;
      if (filled === PIECE_BYTES) {
        yield piece;
        piece = new Uint8Array(PIECE_BYTES);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield piece.slice(0, filled);
}

/** Bytes at hand as a stream. */
export async function* streamOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += PIECE_BYTES) {
    yield content.subarray(start, start + PIECE_BYTES);
  }
}

function requireStream(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (typeof content !== 'object' || content === null || !(Symbol.asyncIterator in content)) {
    throw new InvalidInputError('INVALID_RECORD', `artifact must be an async iterable of bytes; got ${typeof content}`);
  }
  return content;
}
