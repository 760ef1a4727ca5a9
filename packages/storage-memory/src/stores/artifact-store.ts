import { createHash } from 'node:crypto';
import {
  type ArtifactRef,
  type ArtifactStore,
  type Clock,
  ConflictError,
  compareText,
  InvalidInputError,
  requireBytes,
  requireOrphanRequest,
  requireSha256,
  StorageError,
} from '@mlperf/core';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { StoredArtifact, Tables } from '../tables.ts';

const MAX_ARTIFACT_BYTES = 256 * 2 ** 20;
/** A stream is held whole here: memory is where it is stored. */
const MAX_STREAM_BYTES = 16 * 2 ** 30;
const PIECE_BYTES = 2 ** 20;

export function createArtifactStore(tables: Tables, clock: Clock, run: StoreRunner): ArtifactStore {
  const store = (content: Uint8Array): Promise<ArtifactRef> => {
    const ref: ArtifactRef = Object.freeze({ sha256: sha256Of(content), bytes: content.byteLength });
    return run(() => {
      const kept = tables.artifacts.get(ref.sha256)?.content ?? content;
      tables.artifacts.set(ref.sha256, { ...ref, content: kept, storedAt: clock.now() });
      return ref;
    });
  };
  const read = (sha256: string): Promise<Uint8Array | undefined> =>
    run(() => {
      const stored = tables.artifacts.get(sha256);
      if (stored === undefined) return undefined;
      if (sha256Of(stored.content) !== sha256) {
        throw new StorageError('ARTIFACT_CORRUPT', `artifact ${sha256} must match its hash; it no longer does`);
      }
      return stored.content;
    });
  return {
    async put(content) {
      requireBytes(content);
      if (content.byteLength > MAX_ARTIFACT_BYTES) {
        throw new InvalidInputError(
          'TOO_LARGE',
          `artifact must be at most ${MAX_ARTIFACT_BYTES} bytes; got ${content.byteLength}: stream it`,
        );
      }
      return store(Uint8Array.from(content));
    },

    async putStream(content) {
      if (typeof content !== 'object' || content === null || !(Symbol.asyncIterator in content)) {
        throw new InvalidInputError(
          'INVALID_RECORD',
          `artifact must be an async iterable of bytes; got ${typeof content}`,
        );
      }
      const pieces: Uint8Array[] = [];
      let bytes = 0;
      for await (const piece of content) {
        bytes += requireBytes(piece).byteLength;
        if (bytes > MAX_STREAM_BYTES) {
          throw new InvalidInputError('TOO_LARGE', `artifact must be at most ${MAX_STREAM_BYTES} bytes; got more`);
        }
        pieces.push(Uint8Array.from(piece));
      }
      return store(Buffer.concat(pieces));
    },

    async get(sha256) {
      requireSha256(sha256);
      const content = await read(sha256);
      if (content !== undefined && content.byteLength > MAX_ARTIFACT_BYTES) {
        throw new InvalidInputError(
          'TOO_LARGE',
          `an artifact above ${MAX_ARTIFACT_BYTES} bytes must be streamed; this one has ${content.byteLength}`,
        );
      }
      return content === undefined ? undefined : Uint8Array.from(content);
    },

    async getStream(sha256) {
      requireSha256(sha256);
      const content = await read(sha256);
      return content === undefined ? undefined : piecesOf(content);
    },

    async list(page) {
      const readPage = sortedPage<StoredArtifact>(['artifacts'], [{ of: (row) => row.sha256, type: 'string' }], page);
      return run(() => {
        const { items, ...rest } = readPage(tables.artifacts.values());
        return { ...rest, items: items.map(({ sha256, bytes }) => ({ sha256, bytes })) };
      });
    },

    async remove(sha256) {
      requireSha256(sha256);
      return run(() => {
        for (const { stored } of tables.versions.values()) {
          if (stored.artifact.sha256 === sha256) {
            throw new ConflictError(
              `artifact ${sha256} must be out of use to be removed; '${stored.versionId}' refers to it`,
            );
          }
        }
        for (const { experimentId, outOfSample, modelArtifact } of tables.experiments.values()) {
          if ([outOfSample?.predictions, outOfSample?.rows, modelArtifact].includes(sha256)) {
            throw new ConflictError(
              `artifact ${sha256} must be out of use to be removed; experiment '${experimentId}' refers to it`,
            );
          }
        }
        tables.artifacts.delete(sha256);
      });
    },

    async removeOrphans(request) {
      const { olderThanMs, limit } = requireOrphanRequest(request);
      return run(() => {
        const used = new Set(Array.from(tables.versions.values(), ({ stored }) => stored.artifact.sha256));
        for (const { outOfSample, modelArtifact } of tables.experiments.values()) {
          if (outOfSample !== undefined) used.add(outOfSample.predictions).add(outOfSample.rows);
          if (modelArtifact !== undefined) used.add(modelArtifact);
        }
        const before = clock.now() - olderThanMs;
        const orphans = [...tables.artifacts.values()]
          .filter(({ sha256, storedAt }) => storedAt < before && !used.has(sha256))
          .sort((a, b) => a.storedAt - b.storedAt || compareText(a.sha256, b.sha256))
          .slice(0, limit);
        for (const { sha256 } of orphans) tables.artifacts.delete(sha256);
        return orphans.map(({ sha256, bytes }) => ({ sha256, bytes }));
      });
    },
  };
}

async function* piecesOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < content.byteLength; start += PIECE_BYTES) yield content.slice(start, start + PIECE_BYTES);
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
