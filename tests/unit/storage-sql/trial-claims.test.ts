import { DatabaseSync } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import {
  keyedRandom,
  ManualClock,
  MlperfError,
  type PerformanceStorage,
  randomInteger,
  type TrialClaim,
} from '@mlperf/core';
import { openMemoryStorage } from '@mlperf/storage-memory';
import { openPostgresStorage } from '@mlperf/storage-postgres';
import { openSqliteStorage } from '@mlperf/storage-sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';

const AT = 1_704_067_200_000;
const STUDIES = ['a', 'b'];
const TTL_MS = 1_000;

type Step = (storage: PerformanceStorage, held: readonly TrialClaim[]) => Promise<unknown>;

/** What workers might do, well and badly: one call of the port. */
function aStep(random: ReturnType<typeof keyedRandom>, step: number): Step {
  const studyId = STUDIES[randomInteger(random, 2)]!;
  const kind = random.next();
  const pick = random.next();
  const number = randomInteger(random, 13);
  const chosen = (held: readonly TrialClaim[]) =>
    held[Math.floor(pick * held.length)] ?? { studyId, trialNumber: number, token: 1 };
  const ended = (id: { readonly studyId: string; readonly trialNumber: number }, score: number) => ({
    experimentId: `${id.studyId}/${id.trialNumber}`,
    studyId: id.studyId,
    trialNumber: id.trialNumber,
    modelType: 'm',
    hyperparameters: {},
    cvScores: [score],
    meanCvScore: score,
    trainingTimeSeconds: 1,
    testMetrics: {},
    state: 'complete' as const,
    createdAt: AT,
  });
  if (kind < 0.4) {
    const request = { studyId, owner: `w${step % 3}`, ttlMs: TTL_MS, parallelism: 3, plannedTrials: 10 + number };
    return (storage) => storage.trials.claim(request);
  }
  if (kind < 0.65) {
    return (storage, held) => storage.trials.finish(ended(chosen(held), pick < 0.9 ? 0.5 : pick), chosen(held));
  }
  if (kind < 0.75) return (storage, held) => storage.trials.renew(held.slice(Math.floor(pick * held.length)), TTL_MS);
  if (kind < 0.82) return (storage, held) => storage.trials.release(chosen(held));
  if (kind < 0.9) return (storage) => storage.studies.enqueue(studyId, [{ x: number }, { x: step % 7 }]);
  if (kind < 0.93) return (storage) => storage.trials.save(ended({ studyId, trialNumber: number }, 0.25));
  return (storage) => storage.trials.claims(studyId);
}

/** What came of it: a result, or the code of a refusal. */
async function outcomeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => value ?? null,
    (error: unknown) => (MlperfError.is(error) ? error.code : Promise.reject(error)),
  );
}

async function compare(open: (clock: ManualClock) => Promise<PerformanceStorage>, steps: number, seed: number) {
  const random = keyedRandom('claims', seed);
  const clock = new ManualClock(AT);
  const storages = [openMemoryStorage({ clock }), await open(clock)];
  for (const storage of storages) {
    await storage.migrate();
    for (const studyId of STUDIES) {
      await storage.studies.create({
        studyId,
        modelType: 'm',
        searchSpace: {},
        sampler: 'random',
        metric: 'accuracy',
        direction: 'maximize',
        seed: 's',
        dataVersion: 'd',
        parallelism: 3,
        createdAt: AT,
      });
    }
  }
  const held: TrialClaim[] = [];
  const seen = new Set<string>();
  for (let i = 0; i < steps; i++) {
    const step = aStep(random, i);
    if (random.next() < 0.15) clock.advance(1 + randomInteger(random, TTL_MS));
    const [expected, found] = await Promise.all(storages.map((storage) => outcomeOf(step(storage, held))));
    expect(found, `step ${i} of seed ${seed}`).toEqual(expected);
    seen.add(typeof expected === 'string' ? expected : 'done');
    const claim = (expected as { readonly claim?: TrialClaim } | null)?.claim;
    // Old claims stay among them: workers that are late.
    if (claim !== undefined) held.push(claim);
    if (held.length > 8) held.shift();
  }
  for (const studyId of STUDIES) {
    const [expected, found] = await Promise.all(
      storages.map(async ({ trials, studies }) => ({
        ended: await trials.finished({ studyId, limit: 1_000 }),
        queued: await studies.queued({ studyId, limit: 1_000 }),
        claims: await trials.claims(studyId),
      })),
    );
    expect(found).toEqual(expected);
  }
  for (const storage of storages) await storage.close();
  return seen;
}

describe('claims and queues of the SQL stores do what those in memory do, whatever is asked in whatever order', () => {
  it.each([1, 2, 3, 4, 5, 6])('on SQLite, seed %i', async (seed) => {
    const seen = await compare((clock) => openSqliteStorage(new DatabaseSync(':memory:'), { clock }), 400, seed);
    expect([...seen].sort()).toEqual(['CONFLICT', 'FENCED', 'done']);
  });

  it('on Postgres', async () => {
    const instance = await PGlite.create();
    onTestFinished(() => instance.close());
    await compare((clock) => openPostgresStorage(instance, { clock }), 200, 7);
  }, 60_000);
});
