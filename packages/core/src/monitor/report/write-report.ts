import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { InvalidInputError, MlperfError } from '../../errors.ts';
import type { PerformanceReport } from './performance-report.ts';
import { reportCsv } from './report-csv.ts';

const FORMATS: Readonly<Record<string, (report: PerformanceReport) => string>> = {
  '.csv': reportCsv,
  '.json': (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

/** @throws {@link InvalidInputError} `INVALID_TYPE` unless the path ends in .csv or .json. */
export function requireReportFormat(path: string): (report: PerformanceReport) => string {
  const format = typeof path === 'string' ? FORMATS[extname(path).toLowerCase()] : undefined;
  if (format === undefined) {
    throw new InvalidInputError('INVALID_TYPE', `report path must end in .csv or .json; got ${JSON.stringify(path)}`);
  }
  return format;
}

/**
 * Writes text to a temporary file beside `path` and renames it, so that a reader sees the old report or the new one,
 * never half of one, whatever ends the process in between; only a kill leaves the temporary file (`<path>.<uuid>.tmp`).
 * @throws {@link MlperfError} `IO_FAILURE`, leaving nothing behind and the old report in its place.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  // Not named after the process: in a container the next one has the same id, and would meet what a killed one left.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new MlperfError('IO_FAILURE', `the report cannot be written to '${path}': ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
