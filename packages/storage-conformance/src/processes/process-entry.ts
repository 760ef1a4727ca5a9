import type { PerformanceStorage } from '@mlperf/core';
import type { ProcessReply, ProcessRequest } from './process-messages.ts';
import { processTasks } from './process-tasks.ts';

const [moduleUrl, ...args] = process.argv.slice(2);
const resumes = new Map<number, () => void>();
let opened: Promise<PerformanceStorage> | undefined;

async function serve(): Promise<void> {
  const { openStorage } = (await import(String(moduleUrl))) as {
    readonly openStorage?: (...args: readonly string[]) => PerformanceStorage | Promise<PerformanceStorage>;
  };
  if (typeof openStorage !== 'function') throw new Error(`${moduleUrl} must export a function 'openStorage'`);
  const open = async () => openStorage(...args);
  process.on('message', (request: ProcessRequest) => {
    if (request.kind === 'resume') {
      resumes.get(request.id)?.();
      return;
    }
    opened ??= open();
    run(opened, request).then(reply, (error: unknown) =>
      reply({ kind: 'failed', id: request.id, message: error instanceof Error ? String(error.stack) : String(error) }),
    );
  });
  process.once('disconnect', () => {
    opened?.then((storage) => storage.close()).catch(fail);
  });
  reply({ kind: 'ready' });
}

async function run(
  storage: Promise<PerformanceStorage>,
  { id, task, input }: Extract<ProcessRequest, { kind: 'run' }>,
): Promise<ProcessReply> {
  const work = (processTasks as Readonly<Record<string, (typeof processTasks)[keyof typeof processTasks]>>)[task];
  if (work === undefined) throw new Error(`there is no task '${task}'`);
  const pause = () =>
    new Promise<void>((resolve) => {
      resumes.set(id, resolve);
      reply({ kind: 'paused', id });
    });
  // Only a check sends tasks, and its types join each name to its input.
  return { kind: 'done', id, result: await work({ storage: await storage, pause }, input as never) };
}

function reply(message: ProcessReply): void {
  // The check that asked may have failed meanwhile, and closed the channel.
  if (process.connected) process.send?.(message, () => undefined);
}

function fail(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}

serve().catch(fail);
