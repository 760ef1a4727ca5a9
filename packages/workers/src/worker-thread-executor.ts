import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import {
  type Executor,
  type ExecutorRunOptions,
  type FitResult,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  type PredictResult,
} from '@mlperf/core';
import { Piscina } from 'piscina';
import { compactFitRequest, compactPredictRequest } from './compact-arrays.ts';
import { fromErrorRecord } from './error-record.ts';
import { type HostCallbacks, hostCallbacks } from './host-callbacks.ts';
import { messageOf } from './message-of.ts';
import { requirePlainRequest } from './require-plain-request.ts';
import { Slots } from './slots.ts';
import { WorkStop } from './work-stop.ts';
import type { HostMessage, ThreadData, WorkerMessage, WorkerReply, WorkerTask, WorkerWork } from './worker-protocol.ts';

export interface WorkerThreadExecutorOptions {
  /**
   * A `file:` or `data:` URL of a module that exports `families: readonly ModelFamily[]`. Given in code, never stored:
   * requests name a `modelType` only.
   */
  readonly familiesModule: URL;
  /**
   * Anything `structuredClone` takes. Each new thread gets it once and hands it to the function `prepare(data)` that
   * `familiesModule` then must export, and waits for it, before the first request. What the host has computed, loaded
   * or compiled is so shared: a `WebAssembly.Module`, a `SharedArrayBuffer`.
   * @example
   * // host: workerThreadExecutor({ familiesModule, familiesData: await compileLstmKernel() })
   * // familiesModule: export const prepare = (kernel) => adoptLstmKernel(kernel);
   */
  readonly familiesData?: unknown;
  /** 1 to 1,024; default: the machine's cores but one, at least 1. */
  readonly threads?: number;
  /** How long work told to stop may take before its thread is ended, milliseconds; default 250. */
  readonly graceMs?: number;
}

/** Idle threads keep their loaded families this long. */
const IDLE_MS = 60_000;
const SOURCE_CONDITION = '--conditions=@mlperf/source';

/**
 * An executor on worker threads: the caller's event loop stays free.
 *
 * Data sets on `SharedArrayBuffer`s (`shareDataset`) cross without a copy. An abort or a deadline first shows in
 * `context.signal`, also inside a synchronous loop; `graceMs` later the thread is ended and replaced. Deadlines count
 * from the moment a thread is given to the request. A thread that dies fails its own request only.
 *
 * @throws {@link InvalidInputError} `INVALID_CONFIG` for a bad module URL, or `familiesData` that cannot be cloned;
 * `OUT_OF_RANGE`.
 * @example
 * const executor = workerThreadExecutor({ familiesModule: new URL('./families.js', import.meta.url) });
 */
export function workerThreadExecutor(options: WorkerThreadExecutorOptions): Executor {
  const threads = options.threads ?? Math.max(1, availableParallelism() - 1);
  const graceMs = options.graceMs ?? 250;
  requireOptions(options, threads, graceMs);
  const entry = workerEntry();
  const execArgv = threadExecArgv(entry);
  const pool = new Piscina<WorkerTask, WorkerReply>({
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    // Waiting threads keep their event loop: a family may hold a connection.
    atomics: 'disabled',
    recordTiming: false,
    ...(execArgv === undefined ? {} : { execArgv }),
    workerData: threadDataOf(options),
  });
  const slots = new Slots(threads);
  const running = new Set<RunningTask>();
  const ended = new Set<Promise<void>>();
  let closing: Promise<void> | undefined;

  // A thread that fails before it takes its task leaves that task waiting for ever.
  pool.on('error', (cause: unknown) => {
    const tasks = [...running];
    const awaiting = tasks.filter((task) => task.stage === 'dispatched');
    const spare = pool.threads.length - tasks.filter((task) => task.stage === 'started').length;
    for (const task of awaiting.slice(Math.max(0, spare))) task.fail(workerFailure(cause));
  });

  async function run(work: WorkerWork, runOptions: ExecutorRunOptions): Promise<FitResult | PredictResult> {
    if (closing !== undefined) throw closedError();
    const stop = new WorkStop(runOptions);
    const task = new RunningTask(stop, graceMs, (kill) => endThread(pool, kill, ended));
    running.add(task);
    try {
      await slots.acquire(stop.signal);
      try {
        stop.startDeadline();
        return await task.run(
          pool,
          entry,
          { work, familiesModule: options.familiesModule.href, answersReports: runOptions.onReport !== undefined },
          hostCallbacks(runOptions, stop),
        );
      } finally {
        slots.release();
      }
    } finally {
      running.delete(task);
      stop.dispose();
    }
  }

  return {
    concurrency: threads,
    fit: async (request, runOptions = {}) => {
      requirePlainRequest(request);
      return (await run({ kind: 'fit', request: compactFitRequest(request) }, runOptions)) as FitResult;
    },
    predict: async (request, runOptions = {}) =>
      run({ kind: 'predict', request: compactPredictRequest(request) }, runOptions),
    close() {
      closing ??= (async () => {
        for (const task of running) task.fail(closedError());
        await pool.destroy();
        await Promise.all(ended);
      })();
      return closing;
    },
  };
}

/** One request on its way through a thread. */
class RunningTask {
  stage: 'waiting' | 'dispatched' | 'started' = 'waiting';
  readonly #stop: WorkStop;
  readonly #graceMs: number;
  readonly #end: (kill: AbortController) => void;
  readonly #kill = new AbortController();

  constructor(stop: WorkStop, graceMs: number, end: (kill: AbortController) => void) {
    this.#stop = stop;
    this.#graceMs = graceMs;
    this.#end = end;
  }

  /** Ends the request at once, its thread too. */
  fail(error: MlperfError): void {
    this.#stop.stop(error);
    this.#end(this.#kill);
  }

  async run(
    pool: Piscina<WorkerTask, WorkerReply>,
    entry: string,
    task: Pick<WorkerTask, 'work' | 'familiesModule' | 'answersReports'>,
    callbacks: HostCallbacks,
  ): Promise<FitResult | PredictResult> {
    if (this.#stop.error !== undefined) throw this.#stop.error;
    this.stage = 'dispatched';
    const { port1: port, port2 } = new MessageChannel();
    const stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    let grace: NodeJS.Timeout | undefined;
    const tellToStop = () => {
      Atomics.store(stopFlag, 0, 1);
      post(port, { type: 'stop' });
      grace = setTimeout(() => this.#end(this.#kill), this.#graceMs);
    };
    this.#stop.signal.addEventListener('abort', tellToStop, { once: true });
    port.on('message', (message: WorkerMessage) => this.#hear(message, port, callbacks));
    try {
      const reply = await pool.run(
        { ...task, stopFlag, port: port2 },
        { filename: entry, transferList: [port2], signal: this.#kill.signal },
      );
      // The last words of the thread may still lie in the port: another channel than the reply's.
      for (let last = receiveMessageOnPort(port); last !== undefined; last = receiveMessageOnPort(port)) {
        this.#hear(last.message, port, callbacks);
      }
      if (!reply.ok) throw fromErrorRecord(reply.error);
      if (this.#stop.error !== undefined) throw this.#stop.error;
      return reply.result;
    } catch (error) {
      throw this.#stop.error ?? (MlperfError.is(error) ? error : translatePoolError(error));
    } finally {
      clearTimeout(grace);
      this.#stop.signal.removeEventListener('abort', tellToStop);
      port.close();
      port2.close();
    }
  }

  #hear(message: WorkerMessage, port: MessagePort, callbacks: HostCallbacks): void {
    switch (message.type) {
      case 'started':
        this.stage = 'started';
        return;
      case 'progress':
        callbacks.progress(message.fraction);
        return;
      case 'report':
        callbacks.report(message.step, message.value).then(
          (decision) => post(port, { type: 'decision', id: message.id, decision }),
          // The callback's failure has already told the work to stop.
          () => undefined,
        );
    }
  }
}

/** Ends the thread behind `kill`, and remembers its end for `close`. */
function endThread(pool: Piscina<WorkerTask, WorkerReply>, kill: AbortController, ended: Set<Promise<void>>): void {
  const before: readonly Worker[] = pool.threads;
  kill.abort();
  const kept = new Set<Worker>(pool.threads);
  for (const thread of before) {
    if (kept.has(thread)) continue;
    const exit = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    ended.add(exit);
    exit.then(() => ended.delete(exit));
  }
}

function threadDataOf(options: WorkerThreadExecutorOptions): ThreadData {
  return options.familiesData === undefined ? {} : { familiesData: options.familiesData };
}

/** Beside this module, with its ending: `.ts` in the sources, `.js` and `.cjs` in the builds. */
function workerEntry(): string {
  const extension = extname(fileURLToPath(import.meta.url));
  return fileURLToPath(new URL(`./worker-entry${extension}`, import.meta.url));
}

/**
 * Threads take the Node options of the process. Sources find each other's sources only under our export condition,
 * which the process of a test runner may not have.
 */
function threadExecArgv(entry: string): string[] | undefined {
  if (extname(entry) !== '.ts' || process.execArgv.includes(SOURCE_CONDITION)) return undefined;
  return [SOURCE_CONDITION];
}

function post(port: MessagePort, message: HostMessage): void {
  port.postMessage(message);
}

function translatePoolError(cause: unknown): MlperfError {
  if (cause instanceof Error && cause.name === 'DataCloneError') {
    return new InvalidInputError('INVALID_TYPE', `a request must be plain data; got: ${cause.message}`, { cause });
  }
  return workerFailure(cause);
}

function workerFailure(cause: unknown): InterruptedError {
  return new InterruptedError('WORKER_FAILURE', `a worker thread failed: ${messageOf(cause)}`, { cause });
}

function closedError(): InterruptedError {
  return new InterruptedError('CLOSED', 'the executor must be open; it was closed');
}

function requireOptions(options: WorkerThreadExecutorOptions, threads: number, graceMs: number): void {
  const { familiesModule } = options;
  if (!(familiesModule instanceof URL) || !['file:', 'data:'].includes(familiesModule.protocol)) {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `familiesModule must be a file: or data: URL; got ${String(familiesModule).slice(0, 80)}`,
    );
  }
  try {
    structuredClone(options.familiesData);
  } catch (cause) {
    throw new InvalidInputError(
      'INVALID_CONFIG',
      `familiesData must be what structuredClone takes: ${messageOf(cause)}`,
      { cause },
    );
  }
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= 1024)) {
    throw new InvalidInputError('OUT_OF_RANGE', `threads must be a whole number from 1 to 1024; got ${threads}`);
  }
  if (!(graceMs >= 0 && graceMs <= 60_000)) {
    throw new InvalidInputError('OUT_OF_RANGE', `graceMs must be from 0 to 60000; got ${graceMs}`);
  }
}
