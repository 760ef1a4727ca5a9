import type { Page, PageRequest } from '../types/paging.ts';

export interface ArtifactRef {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface OrphanRequest {
  /** Only what was stored, or put again, longer ago than this, milliseconds ≥ 0, by the storage's clock. */
  readonly olderThanMs: number;
  /** Removed at most, 1 to 10,000; default 1,000. */
  readonly limit?: number;
}

/** Bytes by content hash. No caller-given path or name reaches it. */
export interface ArtifactStore {
  /** Idempotent. @throws `TOO_LARGE` above 256 MiB: stream it. */
  put(content: Uint8Array): Promise<ArtifactRef>;
  /**
   * As `put`, of any length up to 16 GiB, without ever holding it all in memory. The artifact is there once the promise
   * resolves and not before; a stream that fails leaves nothing that is found.
   * @throws What the stream throws; `INVALID_RECORD` for a piece that is no Uint8Array; `TOO_LARGE`.
   */
  putStream(content: AsyncIterable<Uint8Array>): Promise<ArtifactRef>;
  /**
   * A copy of the bytes, verified.
   * @throws `ARTIFACT_CORRUPT` if they no longer match; `TOO_LARGE` above 256 MiB: stream it; `INVALID_QUERY` for
   * anything but a hash.
   */
  get(sha256: string): Promise<Uint8Array | undefined>;
  /**
   * The bytes piece by piece. Their hash is known only at the end: the iteration throws `ARTIFACT_CORRUPT` instead of
   * ending, so use nothing of it before it has ended.
   */
  getStream(sha256: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** By hash. */
  list(page?: PageRequest): Promise<Page<ArtifactRef>>;
  /** @throws `CONFLICT` while a model version or an experiment refers to it. Absent is fine. */
  remove(sha256: string): Promise<void>;
  /**
   * Removes artifacts to which no model version and no experiment refers, oldest first, and what is left of streams
   * that broke off an hour before that.
   * @param request.olderThanMs - Longer than a registration takes from its `put` to its `register`, or a trial from its to its record.
   * @returns what was removed; fewer than `limit` when nothing is left to remove.
   */
  removeOrphans(request: OrphanRequest): Promise<readonly ArtifactRef[]>;
}
