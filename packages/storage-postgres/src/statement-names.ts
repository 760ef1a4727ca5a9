import { createHash } from 'node:crypto';

/** Texts beyond this many are run unprepared: a connection keeps what it has prepared. */
const MAX_NAMES = 1_000;

/** A name for each statement's text, so that a connection prepares it once. */
export class StatementNames {
  readonly #prefix: string;
  readonly #names = new Map<string, string>();

  /** @param schema - Two storages on one pool must not share a statement: its tables are found when it is prepared. */
  constructor(schema: string) {
    this.#prefix = schema;
  }

  of(sql: string): string | undefined {
    let name = this.#names.get(sql);
    if (name === undefined && this.#names.size < MAX_NAMES) {
      name = `mlperf_${createHash('sha256').update(`${this.#prefix}\n${sql}`).digest('hex').slice(0, 32)}`;
      this.#names.set(sql, name);
    }
    return name;
  }
}
