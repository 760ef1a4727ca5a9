import {
  brierScoreOf,
  type Clock,
  InvalidInputError,
  type ModelSource,
  OutcomeAggregate,
  type RollupStore,
  type StorageStores,
} from '@mlperf/core';

export interface SelectionOptions {
  /** How many members answer for the ensemble, at least 1. */
  readonly top: number;
  /** Days of predictions a member is judged by, > 0; default 30. */
  readonly days?: number;
  /** Fewer outcomes than this judge nobody: such a member stays. A whole number ≥ 1, default 100. */
  readonly minimumOutcomes?: number;
  /** What the best is best at; default `accuracy`. */
  readonly metric?: 'accuracy' | 'brier_score';
}

/** How one member has done, over all its versions that are still stored. */
export interface MemberStanding {
  readonly memberName: string;
  readonly outcomes: number;
  /** Absent without outcomes. */
  readonly accuracy?: number;
  /** Of the stated confidence; 0 is best. */
  readonly brierScore?: number;
  readonly selected: boolean;
}

const DAY_MS = 86_400_000;
const FORMAT_VERSION = 1;
const METRICS: readonly NonNullable<SelectionOptions['metric']>[] = ['accuracy', 'brier_score'];

export interface MemberSelectionOptions {
  readonly stores: Pick<StorageStores, 'rollups' | 'monitorStates'>;
  readonly source: Pick<ModelSource, 'getVersion'>;
  /** Of the ensemble. */
  readonly modelName: string;
  readonly versionId: string;
  readonly members: readonly string[];
  /** Absent: all members are selected for good. */
  readonly selection: SelectionOptions | undefined;
  readonly clock: Clock;
}

/** Which members answer for an ensemble; kept in the store. */
export class MemberSelection {
  readonly #options: MemberSelectionOptions;
  readonly #key: string;
  #selected: ReadonlySet<string>;

  private constructor(options: MemberSelectionOptions, selected: ReadonlySet<string>) {
    this.#options = options;
    this.#key = `${options.versionId}/selection`;
    this.#selected = selected;
  }

  static async restore(options: MemberSelectionOptions): Promise<MemberSelection> {
    const { members, selection, stores } = options;
    const restored = new MemberSelection(options, new Set(members));
    if (selection === undefined) return restored;
    const state = (await stores.monitorStates.get(restored.#key))?.state;
    const names: readonly unknown[] =
      state?.formatVersion === FORMAT_VERSION && Array.isArray(state.selected) ? state.selected : members;
    restored.#selected = new Set(members.filter((name) => names.includes(name)));
    return restored;
  }

  has(memberName: string): boolean {
    return this.#selected.has(memberName);
  }

  /** @throws {@link InvalidInputError} `INVALID_CONFIG` without rules to select by. */
  async choose(): Promise<readonly MemberStanding[]> {
    const { selection, stores, source, clock } = this.#options;
    if (selection === undefined) {
      throw new InvalidInputError('INVALID_CONFIG', 'a selection needs the predictor opened with selection; got none');
    }
    const now = clock.now();
    const standings = await selectMembers(stores, source, this.#options, selection, now);
    const selected = standings.filter((one) => one.selected).map(({ memberName }) => memberName);
    const state = { formatVersion: FORMAT_VERSION, selected };
    await stores.monitorStates.put({ modelVersionId: this.#key, sequence: 0, state, updatedAt: now });
    this.#selected = new Set(selected);
    return standings;
  }
}

/**
 * Ranks members by their roll-ups as members of this ensemble, and selects the best; a tie goes to the one that stands
 * first. Members with too few outcomes stay selected beside the best.
 * @param now - Epoch milliseconds.
 */
async function selectMembers(
  stores: { readonly rollups: Pick<RollupStore, 'totals'> },
  source: Pick<ModelSource, 'getVersion'>,
  ensemble: { readonly modelName: string; readonly members: readonly string[] },
  options: SelectionOptions,
  now: number,
): Promise<readonly MemberStanding[]> {
  const { top, days = 30, minimumOutcomes = 100, metric = 'accuracy' } = requireSelection(options);
  const range = { from: now - days * DAY_MS, to: now + 1 };
  const { versions } = await stores.rollups.totals({ modelName: ensemble.modelName, role: 'member', ...range });
  const sums = new Map<string, OutcomeAggregate>();
  for (const { modelVersionId, outcomes } of versions) {
    const name = (await source.getVersion(modelVersionId))?.modelName;
    if (name === undefined) continue;
    const sum = sums.get(name) ?? new OutcomeAggregate();
    sum.merge(outcomes);
    sums.set(name, sum);
  }
  const standings = ensemble.members.map((memberName) => standingOf(memberName, sums.get(memberName)));
  const judged = standings.filter(({ outcomes }) => outcomes >= minimumOutcomes);
  const merit = (one: Omit<MemberStanding, 'selected'>) =>
    metric === 'accuracy' ? (one.accuracy ?? 0) : -(one.brierScore ?? Number.POSITIVE_INFINITY);
  const best = new Set([...judged].sort((a, b) => merit(b) - merit(a)).slice(0, top));
  return standings.map((one) => ({ ...one, selected: best.has(one) || one.outcomes < minimumOutcomes }));
}

/** @throws {@link InvalidInputError} `INVALID_CONFIG`. */
export function requireSelection(options: SelectionOptions): SelectionOptions {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidInputError('INVALID_CONFIG', 'selection must be an object');
  }
  const { top, days = 30, minimumOutcomes = 100, metric = 'accuracy' } = options;
  if (!METRICS.includes(metric)) throw refused('metric', METRICS.join(' or '), metric);
  if (!(Number.isInteger(top) && top >= 1)) throw refused('top', 'a whole number of at least 1', top);
  if (!(days > 0 && Number.isFinite(days))) throw refused('days', 'above 0 and finite', days);
  if (!(Number.isInteger(minimumOutcomes) && minimumOutcomes >= 1)) {
    throw refused('minimumOutcomes', 'a whole number of at least 1', minimumOutcomes);
  }
  return options;
}

function standingOf(memberName: string, sum: OutcomeAggregate | undefined): Omit<MemberStanding, 'selected'> {
  if (sum === undefined || sum.count === 0) return { memberName, outcomes: 0 };
  const brierScore = brierScoreOf(sum);
  return {
    memberName,
    outcomes: sum.count,
    accuracy: sum.correct / sum.count,
    ...(brierScore !== undefined && { brierScore }),
  };
}

function refused(field: string, expectation: string, came: unknown): InvalidInputError {
  return new InvalidInputError('INVALID_CONFIG', `selection.${field} must be ${expectation}; got ${String(came)}`);
}
