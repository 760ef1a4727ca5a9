import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ExperimentSet, experimentCharts, type NamedChart, renderHtml, renderSvg } from '@mlperf/charts';
import {
  InvalidInputError,
  MlperfError,
  NotFoundError,
  type OptimizationDirection,
  type StorageStores,
  type StudyRecord,
  type TrainingExperiment,
} from '@mlperf/core';
import { type ParameterImportance, studyImportance } from './importance/parameter-importance.ts';
import type { ScoringMetric } from './scoring/scoring-metric.ts';
import { crossValidatedMetric } from './study/trial-record.ts';

export interface VisualizeOptions {
  /** Default: the study run last; without one, all stored experiments of the tuner's family. */
  readonly studyId?: string;
  /** `html` is one page with every chart, `svg` and `vega-lite` are a text for each. Default `html`. */
  readonly format?: 'vega-lite' | 'svg' | 'html';
  /**
   * Where to write: of `html` the file, else the folder of the files. What is there under these names is replaced;
   * folders are made. Default: nothing is written.
   */
  readonly path?: string;
  /** Which way `metric` is better; known of the tuner's own metric, to be given with another. */
  readonly direction?: OptimizationDirection;
}

export interface ExperimentVisualization {
  /** Absent when the experiments are not of one study. */
  readonly studyId?: string;
  readonly charts: readonly NamedChart[];
  /** The page, or a text for each chart, by file name such as `optimization-history.svg`. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  /** Which parameters decide, as the chart shows; absent where that cannot be told. */
  readonly importance?: ParameterImportance;
}

export interface VisualizedTuner {
  readonly storage: Pick<StorageStores, 'studies' | 'trials'>;
  readonly modelType: string;
  readonly metric: ScoringMetric;
  readonly lastStudyId?: string;
}

const PAGE_LIMIT = 1_000;
/** Of experiments of a family that are read: a study has no more. */
const MOST_EXPERIMENTS = 1_000_000;

/** {@link HyperparameterTuner.visualizeExperiments}, of what the tuner knows. */
export async function visualizeExperiments(
  tuner: VisualizedTuner,
  metric: string,
  options: VisualizeOptions,
): Promise<ExperimentVisualization> {
  const { format = 'html', path } = options;
  if (!['html', 'svg', 'vega-lite'].includes(format)) {
    throw new InvalidInputError('OUT_OF_RANGE', `format must be 'html', 'svg' or 'vega-lite'; got '${format}'`);
  }
  const { direction } = options;
  if (direction !== undefined && !['minimize', 'maximize'].includes(direction)) {
    throw new InvalidInputError('OUT_OF_RANGE', `direction must be 'minimize' or 'maximize'; got '${direction}'`);
  }
  const studyId = options.studyId ?? tuner.lastStudyId;
  const study = studyId === undefined ? undefined : await requireStudy(tuner.storage, studyId);
  const experiments = await storedExperiments(tuner, studyId);
  const shown = shownMetric(tuner, metric, study, experiments, direction);
  const importance =
    study === undefined || shown.metric !== MEAN_SCORE ? undefined : studyImportance(study, experiments);
  const charts = experimentCharts(
    { experiments, ...shown, ...(study === undefined ? {} : { study }) },
    study === undefined || shown.metric !== MEAN_SCORE
      ? {}
      : { importance: { importance: importance?.shares ?? {}, method: methodText(importance) } },
  );
  const files = await render(charts, format, study, tuner.modelType);
  if (path !== undefined) await write(files, format, path);
  return {
    ...(studyId === undefined ? {} : { studyId }),
    charts,
    files,
    ...(importance === undefined ? {} : { importance }),
  };
}

const MEAN_SCORE = 'meanCvScore';

/** What is plotted of each experiment; the tuner's metric by any of its names is the mean score. */
function shownMetric(
  { metric: own }: VisualizedTuner,
  metric: string,
  study: StudyRecord | undefined,
  experiments: readonly TrainingExperiment[],
  direction: OptimizationDirection | undefined,
): Pick<ExperimentSet, 'metricLabel' | 'direction'> & { readonly metric: string } {
  const scoredBy = study?.metric ?? own.name;
  if ([scoredBy, MEAN_SCORE, crossValidatedMetric({ ...own, name: scoredBy })].includes(metric)) {
    return {
      metric: MEAN_SCORE,
      metricLabel: scoredBy,
      direction: direction ?? study?.direction ?? own.direction,
    };
  }
  const known = new Set(experiments.flatMap(({ testMetrics }) => Object.keys(testMetrics)));
  if (!known.has(metric)) {
    const names = [scoredBy, ...[...known].sort()].join(', ');
    throw new InvalidInputError('OUT_OF_RANGE', `metric must be one that experiments have (${names}); got '${metric}'`);
  }
  if (direction === undefined) {
    throw new InvalidInputError('INVALID_TYPE', `'${metric}' must be given with the direction in which it is better`);
  }
  return { metric, direction };
}

async function requireStudy({ studies }: Pick<StorageStores, 'studies'>, studyId: string): Promise<StudyRecord> {
  const study = await studies.get(studyId);
  if (study === undefined) throw new NotFoundError(`study '${studyId}' is not stored`);
  return study;
}

/** Of the study; without one, those of the family. Page by page. */
async function storedExperiments(
  { storage, modelType }: VisualizedTuner,
  studyId: string | undefined,
): Promise<readonly TrainingExperiment[]> {
  const filter = studyId === undefined ? { modelType } : { studyId };
  const found: TrainingExperiment[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await storage.trials.list(filter, { limit: PAGE_LIMIT, ...(cursor === undefined ? {} : { cursor }) });
    for (const experiment of page.items) found.push(experiment);
    if (found.length > MOST_EXPERIMENTS) {
      throw new MlperfError('TOO_LARGE', `at most ${MOST_EXPERIMENTS} experiments can be shown; name a study`);
    }
    if (page.nextCursor === undefined) return found;
    cursor = page.nextCursor;
  }
}

function methodText(importance: ParameterImportance | undefined): string {
  if (importance === undefined) return 'PED-ANOVA';
  return `PED-ANOVA: the best ${importance.bestTrials} of ${importance.trials} complete trials against all of them`;
}

async function render(
  charts: readonly NamedChart[],
  format: 'vega-lite' | 'svg' | 'html',
  study: StudyRecord | undefined,
  modelType: string,
): Promise<ExperimentVisualization['files']> {
  if (format === 'html') {
    const title = study === undefined ? `Experiments with ${modelType}` : `Study ${study.studyId}`;
    const began = study === undefined ? '' : `begun ${new Date(study.createdAt).toISOString().slice(0, 16)}Z`;
    const subtitle = study === undefined ? '' : `${study.modelType} · ${study.metric} · ${study.sampler} · ${began}`;
    return [{ name: 'experiments.html', text: await renderHtml(charts, { title, subtitle }) }];
  }
  const files: { readonly name: string; readonly text: string }[] = [];
  for (const { name, spec } of charts) {
    files.push(
      format === 'svg'
        ? { name: `${name}.svg`, text: await renderSvg(spec) }
        : { name: `${name}.vl.json`, text: `${JSON.stringify(spec, undefined, 2)}\n` },
    );
  }
  return files;
}

async function write(files: ExperimentVisualization['files'], format: string, path: string): Promise<void> {
  try {
    await mkdir(format === 'html' ? dirname(path) : path, { recursive: true });
    for (const { name, text } of files) await writeFile(format === 'html' ? path : join(path, name), text);
  } catch (error) {
    throw new MlperfError('IO_FAILURE', `charts must be written to '${path}'; that failed`, { cause: error });
  }
}
