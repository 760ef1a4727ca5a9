import { type MessagePort, workerData } from 'node:worker_threads';
import { InterruptedError, InvalidInputError } from '@mlperf/core';
import { toErrorRecord } from './error-record.ts';
import { type FamilyTable, familyTable } from './family-table.ts';
import { messageOf } from './message-of.ts';
import { polledSignal } from './polled-signal.ts';
import { type RunHooks, runFit, runPredict } from './run-request.ts';
import type { HostMessage, ThreadData, WorkerMessage, WorkerReply, WorkerTask } from './worker-protocol.ts';

/** Progress in smaller steps than this stays in the thread. */
const PROGRESS_STEP = 0.005;

const tables = new Map<string, FamilyTable>();

/** One request in a worker thread. Never throws: what rejects here is the thread itself. */
export default async function runInWorker(task: WorkerTask): Promise<WorkerReply> {
  const { port, work } = task;
  try {
    post(port, { type: 'started' });
    const table = await loadFamilies(task.familiesModule);
    const family = table.require(work.request.modelType);
    const hooks = hooksOf(task);
    const result =
      work.kind === 'fit'
        ? await runFit(family, work.request, hooks)
        : await runPredict(family, work.request, hooks.signal);
    return { ok: true, result };
  } catch (error) {
    return { ok: false, error: toErrorRecord(error) };
  } finally {
    port.close();
  }
}

async function loadFamilies(url: string): Promise<FamilyTable> {
  const known = tables.get(url);
  if (known !== undefined) return known;
  const loaded: FamiliesModule = await import(url).catch((cause: unknown) => {
    const message = `familiesModule must be a module that loads; ${url}: ${messageOf(cause)}`;
    throw new InvalidInputError('INVALID_CONFIG', message, { cause });
  });
  const table = familyTable(loaded.families, `families of ${url}`);
  await prepare(loaded, url);
  tables.set(url, table);
  return table;
}

interface FamiliesModule {
  readonly families?: unknown;
  readonly prepare?: unknown;
}

/** Once per thread: a thread has one request at a time. A failure fails the request, and the next one tries again. */
async function prepare(module: FamiliesModule, url: string): Promise<void> {
  const { familiesData }: ThreadData = workerData ?? {};
  if (familiesData === undefined) return;
  if (typeof module.prepare !== 'function') {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `familiesData needs a function 'prepare' of ${url}; got ${typeof module.prepare}`,
    );
  }
  try {
    await module.prepare(familiesData);
  } catch (cause) {
    throw new InvalidInputError('INVALID_CONFIG', `prepare of ${url} failed: ${messageOf(cause)}`, { cause });
  }
}

function hooksOf({ port, stopFlag, answersReports }: WorkerTask): RunHooks {
  const controller = new AbortController();
  const waiting = new Map<
    number,
    { resolve: (decision: 'continue' | 'stop') => void; reject: (error: Error) => void }
  >();
  const stop = () => {
    const error = new InterruptedError('ABORTED', 'the work was told to stop');
    controller.abort(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  port.on('message', (message: HostMessage) => {
    if (message.type === 'stop') return stop();
    waiting.get(message.id)?.resolve(message.decision);
    waiting.delete(message.id);
  });
  const signal = polledSignal(controller, () => {
    if (Atomics.load(stopFlag, 0) !== 0) stop();
  });
  let told = Number.NEGATIVE_INFINITY;
  let reports = 0;
  return {
    signal,
    onProgress(fraction) {
      if (fraction < 1 && fraction - told < PROGRESS_STEP) return;
      told = fraction;
      post(port, { type: 'progress', fraction });
    },
    async report(step, value) {
      signal.throwIfAborted();
      if (!answersReports) return 'continue';
      const id = reports++;
      const decision = new Promise<'continue' | 'stop'>((resolve, reject) => waiting.set(id, { resolve, reject }));
      post(port, { type: 'report', id, step, value });
      return decision;
    },
  };
}

function post(port: MessagePort, message: WorkerMessage): void {
  port.postMessage(message);
}
