import type { PositionFieldDef, StringFieldDef } from 'vega-lite/types_unstable/channeldef.js';
import { STATE_STYLES } from '../style/palette.ts';
import { type ChartTrial, reportsOf } from '../trials/chart-trials.ts';
import { parametersText } from '../trials/trial-text.ts';

export type PositionChannel = PositionFieldDef<string>;
export type TooltipChannel = StringFieldDef<string>[];

/** The states that occur, in one order everywhere, with their looks. */
export function stateScales(trials: readonly ChartTrial[]) {
  const domain = (['complete', 'pruned', 'failed', 'running'] as const).filter((state) =>
    trials.some((trial) => trial.state === state),
  );
  return {
    color: { domain, range: domain.map((state) => STATE_STYLES[state].color) },
    shape: { domain, range: domain.map((state) => STATE_STYLES[state].shape) },
  };
}

/** What every mark of a trial carries, beside what places it. */
export function trialDatum(trial: ChartTrial) {
  const { experiment, number, state, hyperparameters } = trial;
  const lastStep = state === 'pruned' ? reportsOf(trial).at(-1)?.step : undefined;
  return {
    trial: number,
    state: lastStep === undefined ? state : `pruned after step ${lastStep}`,
    end: state,
    parameters: parametersText(hyperparameters),
    ...(experiment.notes === undefined ? {} : { notes: experiment.notes.slice(0, 200).toWellFormed() }),
  };
}

/**
 * The tooltip of a mark that stands for one trial. Its titles become part of an expression that Vega parses: no name
 * from outside may be among them.
 */
export function trialTooltip(): TooltipChannel {
  return [
    { field: 'trial', type: 'quantitative', title: 'trial' },
    { field: 'value', type: 'quantitative', title: 'score', format: '.5~g' },
    { field: 'state', type: 'nominal', title: 'state' },
    { field: 'parameters', type: 'nominal', title: 'hyperparameters' },
  ];
}

/** The lines under a title: what it is about, how it is read, and what was left out. */
export function subtitle(...lines: readonly (string | undefined)[]): string[] {
  return lines.filter((line) => line !== undefined && line !== '') as string[];
}
