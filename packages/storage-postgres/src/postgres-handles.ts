/** A statement as `pg` takes it. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** Names a prepared statement of the connection. */
  readonly name?: string;
  readonly types?: { getTypeParser(oid: number, format?: 'text' | 'binary'): (value: never) => unknown };
  /** After this long without an answer the connection counts as lost, milliseconds. */
  readonly query_timeout?: number;
}

export interface PostgresResult {
  /** What the server says it has done: a `commit` of a transaction that has failed is a `ROLLBACK`. */
  readonly command: string;
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

/** The methods we call on a connection: those of `pg`'s `PoolClient`. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** @param destroy - Closes the connection instead of keeping it. */
  release(destroy?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  on(event: 'notification', listener: (message: PostgresNotification) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'notification', listener: (message: PostgresNotification) => void): unknown;
}

/** What the server says to those who listen. */
export interface PostgresNotification {
  readonly channel: string;
}

/** The methods we call on a pool: those of `pg`'s `Pool`. */
export interface PostgresPool {
  /** One of its connections is kept for writing, and one for listening; a pool of one has none to spare. */
  readonly options?: { readonly max?: number };
  connect(): Promise<PostgresClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** The methods we call inside a transaction of PGlite. */
export interface PGliteTransaction {
  query(sql: string, parameters?: unknown[], options?: PGliteQueryOptions): Promise<PGliteResult>;
  exec(sql: string): Promise<unknown>;
  rollback(): Promise<void>;
}

export interface PGliteQueryOptions {
  readonly parsers?: Record<number, (value: string) => unknown>;
  /** What `/dev/blob` reads from. */
  readonly blob?: Blob;
  readonly serializers?: Record<number, (value: unknown) => string>;
}

export interface PGliteResult {
  readonly rows: unknown[];
  readonly affectedRows?: number;
}

/** The methods we call on an embedded Postgres: those of `PGlite`. */
export interface PGliteHandle {
  readonly dataDir?: string | undefined;
  readonly closed: boolean;
  readonly waitReady: Promise<void>;
  transaction<T>(work: (tx: PGliteTransaction) => Promise<T>): Promise<T>;
}
