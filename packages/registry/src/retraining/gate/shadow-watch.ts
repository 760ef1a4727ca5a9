import type { Clock, ModelSlot, PerformanceStorage, RetrainingConfig, RetrainingLogEntry } from '@mlperf/core';
import { DecisionReader, gainOf } from './decision-pairs.ts';
import { type ShadowTerms, shadowEndsAt, shadowTermsOf, watchRulesOf } from './shadow-terms.ts';
import { WatchedGain, type WatchedGainEvidence } from './watched-gain.ts';

/** The numbers of a challenge in shadow. */
export type ShadowEvidence = ShadowTerms &
  WatchedGainEvidence & {
    /** Decisions that only the champion answered, or whose outcome could not be scored. */
    readonly unpaired: number;
    /** Decisions at which a gain of this size would win; absent when no number would do, or the challenge is decided. */
    readonly rowsNeeded?: number;
  };

/** How far a challenge in shadow has come. */
export interface ShadowProgress {
  readonly decisions: number;
  readonly unpaired: number;
  /** Mean gain so far; absent before the first. */
  readonly gain?: number;
  /** Decisions at which a gain of this size would win; absent when no number would do. */
  readonly rowsNeeded?: number;
  /** When it ends undecided, epoch milliseconds, or after so many decisions. */
  readonly endsAt: number;
  readonly maxRows: number;
}

/**
 * How a challenge in shadow stands. `free`: it has not begun, and the place beside the champion is free. `no-place`: it was
 * not within its time.
 */
export type ShadowStanding =
  | { readonly status: 'free' | 'no-place' | 'champion-changed' | 'shadow-ended' }
  /** @property takenBy - A version in its place that no watch after a promotion has put there. */
  | { readonly status: 'waiting'; readonly takenBy?: string }
  | { readonly status: 'undecided'; readonly progress: ShadowProgress }
  | { readonly status: 'better' | 'not-better' | 'out-of-time'; readonly evidence: ShadowEvidence };

interface Watched {
  readonly retrainingId: string;
  readonly startedAt: number;
  readonly reader: DecisionReader;
  readonly gain: WatchedGain;
  unpaired: number;
}

/**
 * Looks at a challenge in shadow. It holds no lease and changes nothing: what it says follows from the stored terms and
 * outcomes alone, so every process finds the same, also after a restart, at the same decision.
 */
export class ShadowWatch {
  readonly #storage: Pick<PerformanceStorage, 'predictions' | 'slots'>;
  readonly #clock: Clock;
  readonly #config: Pick<RetrainingConfig, 'maxShadowDays'>;
  #watched: Watched | undefined;

  constructor(
    storage: Pick<PerformanceStorage, 'predictions' | 'slots'>,
    clock: Clock,
    config: Pick<RetrainingConfig, 'maxShadowDays'>,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#config = config;
  }

  /** @param entry - In stage `evaluating`, judged on its sample. */
  async look(entry: RetrainingLogEntry): Promise<ShadowStanding> {
    const slot = await this.#storage.slots.get(entry.modelName);
    if (slot?.championVersionId === undefined || slot.championVersionId !== entry.oldVersionId) {
      return { status: 'champion-changed' };
    }
    const terms = shadowTermsOf(entry);
    if (terms === undefined) return this.#beforeIt(slot, entry);
    if (slot.shadowVersionId !== entry.newVersionId) return { status: 'shadow-ended' };
    const watched = this.#of(entry, terms);
    for (const { live, shadow } of await watched.reader.read()) {
      if (watched.gain.found !== undefined || watched.gain.seen >= terms.maxRows) break;
      const known = shadow && gainOf(shadow, live, terms.score, terms.costPerTrade);
      if (known === undefined) watched.unpaired++;
      else watched.gain.add(known);
    }
    return this.#standing(terms, watched);
  }

  #beforeIt(slot: ModelSlot, entry: RetrainingLogEntry): ShadowStanding {
    if (this.#clock.now() >= shadowEndsAt(entry, this.#config)) return { status: 'no-place' };
    // A watch after a promotion has the place beside the champion first.
    if (slot.probation !== undefined) return { status: 'waiting' };
    const { shadowVersionId: takenBy = entry.newVersionId } = slot;
    return takenBy === undefined || takenBy === entry.newVersionId
      ? { status: 'free' }
      : { status: 'waiting', takenBy };
  }

  #standing(terms: ShadowTerms, { gain, unpaired }: Watched): ShadowStanding {
    const evidence = () => ({ ...terms, ...gain.evidence, unpaired });
    if (gain.found === 'above') return { status: 'better', evidence: evidence() };
    if (gain.found === 'below') return { status: 'not-better', evidence: evidence() };
    const { decisions, decisionsNeeded } = gain;
    const needed = decisionsNeeded === undefined ? {} : { rowsNeeded: decisionsNeeded };
    const { endsAt, maxRows } = terms;
    if (gain.seen >= maxRows || this.#clock.now() >= endsAt) {
      return { status: 'out-of-time', evidence: { ...evidence(), ...needed } };
    }
    const mean = gain.gain === undefined ? {} : { gain: gain.gain };
    return { status: 'undecided', progress: { decisions, unpaired, ...mean, ...needed, endsAt, maxRows } };
  }

  #of({ retrainingId, oldVersionId, newVersionId }: RetrainingLogEntry, terms: ShadowTerms): Watched {
    const known = this.#watched;
    if (known?.retrainingId === retrainingId && known.startedAt === terms.startedAt) return known;
    const { predictions } = this.#storage;
    const ids = { liveVersionId: oldVersionId!, shadowVersionId: newVersionId! };
    const watched = {
      retrainingId,
      startedAt: terms.startedAt,
      reader: new DecisionReader({ predictions, ...ids, from: terms.startedAt }),
      gain: new WatchedGain(watchRulesOf(terms)),
      unpaired: 0,
    };
    this.#watched = watched;
    return watched;
  }
}
