import type { ArtifactRef, Page, PageRequest } from '@mlperf/core';

/** Where the bytes of an artifact are. */
export interface ArtifactPlace {
  readonly bytes: number;
  /** Their pieces, when they are stored in pieces. */
  readonly upload?: number;
  /** Whether they are a file of the artifact directory. */
  readonly inDirectory: boolean;
}

/** One page of a removal of orphans: what goes, and whether its file goes with it. */
export interface RemovedArtifact extends ArtifactRef {
  readonly inDirectory: boolean;
}

/** What the front of an artifact store asks of the database, each a call that may cross a thread. */
export interface ArtifactCalls {
  put(content: Uint8Array): Promise<ArtifactRef>;
  /** Notes an artifact whose bytes are in the directory. */
  putInDirectory(artifact: ArtifactRef): Promise<void>;
  /** @throws `STORAGE_FAILURE` for one in the directory, which the database cannot read. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  locate(sha256: string): Promise<ArtifactPlace | undefined>;
  /** Which of these are stored as files of the directory. */
  locateInDirectory(sha256s: readonly string[]): Promise<readonly string[]>;
  /** @returns the number of a new upload. */
  openUpload(): Promise<number>;
  putPiece(upload: number, position: number, content: Uint8Array): Promise<void>;
  /** Makes an artifact of the pieces of an upload, unless there is one of that hash already. */
  finishUpload(upload: number, artifact: ArtifactRef): Promise<void>;
  /** Takes an upload back, with its pieces; one that became an artifact stays. */
  dropUpload(upload: number): Promise<void>;
  /** A stretch of an artifact stored in pieces; `undefined` past its end, or when it has been removed. */
  getPiece(upload: number, position: number): Promise<Uint8Array | undefined>;
  list(page?: PageRequest): Promise<Page<ArtifactRef>>;
  /** @returns whether its bytes were in the directory. */
  remove(sha256: string): Promise<boolean>;
  removeOrphans(request: { readonly olderThanMs: number; readonly limit: number }): Promise<readonly RemovedArtifact[]>;
}
