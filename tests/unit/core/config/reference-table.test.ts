import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hyperparameterTuningSection } from '../../../../packages/core/src/config/hyperparameter-tuning-config.ts';
import { performanceMonitoringSection } from '../../../../packages/core/src/config/performance-monitoring-config.ts';
import { retrainingSection } from '../../../../packages/core/src/config/retraining-config.ts';

const page = readFileSync(new URL('../../../../docs/reference/configuration.md', import.meta.url), 'utf8');
const sections = [performanceMonitoringSection, hyperparameterTuningSection, retrainingSection];

interface FieldInWords {
  readonly expectation: string;
  readonly fallback?: unknown;
}

/** The rows below a heading, as cells. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const [, after = ''] = page.split(`\n## ${heading}\n`);
  const [table = ''] = after.split('\n## ');
  const lines = table.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/reference/configuration.md', () => {
  it.each(sections)('lists exactly the fields of $path, what they accept and their defaults', ({ path, fields }) => {
    const schema = Object.entries<FieldInWords>({ ...fields }).map(([name, { expectation, fallback }]) => [
      `\`${name}\``,
      expectation,
      fallback === undefined ? 'none' : `\`${String(fallback)}\``,
    ]);
    const rows = rowsUnder(path);
    expect(schema.length).toBeGreaterThan(5);
    expect(rows.map((cells) => cells.slice(0, 3))).toEqual(schema);
    for (const cells of rows) expect(cells[3]!.length).toBeGreaterThan(10);
  });

  it('has a heading for each section and no other', () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(sections.map((section) => section.path));
  });
});
