import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@mlperf/core';
import { from as copyFrom } from 'pg-copy-streams';
import { arrayLiteral } from './array-literal.ts';
import { copyStatement } from './copy-statement.ts';
import { type ListeningConnection, OutboxListener } from './outbox-listener.ts';
import { isLostConnection, isSilence, undoneCommit } from './postgres-errors.ts';
import type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './postgres-handles.ts';
import type { Access, PostgresBackend, PostgresTransaction, StatementResult } from './postgres-transaction.ts';
import { RESULT_TYPES } from './result-types.ts';
import { StatementNames } from './statement-names.ts';
import { beginStatements, type TransactionSettings } from './transaction-settings.ts';

/** On top of what the server itself allows a statement: then the connection is taken for lost. */
const SILENCE_MS = 5_000;

/** Of a pool of `pg` whose host has not said how many connections it may have. */
const DEFAULT_POOL_MAX = 10;

/** Of one message of a copy. */
const CHUNK_CHARACTERS = 65_536;

/** Connections that a restarted server has cut, and the pool has not noticed, are given up one by one. */
const MAX_STALE_CONNECTIONS = 20;

export interface PoolBackendOptions extends TransactionSettings {
  readonly preparedStatements: boolean;
  /** Ends the pool; absent for the host's own. */
  readonly end: (() => Promise<void>) | undefined;
  /** Opens a connection to listen on, beside the pool; absent to take one of the pool's. */
  readonly connectListener: (() => Promise<ListeningConnection>) | undefined;
}

/** Transactions on a server, each on a connection of a pool. */
export class PoolBackend implements PostgresBackend {
  readonly durability = 'power-loss';
  readonly multiProcess = true;
  readonly #pool: PostgresPool;
  readonly #options: PoolBackendOptions;
  readonly #names: StatementNames | undefined;
  readonly #listeners = new Set<OutboxListener>();

  constructor(pool: PostgresPool, options: PoolBackendOptions) {
    this.#pool = pool;
    this.#options = options;
    this.#names = options.preparedStatements ? new StatementNames(options.schema) : undefined;
    // A pool without a listener ends the process when an idle connection breaks.
    this.#pool.on('error', ignore);
  }

  get maxReads(): number {
    const listening = this.#options.connectListener === undefined ? this.#listeners.size : 0;
    return Math.max(1, (this.#pool.options?.max ?? DEFAULT_POOL_MAX) - 1 - listening);
  }

  async begin(access: Access): Promise<PostgresTransaction> {
    const { statementTimeoutMs, lockTimeoutMs } = this.#options;
    for (let stale = 0; ; stale++) {
      const client = await this.#pool.connect();
      // Nothing of it takes its time but the lock, which a read does not wait for.
      const beginMs = (access === 'read' ? statementTimeoutMs : lockTimeoutMs) + SILENCE_MS;
      // Zero is for ever: to build an index over all that is stored may take minutes.
      const silenceMs = access === 'migrate' ? 0 : statementTimeoutMs + SILENCE_MS;
      const transaction = new PoolTransaction(client, this.#names, silenceMs);
      try {
        await transaction.open(beginStatements(access, this.#options), beginMs);
        return transaction;
      } catch (error) {
        await transaction.rollback();
        if (!isLostConnection(error) || isSilence(error) || stale >= MAX_STALE_CONNECTIONS) throw error;
      }
    }
  }

  listen(channel: string, wake: () => void, clock: Clock): () => void {
    const { connectListener, preparedStatements } = this.#options;
    // Behind a pooler that moves transactions between connections nobody hears anything.
    if (!preparedStatements || (connectListener === undefined && this.#pool.options?.max === 1)) return () => undefined;
    const listener = new OutboxListener(connectListener ?? (() => this.#borrow()), channel, wake, clock);
    this.#listeners.add(listener);
    return () => {
      void listener.stop().then(() => this.#listeners.delete(listener));
    };
  }

  async #borrow(): Promise<ListeningConnection> {
    const client = await this.#pool.connect();
    // Not given back: it would go on listening for whoever has it next.
    return { client, close: async () => client.release(true) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners].map((listener) => listener.stop()));
    // A pool of our own keeps its listener: a connection may break while it is being closed.
    if (this.#options.end === undefined) this.#pool.removeListener('error', ignore);
    else await this.#options.end();
  }
}

class PoolTransaction implements PostgresTransaction {
  readonly #client: PostgresClient;
  readonly #names: StatementNames | undefined;
  readonly #silenceMs: number;
  readonly #onError: () => void;
  #lost = false;
  /** Whether the pool must not give the connection to anybody else. */
  #unusable = false;
  #ended = false;

  constructor(client: PostgresClient, names: StatementNames | undefined, silenceMs: number) {
    this.#client = client;
    this.#names = names;
    this.#silenceMs = silenceMs;
    this.#onError = () => {
      this.#lost = true;
    };
    client.on('error', this.#onError);
  }

  get lost(): boolean {
    return this.#lost;
  }

  get canCopy(): boolean {
    return isClientOfPg(this.#client);
  }

  async open(statements: string, timeoutMs: number): Promise<void> {
    await this.#send({ text: statements, query_timeout: timeoutMs });
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<StatementResult> {
    const values = parameters.map((value) => (Array.isArray(value) ? arrayLiteral(value) : value));
    const name = this.#names?.of(sql);
    const { rows, rowCount } = await this.#send({
      text: sql,
      values,
      types: RESULT_TYPES,
      query_timeout: this.#silenceMs,
      ...(name === undefined ? {} : { name }),
    });
    return { rows, affectedRows: rowCount ?? 0 };
  }

  async copyIn(table: string, columns: readonly string[], text: string): Promise<void> {
    const copying = copyFrom(copyStatement(table, columns, 'stdin'));
    if (isClientOfPg(this.#client)) this.#client.query(copying);
    const copied = pipeline(Readable.from(chunksOf(text)), copying);
    // The driver's own limit would leave the stream waiting for the server. It breaks when the connection is closed.
    copied.catch(ignore);
    const silence = Promise.withResolvers<never>();
    const timer = setTimeout(() => silence.reject(new Error('Query read timeout')), this.#silenceMs);
    if (this.#silenceMs === 0) clearTimeout(timer);
    try {
      await Promise.race([copied, silence.promise]);
    } catch (error) {
      if (isLostConnection(error)) this.#lost = true;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async exec(sql: string): Promise<void> {
    await this.#send({ text: sql, query_timeout: this.#silenceMs });
  }

  async commit(): Promise<void> {
    try {
      const { command } = await this.#send({ text: 'commit', query_timeout: this.#silenceMs });
      if (command !== 'COMMIT') throw undoneCommit(command);
    } catch (error) {
      // Cancelled before it began, a commit leaves the transaction open.
      this.#unusable = true;
      throw error;
    } finally {
      this.#release();
    }
  }

  async rollback(): Promise<void> {
    if (this.#ended) return;
    try {
      if (!this.#lost) await this.exec('rollback');
    } catch {
      this.#lost = true;
    } finally {
      this.#release();
    }
  }

  async #send(query: PostgresQuery): Promise<PostgresResult> {
    try {
      return await this.#client.query(query);
    } catch (error) {
      if (isLostConnection(error)) this.#lost = true;
      throw error;
    }
  }

  #release(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#client.release(this.#lost || this.#unusable);
    this.#client.removeListener('error', this.#onError);
  }
}

/** Whether statements of `pg-copy-streams` can be handed to it: what stands before a client need not know them. */
function isClientOfPg(client: object): client is { query(statement: ReturnType<typeof copyFrom>): unknown } {
  return 'connection' in client && 'getTypeParser' in client;
}

function* chunksOf(text: string): Generator<Buffer> {
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + CHUNK_CHARACTERS, text.length);
    // Never between the halves of a character beyond the 65,536th.
    if (end < text.length && (text.charCodeAt(end) & 0xfc00) === 0xdc00) end++;
    yield Buffer.from(text.slice(start, end));
    start = end;
  }
}

function ignore(): void {}
