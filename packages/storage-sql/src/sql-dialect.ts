import type { ColumnKind } from './column-kinds.ts';

/** What differs between the databases behind the one set of stores. */
export interface SqlDialect {
  readonly name: string;
  /** Column types. Text must sort by code point (Postgres: `text collate "C"`), integers must hold 2⁵³. */
  readonly columnTypes: {
    readonly text: string;
    readonly integer: string;
    readonly real: string;
    readonly bytes: string;
  };
  /** What follows the closing bracket of `create table`; empty for nothing. */
  readonly tableOptions: string;
  /** The most parameters of one statement. */
  readonly maxParameters: number;
  /** The array types, where many rows of one statement travel as an array for each column; else as lists of values. */
  readonly arrayTypes: { readonly [Kind in ColumnKind]: string } | undefined;
  /** Whether `predictions` is cut by month, which leaves it to `prediction_keys` to keep ids unique. */
  readonly partitioned: boolean;
  /** An expression for the text at a path of a column of JSON text, NULL where there is none; names are trusted. */
  readonly jsonText: (column: string, path: readonly string[]) => string;
}
