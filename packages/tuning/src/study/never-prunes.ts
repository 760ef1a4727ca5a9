import type { Pruner } from '../pruners/pruner.ts';
import { requireReports } from '../pruners/read-reports.ts';

/** Keeps every trial, and what it reports. */
export const neverPrunes: Pruner = {
  name: 'none',
  settings: {},
  shouldPrune({ reports }) {
    requireReports(reports);
    return false;
  },
};
