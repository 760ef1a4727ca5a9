import { createHash } from 'node:crypto';
import type { Access } from './postgres-transaction.ts';

export interface TransactionSettings {
  readonly schema: string;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly transactionTimeoutMs: number;
}

/** What every transaction needs, whatever the role, the database or the host's pool have set; gone when it ends. */
export function nameSettings(schema: string): string {
  // Temporary tables last: by default they hide ours.
  return `set local search_path to "${schema}", pg_temp; set local extra_float_digits = 1; set local bytea_output = 'hex'`;
}

/** The beginning of a transaction on a server, as one message. */
export function beginStatements(access: Access, settings: TransactionSettings): string {
  const timeoutMs = access === 'migrate' ? 0 : settings.statementTimeoutMs;
  const limits = `set local statement_timeout = ${timeoutMs}; ${nameSettings(settings.schema)}`;
  // A plan made anew for each call looks at every month there is, which takes longer than most reads.
  const plans = 'set local plan_cache_mode = force_generic_plan';
  if (access === 'read') return `begin isolation level repeatable read, read only; ${limits}; ${plans}`;
  // The lock comes first and each statement sees what is committed when it starts: with one snapshot for the whole
  // transaction, that would be the state before the lock was given.
  return (
    'begin isolation level read committed; ' +
    `set local lock_timeout = ${settings.lockTimeoutMs}; set local statement_timeout = 0; ` +
    // A host that has vanished must not keep the lock.
    `set local idle_in_transaction_session_timeout = ${settings.transactionTimeoutMs + 5_000}; ` +
    `select pg_advisory_xact_lock(${writeLockOf(settings.schema)}); ${limits}`
  );
}

/** The number of the lock that a schema's writers take, the same in every process. */
export function writeLockOf(schema: string): string {
  return createHash('sha256').update(`mlperf storage ${schema}`).digest().readBigInt64BE().toString();
}
