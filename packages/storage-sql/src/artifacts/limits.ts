/** The most bytes of an artifact held in memory at once. */
export const MAX_ARTIFACT_BYTES = 256 * 2 ** 20;

/** The most bytes of a streamed artifact. */
export const MAX_STREAM_BYTES = 16 * 2 ** 30;

/** Younger than this, bytes without an artifact may be on their way to become one, however soon orphans go. */
export const UNFINISHED_GRACE_MS = 3_600_000;

/** From here on an artifact is stored in pieces. */
export const PIECEWISE_BYTES = 8 * 2 ** 20;

/** Bytes of a piece: what one message to the database carries. */
export const PIECE_BYTES = 2 ** 20;
