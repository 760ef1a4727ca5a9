import type { StudyReport } from './study-report.ts';

/**
 * A study report as lines of plain text, for a terminal or a log.
 * @returns lines joined by `\n`, without one at the end.
 * @example console.log(formatStudyReport(result.report));
 */
export function formatStudyReport(report: StudyReport): string {
  const { studyId, modelType, metric, direction, trials, suggest, reasons } = report;
  const lines = [
    `Study ${studyId}: ${modelType}, ${metric} (${direction})`,
    ...entries([
      ['suggestion', suggest.toUpperCase()],
      [
        'trials',
        `${trials.tried} tried: ${trials.complete} complete, ${trials.pruned} pruned, ${trials.failed} failed; ${trials.missing} without rows`,
      ],
      ['raw best', bestLine(report)],
      ['choice', choiceLine(report)],
      ['compared with', comparedLine(report)],
      ['rows judged by', rowsLine(report)],
      ['deflated confidence', deflatedLine(report)],
      ['chance it is better', beatingLine(report)],
      ['holdout', holdoutLine(report)],
      ['overfitting (PBO)', overfittingLine(report)],
    ]),
    'Because',
    ...reasons.map((reason) => `  - ${reason}`),
  ];
  return lines.join('\n');
}

type Entry = readonly [name: string, value: string | undefined];

const NAME_WIDTH = 21;

function entries(all: readonly Entry[]): readonly string[] {
  return all.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(NAME_WIDTH)}${value}`]));
}

function bestLine({ best }: StudyReport): string | undefined {
  return best && `${shown(best.score)} in trial ${best.trialNumber}: the luckiest of its study, not what to expect`;
}

function choiceLine({ choice }: StudyReport): string | undefined {
  if (choice === undefined) return undefined;
  const { trialNumber, score, rule, hyperparameters } = choice;
  return `trial ${trialNumber} (${rule}), ${shown(score)}: ${JSON.stringify(hyperparameters)}`;
}

function comparedLine({ against, referenceScore }: StudyReport): string {
  return referenceScore === undefined ? against : `${against}, ${shown(referenceScore)}`;
}

function rowsLine({ rowMetric, observations, overlap }: StudyReport): string | undefined {
  if (rowMetric === undefined) return undefined;
  const substitute = rowMetric.substitute ? ' (a substitute)' : '';
  return `${rowMetric.name}${substitute}, ${observations} observations, labels over ${(overlap ?? 0) + 1}`;
}

function deflatedLine({ deflated }: StudyReport): string | undefined {
  if (deflated === undefined) return undefined;
  const { deflatedConfidence, confidence, effectiveTrials, meanDifference } = deflated;
  return `${share(deflatedConfidence)} (${share(confidence)} without the luck of ${effectiveTrials.toFixed(1)} independent trials), difference ${shown(meanDifference)} a row`;
}

function beatingLine({ beating }: StudyReport): string | undefined {
  if (beating === undefined) return undefined;
  const { chance, expectedDifference, standardError } = beating;
  return `${share(chance)}, expected difference ${shown(expectedDifference)} ± ${shown(standardError)} a row (for information)`;
}

function holdoutLine({ holdout }: StudyReport): string | undefined {
  if (holdout === undefined) return undefined;
  const { rows, score, incumbentScore, confidence, trialNumber } = holdout;
  const parts = [
    `${score === undefined ? 'no score' : shown(score)} on ${rows} rows no trial saw`,
    ...(trialNumber === undefined ? [] : [`trial ${trialNumber}`]),
    ...(incumbentScore === undefined ? [] : [`incumbent ${shown(incumbentScore)}`]),
    ...(confidence === undefined ? [] : [`better with confidence ${share(confidence)}`]),
  ];
  return parts.join(', ');
}

function overfittingLine({ overfittingProbability: probability }: StudyReport): string | undefined {
  return probability === undefined ? undefined : `${share(probability)} (for information)`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function share(value: number): string {
  return value.toFixed(4);
}
