import type { ModelSlot, ModelStatus, StoredModelVersion } from '@mlperf/core';
import type { ModelPromotedEvent } from './registry-events.ts';

/** How many versions, and how many champions, one registry remembers. */
const CAPACITY = 1_000;

/** What a registry last saw of versions and champions; the oldest sighting makes room. */
export class VersionCache {
  readonly #versions = new Map<string, StoredModelVersion>();
  readonly #champions = new Map<string, string>();

  get versions(): ReadonlyMap<string, StoredModelVersion> {
    return this.#versions;
  }

  get champions(): ReadonlyMap<string, string> {
    return this.#champions;
  }

  putVersion(version: StoredModelVersion): void {
    remember(this.#versions, version.versionId, version);
  }

  setStatus(versionId: string, status: ModelStatus): void {
    const version = this.#versions.get(versionId);
    if (version !== undefined) this.putVersion({ ...version, status });
  }

  /** A version became champion in the place of another. */
  noteChange(version: StoredModelVersion, { modelName, versionId, previousVersionId }: ModelPromotedEvent): void {
    this.putVersion(version);
    this.putChampion(modelName, versionId);
    if (previousVersionId !== undefined) this.setStatus(previousVersionId, 'archived');
  }

  putSlot(slot: ModelSlot): void {
    if (slot.championVersionId === undefined) this.#champions.delete(slot.modelName);
    else this.putChampion(slot.modelName, slot.championVersionId);
  }

  putChampion(modelName: string, versionId: string): void {
    remember(this.#champions, modelName, versionId);
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= CAPACITY) break;
    map.delete(oldest);
  }
}
