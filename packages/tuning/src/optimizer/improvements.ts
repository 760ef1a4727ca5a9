import type { StudyReport } from '../results/study-report.ts';
import type { BaselineScore } from '../study/baseline-score.ts';
import type { EnsembleWeights } from './ensemble-weights.ts';
import type { FeatureImportanceReport } from './feature-importance.ts';
import type { EdgeParameter } from './parameters-at-edge.ts';

/** What an optimizer has found so far. */
export interface Findings {
  readonly features?: {
    readonly kept: number;
    readonly of: number;
    readonly scores?: { readonly all: number; readonly selected: number };
  };
  readonly study?: {
    readonly report: StudyReport;
    readonly atEdge: readonly EdgeParameter[];
    readonly baselines: readonly BaselineScore[];
  };
  readonly importance?: FeatureImportanceReport;
  readonly weights?: EnsembleWeights;
}

/** A feature with more than this share of the whole loss is likelier to be a leak than a discovery. */
const SUSPICIOUS_SHARE = 0.9;

/** One sentence for each thing that the findings say could be done, the gravest first. */
export function improvements(findings: Findings): readonly string[] {
  return [
    ...ofStudy(findings.study),
    ...ofImportance(findings.importance),
    ...ofFeatures(findings.features, findings.study?.report.direction ?? 'maximize'),
    ...ofWeights(findings.weights),
  ];
}

function ofStudy(study: Findings['study']): readonly string[] {
  if (study === undefined) return [];
  const { report, atEdge, baselines } = study;
  const sign = report.direction === 'maximize' ? 1 : -1;
  const score = report.choice?.score;
  const better = baselines.filter(
    ({ meanCvScore }) => score !== undefined && meanCvScore !== undefined && sign * (meanCvScore - score) >= 0,
  );
  return [
    ...(report.suggest === 'deploy' ? [] : [`Do not deploy what was found: ${report.reasons.join('; ')}.`]),
    ...better.map(
      ({ modelType, meanCvScore }) =>
        `'${modelType}' needs no tuning and scores ${meanCvScore!.toFixed(4)}, the best trial ${score!.toFixed(4)}: use it, or find better features.`,
    ),
    ...atEdge.map(
      ({ name, end, value }) =>
        `The best '${name}' (${value}) is the ${end} that was searched: widen its range; a study takes it up where it stopped.`,
    ),
    ...(report.trials.failed * 5 > report.trials.tried
      ? [
          `${report.trials.failed} of ${report.trials.tried} trials failed: their notes say why; leave out the part of the space that fails.`,
        ]
      : []),
  ];
}

function ofImportance(importance: FeatureImportanceReport | undefined): readonly string[] {
  if (importance === undefined) return [];
  const { permutation } = importance;
  const useless = permutation.filter(({ mean }) => mean <= 0).flatMap(({ features }) => features);
  const total = permutation.reduce((sum, { mean }) => sum + Math.max(0, mean), 0);
  const first = permutation[0];
  return [
    ...(first !== undefined && permutation.length > 1 && total > 0 && first.mean / total > SUSPICIOUS_SHARE
      ? [
          `${named(first.features)} alone makes ${percent(first.mean / total)} of what the model knows: make sure that it is known at prediction time.`,
        ]
      : []),
    ...(useless.length > 0 ? [`The model scores no worse without ${named(useless)}: train without.`] : []),
    ...permutation
      .filter(({ features }) => features.length > 1)
      .map(({ features }) => `${named(features)} tell the same: one of them is enough.`),
  ];
}

function ofFeatures(features: Findings['features'], direction: StudyReport['direction']): readonly string[] {
  if (features?.scores === undefined) return [];
  const { all, selected } = features.scores;
  const gain = (direction === 'maximize' ? 1 : -1) * (selected - all);
  const chosen = `${features.kept} of ${features.of} features, chosen inside each fold,`;
  return gain >= 0
    ? [`${chosen} score ${selected.toFixed(4)}, all of them ${all.toFixed(4)}: fewer are enough.`]
    : [`${chosen} score ${selected.toFixed(4)}, all of them ${all.toFixed(4)}: keep them all, or more of them.`];
}

function ofWeights(weights: EnsembleWeights | undefined): readonly string[] {
  if (weights === undefined) return [];
  const best = Math.min(...weights.memberLosses);
  return [
    ...(weights.recommended === 'equal' && weights.weights.length > 1
      ? ['Chosen weights did no better on later rows than equal ones: weigh the members alike.']
      : []),
    ...(weights.weights.length > 1 && weights.loss > best * 0.99
      ? [
          'The ensemble is hardly better than its best member: its members make the same mistakes; add other kinds of models.',
        ]
      : []),
  ];
}

function named(features: readonly string[]): string {
  const shown = features
    .slice(0, 5)
    .map((name) => `'${name}'`)
    .join(', ');
  return features.length > 5 ? `${shown} and ${features.length - 5} more` : shown;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
