import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyedRandom } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect } from 'vitest';
import { type Child, startChild } from '../../unit/storage-sqlite/child-process.ts';
import { openTarget, type StorageTarget } from '../storage/open-target.ts';
import { contentOf, type SharedSearch, STUDY_ID, searchTogether } from './shared-search.ts';

const SCRIPT = '../../../faults/tuning/search-worker.ts';

export interface SearchKills {
  readonly target: StorageTarget;
  readonly search: SharedSearch;
  /** Processes at work at any time. */
  readonly workers: number;
  readonly kills: number;
}

/** What the kills have cost. */
export interface SearchTally {
  /** Trials whose process was killed over them. */
  readonly cutOff: number;
  /** Trials that processes have told of. */
  readonly told: number;
}

/**
 * Has several processes search together and kills one after another, each at a moment of its own; a new one takes its
 * place. Then every planned trial must be stored once and as an undisturbed process alone has it, no process may have
 * told of a trial that another told of, and none that was left alone may have failed.
 */
export async function killSearchWorkers({ target, search, workers, kills }: SearchKills): Promise<SearchTally> {
  const first = await openTarget(target);
  await first.migrate();
  const all: Child[] = [];
  const start = () => {
    const child = startChild(SCRIPT, [JSON.stringify(target), JSON.stringify(search)]);
    all.push(child);
    return child;
  };
  const living = Array.from({ length: workers }, start);
  const told = () => all.flatMap(({ lines }) => lines.filter((line) => line.startsWith('stored ')));
  const random = keyedRandom('kill a search worker');
  let cutOff = 0;
  for (let kill = 1; kill <= kills; kill++) {
    // Spread over the search, however quick the machine is.
    const due = Math.floor((search.nTrials * (kill - random.next() / 2)) / (kills + 1));
    while (told().length < due) await sleep(5);
    await sleep(Math.floor(search.fitMs * random.next()));
    const victim = living[Math.floor(workers * random.next())]!;
    expect(victim.process.exitCode, 'the search must be longer than the kills').toBeNull();
    victim.process.kill('SIGKILL');
    expect(await victim.exit).toBeNull();
    const left = await first.trials.claims(STUDY_ID);
    cutOff += left.filter(({ owner }) => owner.endsWith(`/${victim.process.pid}`)).length;
    living[living.indexOf(victim)] = start();
  }
  const ends = await Promise.all(living.map((child) => child.exit));
  expect(ends).toEqual(living.map(() => 0));

  const memory = openMemoryStorage();
  const undisturbed = contentOf(await searchTogether(memory, { ...search, fitMs: 0 }));
  const digest = createHash('sha256').update(undisturbed).digest('hex');
  for (const child of living) expect(child.lines.at(-1)).toBe(`found ${digest}`);
  const stored = await first.trials.finished({ studyId: STUDY_ID, limit: 1_000 });
  expect(stored.map(({ trialNumber }) => trialNumber)).toEqual([...Array(search.nTrials).keys()]);
  expect(contentOf(stored)).toBe(undisturbed);
  expect((await first.trials.list({ studyId: STUDY_ID }, { limit: 1_000 })).items.length).toBe(search.nTrials);
  expect(await first.trials.claims(STUDY_ID)).toEqual([]);
  await first.close();

  expect(new Set(told()).size, 'no trial is told of twice').toBe(told().length);
  return { cutOff, told: told().length };
}
