import { createHash } from 'node:crypto';
import {
  type ArtifactRef,
  type ArtifactStore,
  ConflictError,
  InvalidInputError,
  requireBytes,
  requireSha256,
  StorageError,
} from '@mlperf/core';
import { sortedPage } from '../sorted-page.ts';
import type { StoreRunner } from '../store-runner.ts';
import type { StoredArtifact, Tables } from '../tables.ts';

const MAX_ARTIFACT_BYTES = 256 * 2 ** 20;

export function createArtifactStore(tables: Tables, run: StoreRunner): ArtifactStore {
  return {
    async put(content) {
      requireBytes(content);
      if (content.byteLength > MAX_ARTIFACT_BYTES) {
        throw new InvalidInputError(
          'TOO_LARGE',
          `artifact must be at most ${MAX_ARTIFACT_BYTES} bytes; got ${content.byteLength}`,
        );
      }
      const copy = Uint8Array.from(content);
      const ref: ArtifactRef = Object.freeze({ sha256: sha256Of(copy), bytes: copy.byteLength });
      return run(() => {
        if (!tables.artifacts.has(ref.sha256)) tables.artifacts.set(ref.sha256, { ...ref, content: copy });
        return ref;
      });
    },

    async get(sha256) {
      requireSha256(sha256);
      return run(() => {
        const stored = tables.artifacts.get(sha256);
        if (stored === undefined) return undefined;
        if (sha256Of(stored.content) !== sha256) {
          throw new StorageError('ARTIFACT_CORRUPT', `artifact ${sha256} must match its hash; it no longer does`);
        }
        return Uint8Array.from(stored.content);
      });
    },

    async list(page) {
      const read = sortedPage<StoredArtifact>(['artifacts'], [{ of: (row) => row.sha256, type: 'string' }], page);
      return run(() => {
        const { items, ...rest } = read(tables.artifacts.values());
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
        tables.artifacts.delete(sha256);
      });
    },
  };
}

function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
