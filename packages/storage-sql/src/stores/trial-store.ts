import {
  type BestExperimentsQuery,
  ConflictError,
  decideExperimentSave,
  decodeCursor,
  type FinishedTrialsQuery,
  type Page,
  type PageRequest,
  requirePage,
  type TrainingExperiment,
  type TrialClaim,
  type TrialClaimAnswer,
  type TrialClaimRequest,
  type TrialFence,
  type TrialState,
  type TrialStore,
} from '@mlperf/core';
import { type RowValues, writeRows } from '../batch-statements.ts';
import type { SqlSession } from '../sql-session.ts';
import { pageOf } from './page-of.ts';
import { SqlTrialClaims } from './trial-claims.ts';

const FIGURE_COLUMNS = ['experiment_id', 'metric', 'value', 'model_type', 'study_id', 'created_at'] as const;

export class SqlTrialStore implements TrialStore {
  readonly #session: SqlSession;
  readonly #claims: SqlTrialClaims;

  constructor(session: SqlSession) {
    this.#session = session;
    this.#claims = new SqlTrialClaims(session);
  }

  async save(experiment: TrainingExperiment): Promise<void> {
    const stored = await this.get(experiment.experimentId);
    if (stored !== undefined && decideExperimentSave(stored, experiment) === 'unchanged') return;
    await this.#write(experiment);
  }

  async finish(experiment: TrainingExperiment, fence: TrialFence): Promise<void> {
    const stored = await this.get(experiment.experimentId);
    if (await this.#claims.mayFinish(fence, stored, experiment)) await this.#write(experiment);
  }

  claim(request: TrialClaimRequest): Promise<TrialClaimAnswer> {
    return this.#claims.claim(request);
  }

  renew(fences: readonly TrialFence[], ttlMs: number): Promise<readonly TrialClaim[]> {
    return this.#claims.renew(fences, ttlMs);
  }

  release(fence: TrialFence): Promise<void> {
    return this.#claims.release(fence);
  }

  claims(studyId: string): Promise<readonly TrialClaim[]> {
    return this.#claims.list(studyId);
  }

  async finished({ studyId, from = 0, to, limit }: FinishedTrialsQuery): Promise<readonly TrainingExperiment[]> {
    let select = this.#session.db
      .selectFrom('training_experiments')
      .select('record')
      .where('study_id', '=', studyId)
      .where('trial_number', '>=', from)
      .where('state', '<>', 'running');
    if (to !== undefined) select = select.where('trial_number', '<=', to);
    const rows = await select.orderBy('trial_number').limit(limit).execute();
    return rows.map(toExperiment);
  }

  async #write(experiment: TrainingExperiment): Promise<void> {
    await this.#requireFreeNumber(experiment);
    const values = {
      study_id: experiment.studyId ?? null,
      trial_number: experiment.trialNumber ?? null,
      model_type: experiment.modelType,
      state: experiment.state,
      created_at: experiment.createdAt,
      record: JSON.stringify(experiment),
    };
    await this.#session.db
      .insertInto('training_experiments')
      .values({ experiment_id: experiment.experimentId, ...values })
      .onConflict((conflict) => conflict.column('experiment_id').doUpdateSet(values))
      .execute();
    await writeRows(this.#session, 'experiment_metrics', FIGURE_COLUMNS, figuresOf(experiment));
    if (experiment.state !== 'running') await this.#claims.close(experiment);
  }

  async get(experimentId: string): Promise<TrainingExperiment | undefined> {
    const row = await this.#session.db
      .selectFrom('training_experiments')
      .select('record')
      .where('experiment_id', '=', experimentId)
      .executeTakeFirst();
    return row === undefined ? undefined : toExperiment(row);
  }

  async best(query: BestExperimentsQuery): Promise<readonly TrainingExperiment[]> {
    let select = this.#session.db
      .selectFrom('experiment_metrics')
      .innerJoin('training_experiments', 'training_experiments.experiment_id', 'experiment_metrics.experiment_id')
      .select('training_experiments.record')
      .where('experiment_metrics.metric', '=', query.metric);
    if (query.modelType !== undefined) select = select.where('experiment_metrics.model_type', '=', query.modelType);
    if (query.studyId !== undefined) select = select.where('experiment_metrics.study_id', '=', query.studyId);
    const rows = await select
      .orderBy('experiment_metrics.value', query.direction === 'maximize' ? 'desc' : 'asc')
      .orderBy('experiment_metrics.created_at')
      .orderBy('experiment_metrics.experiment_id')
      .limit(query.limit)
      .execute();
    return rows.map(toExperiment);
  }

  async list(
    filter: { readonly studyId?: string; readonly modelType?: string; readonly state?: TrialState },
    page?: PageRequest,
  ): Promise<Page<TrainingExperiment>> {
    const listing = { list: 'trials', ...filter };
    const { limit, cursor } = requirePage(page);
    const after = decodeCursor(listing, cursor, ['number', 'string']);
    let select = this.#session.db.selectFrom('training_experiments').select(['record', 'created_at', 'experiment_id']);
    if (filter.studyId !== undefined) select = select.where('study_id', '=', filter.studyId);
    if (filter.modelType !== undefined) select = select.where('model_type', '=', filter.modelType);
    if (filter.state !== undefined) select = select.where('state', '=', filter.state);
    if (after !== undefined) {
      const [createdAt, experimentId] = after as readonly [number, string];
      select = select.where((eb) =>
        eb(eb.refTuple('created_at', 'experiment_id'), '>', eb.tuple<number, string>(createdAt, experimentId)),
      );
    }
    const rows = await select
      .orderBy('created_at')
      .orderBy('experiment_id')
      .limit(limit + 1)
      .execute();
    return pageOf(rows, limit, listing, toExperiment, (row) => [row.created_at, row.experiment_id]);
  }

  async #requireFreeNumber({ experimentId, studyId, trialNumber }: TrainingExperiment): Promise<void> {
    if (studyId === undefined || trialNumber === undefined) return;
    const other = await this.#session.db
      .selectFrom('training_experiments')
      .select('experiment_id')
      .where('study_id', '=', studyId)
      .where('trial_number', '=', trialNumber)
      .executeTakeFirst();
    if (other !== undefined && other.experiment_id !== experimentId) {
      throw new ConflictError(
        `trial ${trialNumber} of study '${studyId}' is experiment '${other.experiment_id}'; got '${experimentId}'`,
      );
    }
  }
}

function toExperiment(row: { readonly record: string }): TrainingExperiment {
  return JSON.parse(row.record) as TrainingExperiment;
}

/** One row per figure of a complete experiment; none for any other. */
function figuresOf(experiment: TrainingExperiment): readonly RowValues[] {
  if (experiment.state !== 'complete') return [];
  const { experimentId, modelType, studyId = null, createdAt, meanCvScore } = experiment;
  // A test metric of that name would hide the field that `meanCvScore` asks for.
  const { meanCvScore: _hidden, ...testMetrics } = experiment.testMetrics;
  const figures = Object.entries(meanCvScore === undefined ? testMetrics : { ...testMetrics, meanCvScore });
  return figures.map(([metric, value]) => [experimentId, metric, value, modelType, studyId, createdAt]);
}
