import { decodeAggregate, encodeAggregate } from '../aggregate-text.ts';
import { type RowValues, writeRows } from '../batch-statements.ts';
import { readPages } from '../maintenance/read-pages.ts';
import type { SqlSession } from '../sql-session.ts';

const KEY = ['model_version_id', 'role', 'level', 'span_start_at', 'segment', 'model_name'] as const;
const SUMS = ['predictions_count', 'outcomes'] as const;

/** Writes every sum of a longer span that is JSON text anew, in the present encoding. */
export async function packSpans(session: SqlSession): Promise<void> {
  for await (const page of readPages(session, { table: 'outcome_spans', key: KEY, columns: SUMS })) {
    const rows = page
      .filter(({ outcomes }) => outcomes.startsWith('{'))
      .map(
        (row): RowValues => [
          ...KEY.map((column) => row[column]),
          row.predictions_count,
          encodeAggregate(decodeAggregate(row.outcomes)),
        ],
      );
    await writeRows(session, 'outcome_spans', [...KEY, ...SUMS], rows, { key: KEY, update: SUMS });
  }
}
