import { type ChildProcess, fork } from 'node:child_process';
import type { ProcessReply, ProcessRequest } from './process-messages.ts';
import type { ProcessOpening } from './process-opening.ts';
import type { TaskInput, TaskName, TaskResult } from './process-tasks.ts';

interface Pending {
  readonly paused: PromiseWithResolvers<void>;
  readonly result: PromiseWithResolvers<unknown>;
}

/** A task under way in another process. */
export interface RunningTask<Result> {
  /** Resolves when the task waits for {@link resume}; rejects when it ends before. */
  readonly paused: Promise<void>;
  resume(): void;
  readonly result: Promise<Result>;
}

/** A process that runs tasks on a storage it opens with the first of them. */
export class OtherProcess {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #exited: Promise<void>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  /** Resolves when the process has loaded the module and waits for tasks. */
  static async start({ module, execArgv = [] }: ProcessOpening, args: readonly string[]): Promise<OtherProcess> {
    const started = new OtherProcess(
      fork(entryUrl(), [String(module), ...args], {
        execArgv: [...execArgv],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    await started.#ready.promise;
    return started;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: ProcessReply) => this.#receive(reply));
    child.on('error', (error) => this.#fail(error));
    this.#exited = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        this.#fail(new Error(`the other process has ended (${signal ?? code}); what it wrote says why`));
        resolve();
      });
    });
  }

  start<Name extends TaskName>(task: Name, input: TaskInput<Name>): RunningTask<TaskResult<Name>> {
    const id = ++this.#lastId;
    const pending: Pending = { paused: Promise.withResolvers(), result: Promise.withResolvers() };
    // A task that nobody waits for to pause need not.
    pending.paused.promise.catch(() => undefined);
    this.#pending.set(id, pending);
    this.#send({ kind: 'run', id, task, input });
    return {
      paused: pending.paused.promise,
      resume: () => this.#send({ kind: 'resume', id }),
      result: pending.result.promise as Promise<TaskResult<Name>>,
    };
  }

  run<Name extends TaskName>(task: Name, input: TaskInput<Name>): Promise<TaskResult<Name>> {
    return this.start(task, input).result;
  }

  /** Lets it close its storage and end. */
  async end(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }

  #send(request: ProcessRequest): void {
    this.#child.send(request, (error) => {
      if (error !== null) this.#fail(error);
    });
  }

  #receive(reply: ProcessReply): void {
    if (reply.kind === 'ready') {
      this.#ready.resolve();
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (reply.kind === 'paused') {
      pending?.paused.resolve();
      return;
    }
    this.#pending.delete(reply.id);
    if (reply.kind === 'done') {
      pending?.result.resolve(reply.result);
      pending?.paused.reject(new Error('the task has ended without a pause'));
      return;
    }
    const error = new Error(`in the other process: ${reply.message}`);
    pending?.result.reject(error);
    pending?.paused.reject(error);
  }

  #fail(error: Error): void {
    this.#ready.reject(error);
    for (const { paused, result } of this.#pending.values()) {
      paused.reject(error);
      result.reject(error);
    }
    this.#pending.clear();
  }
}

/** The entry lies beside this module in the sources, and beside the one file of the suite in both builds. */
function entryUrl(): URL {
  const extension = /\.[cm]?[jt]s$/.exec(new URL(import.meta.url).pathname)?.[0] ?? '.js';
  return new URL(`./process-entry${extension}`, import.meta.url);
}
