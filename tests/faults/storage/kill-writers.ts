import { setTimeout as sleep } from 'node:timers/promises';
import { keyedRandom, OutcomeAggregate, observationOf, type PerformanceStorage } from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { expect } from 'vitest';
import { everythingStored, writeLanes } from './everything-stored.ts';
import { type LaneSpans, LaneWriter } from './lane-writer.ts';
import { LANES } from './lanes.ts';
import { openTarget, type StorageTarget } from './open-target.ts';

export interface KillPlan {
  readonly target: StorageTarget;
  readonly kills: number;
  /** Kills between two checks: in between, a writer is the first to meet what the one before has left. */
  readonly checkEvery: number;
  /** Resolves when nothing of a killed process is under way any more, in a server for instance. */
  readonly settled?: () => Promise<void>;
  /** Problems that an operator's verification finds. */
  readonly verify: () => Promise<readonly unknown[]>;
  /** Kills between two verifications. */
  readonly verifyEvery: number;
}

/** What became of the writes that a kill had cut off. */
export interface KillTally {
  stored: number;
  notStored: number;
}

/**
 * Kills one writer after another, each at a moment of its own, and has the next repeat what the one before was cut off
 * at and go on. After each check every acknowledged write must be there, and the one that was under way as a whole or
 * not at all; at the end the store must hold what it would hold if nobody had been killed.
 */
export async function killWriters(plan: KillPlan): Promise<KillTally> {
  const { target, kills, checkEvery, verifyEvery, settled = async () => undefined, verify } = plan;
  const tally: KillTally = { stored: 0, notStored: 0 };
  const next: Record<string, number> = Object.fromEntries(LANES.map(({ name }) => [name, 0]));
  const spans = (end: number | null): LaneSpans =>
    Object.fromEntries(LANES.map(({ name }) => [name, [next[name]!, end === null ? null : next[name]! + end]]));
  let unchecked = { ...next };
  let coming = new LaneWriter(target);
  for (let kill = 0; kill < kills; kill++) {
    const writer = coming;
    writer.start(spans(null));
    coming = new LaneWriter(target);
    await killAtRandom(writer, kill);
    expect(await writer.exit).toBeNull();
    for (const [lane, count] of Object.entries(writer.acknowledged)) next[lane]! += count;
    if (kill % checkEvery !== 0) continue;
    await settled();
    const storage = await openTarget(target);
    await expectCutOffWrites(storage, unchecked, next, tally);
    await storage.close();
    unchecked = { ...next };
    if (kill % verifyEvery === 0) expect(await verify()).toEqual([]);
  }

  coming.start(spans(5));
  expect(await coming.exit).toBe(0);
  expect(coming.lines.at(-1)).toBe('closed');
  for (const [lane, count] of Object.entries(coming.acknowledged)) next[lane]! += count;
  expect(await verify()).toEqual([]);
  const untouched = openMemoryStorage();
  await writeLanes(untouched, next);
  const storage = await openTarget(target);
  expect(await everythingStored(storage)).toEqual(await everythingStored(untouched));
  await storage.close();
  return tally;
}

/** While it opens the store, or after some writes; at once or some milliseconds later. */
async function killAtRandom(writer: LaneWriter, kill: number): Promise<void> {
  const random = keyedRandom('kill a writer', kill);
  const opening = kill < 5 || random.next() < 0.1;
  if (opening) await writer.line('opening');
  else await writer.writes(1 + Math.floor(40 * random.next() ** 2));
  const pause = Math.floor((opening ? 60 : 12) * random.next());
  if (pause > 0) await sleep(pause);
  writer.kill();
}

async function expectCutOffWrites(
  storage: PerformanceStorage,
  from: Readonly<Record<string, number>>,
  next: Readonly<Record<string, number>>,
  tally: KillTally,
): Promise<void> {
  const versions = new Set<string>();
  for (const lane of LANES) {
    const [first, cutOff] = [from[lane.name]!, next[lane.name]!];
    const missing: string[] = [];
    for (let n = first; n < cutOff; n++) if (!(await lane.isStored(storage, n))) missing.push(`${lane.name} ${n}`);
    expect(missing).toEqual([]);
    if (await lane.isStored(storage, cutOff)) tally.stored++;
    else tally.notStored++;
    expect(await lane.isStored(storage, cutOff + 1)).toBe(false);
    if (lane.versionOf === undefined) continue;
    for (let n = first; n <= cutOff; n++) versions.add(lane.versionOf(n));
  }
  for (const version of versions) await expectRollups(storage, version);
}

/** The roll-ups of a version are those of its rows. */
async function expectRollups(storage: PerformanceStorage, modelVersionId: string): Promise<void> {
  const { items, nextCursor } = await storage.predictions.list({ modelVersionId }, { limit: 1_000 });
  expect(nextCursor).toBeUndefined();
  for (const role of ['live', 'shadow'] as const) {
    const rows = items.filter((row) => row.role === role);
    const recomputed = new OutcomeAggregate();
    for (const row of rows) if (row.outcome !== undefined) recomputed.add(observationOf(row, row.outcome));
    const rollups = await storage.rollups.range({ modelVersionId, role, from: 0, to: 2e12 });
    const kept = new OutcomeAggregate();
    for (const rollup of rollups) kept.merge(rollup.outcomes);
    expect([kept.count, kept.correct]).toEqual([recomputed.count, recomputed.correct]);
    expect(rollups.reduce((sum, { predictionsCount }) => sum + predictionsCount, 0)).toBe(rows.length);
  }
}
