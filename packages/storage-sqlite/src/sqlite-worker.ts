import { parentPort, workerData } from 'node:worker_threads';
import { StorageError } from '@mlperf/core';
import type { ChannelTransaction } from '@mlperf/storage-sql';
import { packError } from './error-transfer.ts';
import { MessageBatch } from './message-batch.ts';
import { openDatabasePath } from './open-database.ts';
import { packAnswer, unpackCall } from './packed-calls.ts';
import { SqliteEngine } from './sqlite-engine.ts';
import type { OpenedInfo, Reply, RequestBatch, WorkerRequest, WorkerSettings } from './worker-protocol.ts';

/** Serves one storage by path: an fsync, or another process's lock, stops this thread and never the host's. */
const settings = workerData as WorkerSettings;
const port = parentPort!;
const replies = new MessageBatch<Reply>(port);
const transactions = new Map<number, ChannelTransaction>();
const engine = openDatabasePath(settings.path, settings.busyTimeoutMs).then(
  (database) => new SqliteEngine(database, settings),
);

// A failure to open is the answer to the first request, which may arrive later than the failure.
engine.catch(() => undefined);

port.on('message', (batch: RequestBatch) => {
  for (const { id, request } of batch) {
    serve(id, request).then(
      (value) => replies.add({ id, ok: true, value }, value),
      (error: unknown) => replies.add({ id, ok: false, error: packError(error) }),
    );
  }
});

async function serve(id: number, request: WorkerRequest): Promise<unknown> {
  // Never awaited before the switch below hands a request on: requests must reach their lane in the order they came.
  switch (request.kind) {
    case 'call': {
      const call = unpackCall(request.call);
      const channel = request.transaction === undefined ? await engine : transactionOf(request.transaction);
      return packAnswer(request.call, await channel.call(call));
    }
    case 'begin':
      transactions.set(id, await (await engine).begin(request));
      return undefined;
    case 'commit':
    case 'rollback': {
      const transaction = transactionOf(request.transaction);
      transactions.delete(request.transaction);
      return transaction[request.kind]();
    }
    case 'migrate':
      return (await engine).migrate(request.now);
    case 'open': {
      const { durability, multiProcess } = await engine;
      return { durability, multiProcess } satisfies OpenedInfo;
    }
    case 'close':
      await (await engine).close();
      // After the reply, which leaves in this turn.
      setImmediate(() => port.close());
      return undefined;
  }
}

function transactionOf(id: number): ChannelTransaction {
  const transaction = transactions.get(id);
  if (transaction === undefined) throw new StorageError('CLOSED', 'the transaction has ended');
  return transaction;
}
