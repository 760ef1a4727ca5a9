import { type Executor, type ExecutorRunOptions, InterruptedError, type ModelFamily } from '@mlperf/core';
import { familyTable } from './family-table.ts';
import { type HostCallbacks, hostCallbacks } from './host-callbacks.ts';
import { polledSignal } from './polled-signal.ts';
import { requirePlainRequest } from './require-plain-request.ts';
import { runFit, runPredict } from './run-request.ts';
import { Slots } from './slots.ts';
import { WorkStop } from './work-stop.ts';

export interface InlineExecutorOptions {
  /** At least one, each model type once. */
  readonly families: readonly ModelFamily[];
}

/**
 * An executor that works in the caller's thread, one request after the other: for scripts, tests and small models.
 *
 * A synchronous loop of a family blocks the caller. Abort and deadline reach it through `context.signal`, which looks
 * at the clock itself; a family that never looks is not ended by force. Its promise then rejects as soon as the event
 * loop runs, and what it still does goes unheard.
 *
 * @throws {@link InvalidInputError} `INVALID_CONFIG` for a bad list of families.
 * @example const executor = inlineExecutor({ families: [randomForestFamily] });
 */
export function inlineExecutor({ families }: InlineExecutorOptions): Executor {
  const table = familyTable(families, 'families');
  const slots = new Slots(1);
  const open = new Set<WorkStop>();
  let closed = false;

  async function run<T>(
    options: ExecutorRunOptions,
    work: (signal: AbortSignal, callbacks: HostCallbacks) => Promise<T>,
  ): Promise<T> {
    if (closed) throw closedError();
    const stop = new WorkStop(options);
    open.add(stop);
    try {
      await slots.acquire(stop.signal);
      try {
        return await runHere(stop, options, work);
      } finally {
        slots.release();
      }
    } finally {
      open.delete(stop);
      stop.dispose();
    }
  }

  return {
    concurrency: 1,
    fit: async (request, options = {}) => {
      requirePlainRequest(request);
      const family = table.require(request.modelType);
      return run(options, (signal, { progress, report }) =>
        runFit(family, request, { signal, report, onProgress: progress }),
      );
    },
    predict: async (request, options = {}) => {
      const family = table.require(request.modelType);
      return run(options, (signal) => runPredict(family, request, signal));
    },
    async close() {
      closed = true;
      for (const stop of open) stop.stop(closedError());
    },
  };
}

async function runHere<T>(
  stop: WorkStop,
  options: ExecutorRunOptions,
  work: (signal: AbortSignal, callbacks: HostCallbacks) => Promise<T>,
): Promise<T> {
  if (stop.error !== undefined) throw stop.error;
  const controller = new AbortController();
  const signal = polledSignal(controller, () => {
    stop.checkDeadline();
    if (stop.error !== undefined) controller.abort(stop.error);
  });
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener(
      'abort',
      () => {
        controller.abort(stop.error);
        reject(stop.error);
      },
      { once: true },
    );
  });
  stop.startDeadline();
  try {
    const result = await Promise.race([work(signal, hostCallbacks(options, stop)), stopped]);
    stop.checkDeadline();
    if (stop.error !== undefined) throw stop.error;
    return result;
  } catch (error) {
    throw stop.error ?? error;
  }
}

function closedError(): InterruptedError {
  return new InterruptedError('CLOSED', 'the executor must be open; it was closed');
}
