import { InvalidInputError, type JsonObject } from '@mlperf/core';
import type { ObservedTrial, SampledPoint } from '../samplers/sampler.ts';

/** Earlier studies that a search may learn from. */
export interface WarmStartOptions {
  /** Ids of stored studies of the same model type and metric; at least 1, each once. */
  readonly studies: readonly string[];
  /** After how much older data a result counts half; above 0. */
  readonly halfLifeMs: number;
}

/** Why complete trials of earlier studies are not learned from. */
export interface LeftOutTrials {
  /** Pruned or failed. */
  readonly notComplete: number;
  /** A parameter of the space is missing, out of range or off its step, or one outside of it has another value. */
  readonly otherSpace: number;
  /** There is no score without skill to compare with, there or here. */
  readonly notComparable: number;
  /** Older than ten half-lives. */
  readonly tooOld: number;
  /** More than {@link MOST_OBSERVATIONS}: the oldest. */
  readonly tooMany: number;
}

/** One result of an earlier study, as a sampler is to see it. */
export interface WarmObservation {
  readonly parameters: SampledPoint;
  readonly loss: number;
  /** In [2⁻¹⁰, 1]. */
  readonly weight: number;
}

/** What a study learned from others when it was created. It stays so. */
export interface WarmStart {
  /** The oldest data first. */
  readonly observations: readonly WarmObservation[];
  readonly leftOut: LeftOutTrials;
  /**
   * Trials tried by these studies, and those they learned from, on data that overlaps in time: their luck is this study's
   * as well. Absent in studies created before it was counted.
   */
  readonly tried?: number;
}

/** More would make every suggestion dear and the study's record long. */
export const MOST_OBSERVATIONS = 250;

/** Ten half-lives. */
export const LEAST_WEIGHT = 2 ** -10;

/** @throws {@link InvalidInputError} `EMPTY_INPUT` | `OUT_OF_RANGE` | `INVALID_RECORD` for a study named twice. */
export function requireWarmStart({ studies, halfLifeMs }: WarmStartOptions): WarmStartOptions {
  if (studies.length === 0) throw new InvalidInputError('EMPTY_INPUT', 'warmStart.studies must name a study; got none');
  if (new Set(studies).size < studies.length) {
    throw new InvalidInputError('INVALID_RECORD', `warmStart.studies must differ; got ${studies.join(', ')}`);
  }
  if (!(halfLifeMs > 0 && Number.isFinite(halfLifeMs))) {
    throw new InvalidInputError('OUT_OF_RANGE', `warmStart.halfLifeMs must be finite and above 0; got ${halfLifeMs}`);
  }
  return { studies: [...studies], halfLifeMs };
}

/** As trials that ended before the study's own: their numbers are below 0, the newest data's the greatest. */
export function observedBefore({ observations }: WarmStart): readonly ObservedTrial[] {
  return observations.map(({ parameters, loss, weight }, i) => ({
    trialNumber: i - observations.length,
    state: 'complete',
    parameters,
    loss,
    weight,
  }));
}

/** As it is stored with the study. */
export function warmStartSettings({ studies, halfLifeMs }: WarmStartOptions, learned?: WarmStart): JsonObject {
  return {
    studies,
    halfLifeMs,
    ...(learned === undefined
      ? {}
      : {
          leftOut: { ...learned.leftOut },
          ...(learned.tried === undefined ? {} : { tried: learned.tried }),
          observations: learned.observations.map(({ parameters, loss, weight }) => ({ parameters, loss, weight })),
        }),
  };
}
