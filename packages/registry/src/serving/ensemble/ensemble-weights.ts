import {
  type Clock,
  InvalidInputError,
  type JsonObject,
  MlperfError,
  type StorageStores,
  sameContent,
  type Weighting,
} from '@mlperf/core';
import { halfBrierLoss } from './combine-answers.ts';
import { decidedOutcomes } from './decided-outcomes.ts';

export type EnsembleStores = Pick<StorageStores, 'predictions' | 'monitorStates' | 'rollups'>;

export interface EnsembleWeightsOptions {
  readonly stores: EnsembleStores;
  readonly versionId: string;
  readonly members: readonly string[];
  readonly weighting: Weighting;
  readonly clock: Clock;
}

interface Standing {
  readonly state: JsonObject;
  /** The last outcome in it. */
  readonly sequence: number;
}

const FORMAT_VERSION = 1;
const OUTCOMES_AT_ONCE = 1_000;

/**
 * The weights of an ensemble's members: what the rule makes of the stored outcomes, one after the other in the order
 * they arrived. They follow from the store alone, so each outcome counts once, in whatever process and after any crash;
 * the stored state only saves beginning again.
 */
export class EnsembleWeights {
  readonly #options: EnsembleWeightsOptions;
  readonly #key: string;
  #standing: Standing;
  #weights: readonly number[];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: EnsembleWeightsOptions, standing: Standing) {
    this.#options = options;
    this.#key = weightsKey(options.versionId);
    this.#standing = standing;
    this.#weights = Array.from(options.weighting.weights(standing.state));
  }

  static async restore(options: EnsembleWeightsOptions): Promise<EnsembleWeights> {
    const { weighting, members } = options;
    const stored = await storedStanding(options);
    return new EnsembleWeights(options, stored ?? { state: weighting.start(members.length), sequence: 0 });
  }

  /** In the order of the members, summing to 1. */
  get weights(): readonly number[] {
    return this.#weights;
  }

  /** The last outcome the weights have seen. */
  get sequence(): number {
    return this.#standing.sequence;
  }

  /** Lets every outcome that arrived since the last time count. @returns how many there were. */
  adjust(): Promise<number> {
    const next = this.#last.catch(() => undefined).then(() => this.#adjust());
    this.#last = next;
    return next;
  }

  async #adjust(): Promise<number> {
    const { stores, versionId, members, weighting, clock } = this.#options;
    const stored = await storedStanding(this.#options);
    let { state, sequence } =
      stored !== undefined && stored.sequence > this.#standing.sequence ? stored : this.#standing;
    let counted = 0;
    for (;;) {
      const query = {
        modelVersionId: versionId,
        role: 'live',
        afterSequence: sequence,
        limit: OUTCOMES_AT_ONCE,
      } as const;
      const outcomes = await stores.predictions.outcomesAfter(query);
      for (const { observed, said, sequence: at } of await decidedOutcomes(stores.predictions, members, outcomes)) {
        state = weighting.update(
          state,
          said.map((probabilities) => probabilities && halfBrierLoss(probabilities, observed)),
        );
        sequence = at;
        counted++;
      }
      if (outcomes.length < OUTCOMES_AT_ONCE) break;
    }
    if (sequence > (stored?.sequence ?? 0)) {
      await stores.monitorStates.put({
        modelVersionId: this.#key,
        sequence,
        state: { formatVersion: FORMAT_VERSION, rule: weighting.rule, members: [...members], weighting: state },
        updatedAt: clock.now(),
      });
    }
    this.#standing = { state, sequence };
    this.#weights = Array.from(weighting.weights(state));
    return counted;
  }
}

/** Where the weights of an ensemble's version are kept among the monitor's states; the monitor's own has the bare id. */
export function weightsKey(versionId: string): string {
  return `${versionId}/weights`;
}

/** What is stored, if it can be gone on from; otherwise the outcomes are counted again from the first. */
async function storedStanding(options: EnsembleWeightsOptions): Promise<Standing | undefined> {
  const { stores, versionId, members, weighting } = options;
  const record = await stores.monitorStates.get(weightsKey(versionId));
  if (record === undefined) return undefined;
  const { formatVersion, rule, members: names, weighting: state } = record.state;
  const known =
    formatVersion === FORMAT_VERSION && sameContent({ rule, names }, { rule: weighting.rule, names: members });
  if (!known || typeof state !== 'object' || state === null || Array.isArray(state)) return undefined;
  try {
    const found = weighting.weights(state as JsonObject);
    if (found.length !== members.length) {
      throw new InvalidInputError('LENGTH_MISMATCH', `weights must be ${members.length}; got ${found.length}`);
    }
  } catch (error) {
    if (MlperfError.is(error)) return undefined;
    throw error;
  }
  return { state: state as JsonObject, sequence: record.sequence };
}
