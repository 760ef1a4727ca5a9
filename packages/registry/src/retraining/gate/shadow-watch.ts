import type { Clock, ModelSlot, PerformanceStorage, RetrainingLogEntry } from '@mlperf/core';
import { DecisionReader, gainOf } from './decision-pairs.ts';
import { type ShadowTerms, shadowTermsOf, watchRulesOf } from './shadow-terms.ts';
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

/** How a challenge in shadow stands. `free`: it has not begun, and the place beside the champion is free. */
export type ShadowStanding =
  | { readonly status: 'waiting' | 'free' | 'champion-changed' | 'shadow-ended' }
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
  #watched: Watched | undefined;

  constructor(storage: Pick<PerformanceStorage, 'predictions' | 'slots'>, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** @param entry - In stage `evaluating`, judged on its sample. */
  async look(entry: RetrainingLogEntry): Promise<ShadowStanding> {
    const slot = await this.#storage.slots.get(entry.modelName);
    if (slot?.championVersionId === undefined || slot.championVersionId !== entry.oldVersionId) {
      return { status: 'champion-changed' };
    }
    const terms = shadowTermsOf(entry);
    if (terms === undefined) return { status: isFreeFor(slot, entry) ? 'free' : 'waiting' };
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

/** A watch after a promotion has the place beside the champion first. */
function isFreeFor(slot: ModelSlot, { newVersionId }: RetrainingLogEntry): boolean {
  return slot.probation === undefined && (slot.shadowVersionId ?? newVersionId) === newVersionId;
}
