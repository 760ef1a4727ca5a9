import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelFamily } from '@mlperf/core';
import { stumpFamily } from '../a-family.ts';

export interface ExitingParams {
  /** A folder that counts the threads that were ended. */
  readonly folder: string;
  /** So many threads end before a fit succeeds. */
  readonly exits: number;
}

const stump = stumpFamily();

/** A stump in whose fits the thread ends, after the first of two steps. */
const exiting: ModelFamily<ExitingParams> = {
  modelType: stump.modelType,
  task: stump.task,
  searchSpace: stump.searchSpace,
  load: stump.load,
  defaults: { folder: '', exits: 0 },
  async fit(train, params, context) {
    const { folder = '', exits = 0, ...own } = params;
    await context.report(1, 0.1);
    const ended = readdirSync(folder).length;
    if (ended < exits) {
      closeSync(openSync(join(folder, String(ended)), 'w'));
      process.exit(3);
    }
    await context.report(2, 0.2);
    return stump.fit.call(stump, train, own, context);
  },
};

/** What a worker thread trains. */
export const families = [exiting];
