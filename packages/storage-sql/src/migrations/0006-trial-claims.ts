import type { SqlMigration } from './sql-migration.ts';

/** Claims of workers on trials, and points that a study is to evaluate. */
export const trialClaims: SqlMigration = {
  name: '0006-trial-claims',
  schemaVersion: 6,
  statements: ({ columnTypes: { text, integer }, tableOptions }) => [
    `create table trial_claims (
      study_id ${text} not null,
      trial_number ${integer} not null,
      owner ${text} not null,
      token ${integer} not null,
      losses ${integer} not null,
      expires_at ${integer} not null,
      ended ${integer} not null,
      primary key (study_id, trial_number)
    )${tableOptions}`,
    'create index trial_claims_open on trial_claims (study_id, trial_number) where ended = 0',
    `create table queued_points (
      study_id ${text} not null,
      trial_number ${integer} not null,
      digest ${text} not null,
      parameters ${text} not null,
      primary key (study_id, trial_number),
      unique (study_id, digest)
    )${tableOptions}`,
  ],
};
