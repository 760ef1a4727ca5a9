import type { Page, PageRequest } from '../types/paging.ts';

export interface ArtifactRef {
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Bytes by content hash. No caller-given path or name reaches it. */
export interface ArtifactStore {
  /** Idempotent. @throws `TOO_LARGE` above 256 MiB. */
  put(content: Uint8Array): Promise<ArtifactRef>;
  /** A copy of the bytes, verified. @throws `ARTIFACT_CORRUPT` if they no longer match; `INVALID_QUERY` for anything but a hash. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  /** By hash. */
  list(page?: PageRequest): Promise<Page<ArtifactRef>>;
  /** @throws `CONFLICT` while a model version refers to it. Absent is fine. */
  remove(sha256: string): Promise<void>;
}
