import {
  ConflictError,
  canonicalJson,
  canonicalRecord,
  type SearchSpace,
  type StorageStores,
  serializeSpace,
} from '@mlperf/core';
import { type CurrentSpace, readWidening } from './widened-space.ts';

/** Whether a study still has the space that a process searches: another process may have widened it. */
export class SpaceWatch {
  readonly #stores: Pick<StorageStores, 'studies'>;
  readonly #studyId: string;
  readonly #own: string;
  #seen = 0;
  /** The first space after the own one. */
  #wider: CurrentSpace | undefined;

  constructor(stores: Pick<StorageStores, 'studies'>, studyId: string, space: SearchSpace) {
    this.#stores = stores;
    this.#studyId = studyId;
    this.#own = canonicalJson(canonicalRecord(serializeSpace(space), 'searchSpace'));
  }

  /**
   * One read, where nothing has changed. A space is widened only while no trial is claimed: what holds after a claim
   * holds until its trial has ended.
   * @throws {@link ConflictError} `CONFLICT` when a trial below `below` has a wider space.
   */
  async requireOwnSpace(below: number): Promise<void> {
    for (;;) {
      const next = await readWidening(this.#stores, this.#studyId, this.#seen + 1);
      if (next === undefined) break;
      this.#seen++;
      if (canonicalJson(next.searchSpace) === this.#own) this.#wider = undefined;
      else this.#wider ??= next;
    }
    if (this.#wider === undefined || this.#wider.fromTrial >= below) return;
    throw new ConflictError(
      `study '${this.#studyId}' must be opened again with its wider space, which it has from trial ${this.#wider.fromTrial} on; ` +
        'here it is open with the one before',
    );
  }
}
