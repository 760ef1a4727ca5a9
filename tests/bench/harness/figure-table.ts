import { type Budget, type Figure, keepsBudget } from './figure.ts';

/** The figures as aligned text, one row each. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = [['figure', 'value', 'unit', 'budget', ''], ...figures.map(row)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map(([name = '', value = '', unit = '', budget = '', verdict = '']) =>
      [
        name.padEnd(widths[0] ?? 0),
        value.padStart(widths[1] ?? 0),
        unit.padEnd(widths[2] ?? 0),
        budget.padEnd(widths[3] ?? 0),
        verdict,
      ]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function row(figure: Figure): string[] {
  const { name, unit, budget } = figure;
  const limit = budget === undefined ? '' : budgetText(budget);
  if ('skipped' in figure) return [name, '–', unit, limit, `skipped: ${figure.skipped}`];
  const kept = keepsBudget(figure);
  return [name, valueText(figure.value), unit, limit, kept === undefined ? '' : kept ? 'ok' : 'over budget'];
}

function budgetText({ max, min }: Budget): string {
  return [min === undefined ? [] : [`≥ ${valueText(min)}`], max === undefined ? [] : [`≤ ${valueText(max)}`]]
    .flat()
    .join(', ');
}

/** Three significant digits below 1,000, whole numbers with separators above. */
function valueText(value: number): string {
  const digits = Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return value.toLocaleString('en-US', digits);
}
