import {
  InvalidInputError,
  type JsonObject,
  NotFoundError,
  type OptimizationDirection,
  type SearchSpace,
  type StorageStores,
  type StudyRecord,
} from '@mlperf/core';
import { pointOfSpace } from '../results/point-of-space.ts';
import { storedTrials } from '../study/stored-trials.ts';
import { rowsScored, type TimeSpan, trialsBefore } from './trials-before.ts';
import {
  LEAST_WEIGHT,
  MOST_OBSERVATIONS,
  type WarmObservation,
  type WarmStart,
  type WarmStartOptions,
} from './warm-start.ts';

/** The study that is to learn. */
export interface LearningStudy {
  readonly studyId: string;
  readonly modelType: string;
  readonly metric: string;
  readonly direction: OptimizationDirection;
  readonly space: SearchSpace;
  readonly baseParams: JsonObject;
  /** Newest time of its data. */
  readonly dataEndsAt: number;
  /** When the rows are that its trials are scored on. */
  readonly scored: TimeSpan;
  /** Score of the best answer without features on its own rows; absent where the metric has none. */
  readonly noSkillScore?: number | undefined;
}

/**
 * What a new study may take from earlier ones: their complete trials, as losses on its own scale, each discounted by how
 * much older its data is.
 *
 *   weight = 2^(−age / halfLifeMs),  age = how much earlier the newest row of the earlier study's data is, at least 0
 *   loss here = loss there · n/n′ for a metric that is minimised and whose n, n′ are above 0,
 *               loss there + n − n′ otherwise;  n, n′: the loss of the best answer without features, here and there
 *
 * Scores on different data differ by what the data makes easy, and a score without skill carries that difference alone:
 * errors go with its scale, the others with its place.
 *
 * A trial counts when its hyperparameters are a point of the new space, and what is outside of it is fixed here to the
 * same value; anything else is left out, and counted.
 *
 * @throws `NOT_FOUND`; {@link InvalidInputError} `INVALID_RECORD` for a study of another model type, metric or direction,
 * or the study itself; storage errors.
 */
export async function learnFromStudies(
  stores: Pick<StorageStores, 'studies' | 'trials' | 'artifacts'>,
  { studies, halfLifeMs }: WarmStartOptions,
  learner: LearningStudy,
): Promise<WarmStart> {
  const found: (WarmObservation & { readonly from: number; readonly trialNumber: number })[] = [];
  const leftOut = { notComplete: 0, otherSpace: 0, notComparable: 0, tooOld: 0 };
  for (const [from, studyId] of studies.entries()) {
    requireAlike(await requireStudy(stores, studyId), learner);
    const trials = [...(await storedTrials(stores, studyId)).values()];
    const there = await rowsScored(stores, trials);
    for (const trial of trials) {
      const { meanCvScore, trialNumber = 0 } = trial;
      if (trial.state !== 'complete' || meanCvScore === undefined) leftOut.notComplete++;
      else {
        const parameters = pointOfSpace(learner.space, learner.baseParams, trial.hyperparameters);
        const loss = there === undefined ? undefined : comparableLoss(meanCvScore, there.noSkillScore, learner);
        if (parameters === undefined) leftOut.otherSpace++;
        else if (there === undefined || loss === undefined) leftOut.notComparable++;
        else {
          const age = Math.max(0, learner.dataEndsAt - there.dataEndsAt);
          const weight = 2 ** (-age / halfLifeMs);
          if (weight < LEAST_WEIGHT) leftOut.tooOld++;
          else found.push({ parameters, loss, weight, from, trialNumber });
        }
      }
    }
  }
  found.sort((a, b) => a.weight - b.weight || b.from - a.from || a.trialNumber - b.trialNumber);
  const kept = found.slice(-MOST_OBSERVATIONS);
  return {
    observations: kept.map(({ parameters, loss, weight }) => ({ parameters, loss, weight })),
    leftOut: { ...leftOut, tooMany: found.length - kept.length },
    tried: await trialsBefore(stores, studies, learner.scored),
  };
}

async function requireStudy(stores: Pick<StorageStores, 'studies'>, studyId: string): Promise<StudyRecord> {
  const study = await stores.studies.get(studyId);
  if (study !== undefined) return study;
  throw new NotFoundError(`study '${studyId}', to learn from, must be stored; it is not`);
}

function requireAlike(earlier: StudyRecord, learner: LearningStudy): void {
  if (earlier.studyId === learner.studyId) {
    throw new InvalidInputError('INVALID_RECORD', `a study must learn from others; got '${earlier.studyId}' itself`);
  }
  for (const field of ['modelType', 'metric', 'direction'] as const) {
    if (earlier[field] === learner[field]) continue;
    throw new InvalidInputError(
      'INVALID_RECORD',
      `study '${earlier.studyId}', to learn from, must have ${field} '${learner[field]}'; it has '${earlier[field]}'`,
    );
  }
}

function comparableLoss(
  score: number,
  there: number | undefined,
  { noSkillScore: here, direction }: LearningStudy,
): number | undefined {
  if (there === undefined || here === undefined) return undefined;
  // In this order a score on data that is as easy stays what it is, to the last bit.
  if (direction === 'maximize') return -(score + (here - there));
  return there > 0 && here > 0 ? score * (here / there) : score + (here - there);
}
