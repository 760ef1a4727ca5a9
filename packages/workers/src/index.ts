// Executors
export { type InlineExecutorOptions, inlineExecutor } from './inline-executor.ts';
export { type WorkerThreadExecutorOptions, workerThreadExecutor } from './worker-thread-executor.ts';
