import type { Durability } from '@mlperf/core';
import { arrayLiteral } from './array-literal.ts';
import { copyStatement } from './copy-statement.ts';
import type { PGliteHandle, PGliteTransaction } from './postgres-handles.ts';
import type { Access, PostgresBackend, PostgresTransaction, StatementResult } from './postgres-transaction.ts';
import { ARRAY_OIDS, PARSERS } from './result-types.ts';
import { nameSettings } from './transaction-settings.ts';

const QUERY_OPTIONS = {
  parsers: { ...PARSERS },
  // Arrays come as literals already.
  serializers: Object.fromEntries(ARRAY_OIDS.map((oid) => [oid, String])),
};

export interface PGliteBackendOptions {
  readonly schema: string;
  /** Gives the directory free, and closes the instance if it was opened here. */
  readonly end: () => Promise<void>;
}

/** Transactions on an embedded Postgres, which runs them one after another. */
export class PGliteBackend implements PostgresBackend {
  readonly durability: Durability;
  readonly multiProcess = false;
  /** Writes and reads take turns. */
  readonly maxReads = 1;
  readonly #instance: PGliteHandle;
  readonly #options: PGliteBackendOptions;

  /** @param isFile - Whether the instance keeps its data in a directory. It never syncs: a power cut may damage it. */
  constructor(instance: PGliteHandle, isFile: boolean, options: PGliteBackendOptions) {
    this.#instance = instance;
    this.#options = options;
    this.durability = isFile ? 'process-crash' : 'none';
  }

  async begin(access: Access): Promise<PostgresTransaction> {
    const opened = Promise.withResolvers<PGliteTransaction>();
    const ended = Promise.withResolvers<'commit' | 'rollback'>();
    const done = this.#instance.transaction(async (tx) => {
      opened.resolve(tx);
      if ((await ended.promise) === 'rollback') await tx.rollback();
    });
    done.catch(opened.reject);
    const transaction = new OpenTransaction(await opened.promise, async (how) => {
      ended.resolve(how);
      await done;
    });
    try {
      const mode = access === 'read' ? 'set transaction isolation level repeatable read, read only; ' : '';
      await transaction.exec(mode + nameSettings(this.#options.schema));
      return transaction;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#options.end();
  }
}

class OpenTransaction implements PostgresTransaction {
  readonly lost = false;
  readonly canCopy = true;
  readonly #tx: PGliteTransaction;
  readonly #end: (how: 'commit' | 'rollback') => Promise<void>;

  constructor(tx: PGliteTransaction, end: (how: 'commit' | 'rollback') => Promise<void>) {
    this.#tx = tx;
    this.#end = end;
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    const values = parameters.map((value) => (Array.isArray(value) ? arrayLiteral(value) : value));
    const { rows, affectedRows } = await this.#tx.query(sql, values, QUERY_OPTIONS);
    return { rows, affectedRows: affectedRows ?? 0 };
  }

  async copyIn(table: string, columns: readonly string[], text: string): Promise<void> {
    const blob = new Blob([text]);
    await this.#tx.query(copyStatement(table, columns, "'/dev/blob'"), [], { blob });
  }

  async exec(sql: string): Promise<void> {
    await this.#tx.exec(sql);
  }

  commit(): Promise<void> {
    return this.#end('commit');
  }

  async rollback(): Promise<void> {
    await this.#end('rollback').catch(() => undefined);
  }
}
