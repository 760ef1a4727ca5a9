import { createHash } from 'node:crypto';
import {
  type ArtifactRef,
  type ArtifactStore,
  InvalidInputError,
  NotFoundError,
  type OrphanRequest,
  type Page,
  type PageRequest,
  requireBytes,
  requireOrphanRequest,
  requireSha256,
  StorageError,
} from '@mlperf/core';
import type { ArtifactCalls } from './artifact-calls.ts';
import type { ArtifactDirectory } from './artifact-directory.ts';
import { MAX_ARTIFACT_BYTES, MAX_STREAM_BYTES } from './limits.ts';
import { piecewise, streamOf } from './piecewise.ts';

/** Runs calls as one transaction. */
type InTransaction = <T>(work: (calls: ArtifactCalls) => Promise<T>) => Promise<T>;

/** The artifact store in front of the database and, where the host gives one, of a directory. */
export class SqlArtifacts implements ArtifactStore {
  readonly #calls: ArtifactCalls;
  readonly #inTransaction: InTransaction;
  readonly #directory: ArtifactDirectory | undefined;
  readonly #isInside: boolean;

  /** @param inTransaction - Left out inside a transaction, where every call is a part of it. */
  constructor(calls: ArtifactCalls, directory: ArtifactDirectory | undefined, inTransaction?: InTransaction) {
    this.#calls = calls;
    this.#directory = directory;
    this.#isInside = inTransaction === undefined;
    this.#inTransaction = inTransaction ?? ((work) => work(calls));
  }

  async put(content: Uint8Array): Promise<ArtifactRef> {
    if (this.#directory === undefined) return this.#calls.put(content);
    const copy = requireBytes(content).slice();
    return this.#putFile(this.#directory, streamOf(copy), MAX_ARTIFACT_BYTES);
  }

  async putStream(content: AsyncIterable<Uint8Array>): Promise<ArtifactRef> {
    const stream = piecewise(content);
    if (this.#directory !== undefined) return this.#putFile(this.#directory, stream, MAX_STREAM_BYTES);
    const upload = await this.#calls.openUpload();
    try {
      const hash = createHash('sha256');
      let bytes = 0;
      let position = 0;
      for await (const piece of stream) {
        bytes += piece.byteLength;
        if (bytes > MAX_STREAM_BYTES) {
          throw new InvalidInputError('TOO_LARGE', `an artifact must be at most ${MAX_STREAM_BYTES} bytes; got more`);
        }
        hash.update(piece);
        await this.#calls.putPiece(upload, position++, piece);
      }
      const artifact = { sha256: hash.digest('hex'), bytes };
      await this.#calls.finishUpload(upload, artifact);
      return artifact;
    } catch (error) {
      // If even this fails, the next sweep does it.
      await this.#calls.dropUpload(upload).catch(() => undefined);
      throw error;
    }
  }

  async get(sha256: string): Promise<Uint8Array | undefined> {
    const place = this.#directory === undefined ? undefined : await this.#calls.locate(sha256);
    if (this.#directory === undefined || place?.inDirectory !== true) return this.#calls.get(sha256);
    if (place.bytes > MAX_ARTIFACT_BYTES) {
      throw new InvalidInputError(
        'TOO_LARGE',
        `an artifact above ${MAX_ARTIFACT_BYTES} bytes must be streamed; this one has ${place.bytes}`,
      );
    }
    const content = new Uint8Array(place.bytes);
    let filled = 0;
    for await (const piece of this.#directory.read({ sha256, bytes: place.bytes })) {
      if (filled + piece.byteLength > place.bytes) {
        throw new StorageError(
          'ARTIFACT_CORRUPT',
          `artifact ${sha256} must have ${place.bytes} bytes; its file has grown`,
        );
      }
      content.set(piece, filled);
      filled += piece.byteLength;
    }
    return content;
  }

  async getStream(sha256: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const place = await this.#calls.locate(sha256);
    if (place === undefined) return undefined;
    if (place.inDirectory) {
      if (this.#directory !== undefined) return this.#directory.read({ sha256, bytes: place.bytes });
      throw new StorageError(
        'STORAGE_FAILURE',
        `artifact ${sha256} is in a directory: open the storage with that directory to read it`,
      );
    }
    if (place.upload !== undefined) return this.#pieces(sha256, place.upload, place.bytes);
    const content = await this.#calls.get(sha256);
    return content === undefined ? undefined : streamOf(content);
  }

  list(page?: PageRequest): Promise<Page<ArtifactRef>> {
    return this.#calls.list(page);
  }

  async remove(sha256: string): Promise<void> {
    requireSha256(sha256);
    if (await this.#calls.remove(sha256)) await this.#removeFiles([sha256]);
  }

  async removeOrphans(request: OrphanRequest): Promise<readonly ArtifactRef[]> {
    const { olderThanMs, limit } = requireOrphanRequest(request);
    const removed = await this.#calls.removeOrphans({ olderThanMs, limit });
    await this.#removeFiles(removed.filter(({ inDirectory }) => inDirectory).map(({ sha256 }) => sha256));
    if (this.#directory !== undefined && !this.#isInside) await this.#removeStrays(this.#directory, olderThanMs);
    return removed.map(({ sha256, bytes }) => ({ sha256, bytes }));
  }

  /**
   * Removes the files of artifacts that are noted no more. Only what is committed counts: inside a transaction, which may
   * yet be rolled back, the files are left to the next sweep, as after a crash.
   */
  async #removeFiles(sha256s: readonly string[]): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined || this.#isInside || sha256s.length === 0) return;
    await this.#inTransaction(async (calls) => {
      // Under the lock of the transaction: whoever puts one of them again names its file before or afterwards.
      const noted = new Set(await calls.locateInDirectory(sha256s));
      for (const sha256 of sha256s) if (!noted.has(sha256)) await directory.remove(sha256);
    });
  }

  async #putFile(
    directory: ArtifactDirectory,
    content: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<ArtifactRef> {
    const draft = await directory.draft(content, maxBytes);
    try {
      // Under the lock of the transaction no sweep can take the file between its naming and its noting.
      await this.#inTransaction(async (calls) => {
        await draft.publish();
        await calls.putInDirectory(draft.artifact);
      });
      return draft.artifact;
    } finally {
      await draft.discard();
    }
  }

  /** Files that no artifact of the database refers to. */
  async #removeStrays(directory: ArtifactDirectory, olderThanMs: number): Promise<void> {
    const before = (await directory.now()) - olderThanMs;
    for await (const names of directory.listBefore(before)) {
      await this.#inTransaction(async (calls) => {
        const known = new Set(await calls.locateInDirectory(names));
        for (const name of names) if (!known.has(name)) await directory.removeBefore(name, before);
      });
    }
  }

  async *#pieces(sha256: string, upload: number, bytes: number): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let read = 0;
    for (let position = 0; read < bytes; position++) {
      const piece = await this.#calls.getPiece(upload, position);
      if (piece === undefined) {
        if ((await this.#calls.locate(sha256)) === undefined) {
          throw new NotFoundError(`artifact ${sha256} must stay while it is read; it has been removed`);
        }
        break;
      }
      hash.update(piece);
      read += piece.byteLength;
      yield piece;
    }
    const actual = hash.digest('hex');
    if (actual !== sha256) {
      throw new StorageError('ARTIFACT_CORRUPT', `artifact ${sha256} must have that hash; its pieces have ${actual}`);
    }
  }
}
