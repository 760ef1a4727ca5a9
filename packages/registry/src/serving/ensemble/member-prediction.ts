import type { Prediction } from '@mlperf/core';
import type { ServedPrediction } from '../prediction-request.ts';
import type { ServedAnswer } from '../served-version.ts';
import { memberPredictionId } from './decided-outcomes.ts';
import type { MemberVote } from './ensemble-request.ts';

/** A vote with an answer. */
export type AnsweredVote = MemberVote & { readonly answer: ServedAnswer };

/** What is recorded of one member beside the ensemble's own prediction: the same decision, with its own version. */
export function memberPrediction(live: ServedPrediction, vote: AnsweredVote): Prediction {
  const { features: _, ...rest } = live;
  return {
    ...rest,
    id: memberPredictionId(live.id, vote.memberName),
    role: 'member',
    modelVersionId: vote.modelVersionId ?? '',
    ...vote.answer,
  };
}
