import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  ConflictError,
  createDataset,
  type Dataset,
  type Executor,
  type FitRequest,
  InterruptedError,
  InvalidInputError,
  MlperfError,
  matrixFromRows,
  selectRows,
  shareDataset,
  sliceDataset,
} from '@mlperf/core';
import { inlineExecutor, workerThreadExecutor } from '@mlperf/workers';
import { afterAll, describe, expect, it } from 'vitest';
import { noisyRule } from '../models/random-forest/noisy-rule.ts';
import { families } from './families.ts';

const familiesModule = new URL('./families.ts', import.meta.url);
const tiny: Dataset = createDataset({
  features: [[0], [1]],
  featureNames: ['x'],
  targets: [0, 1],
  classes: ['down', 'up'],
  timestamps: [0, 1],
  labelEndsAt: [1, 2],
});

function request(modelType: string, overrides: Partial<FitRequest> = {}): FitRequest {
  return { modelType, hyperparameters: {}, seed: 'seed', train: tiny, ...overrides };
}

const forest = request('random-forest', {
  hyperparameters: { nEstimators: 4, maxDepth: 3 },
  train: noisyRule(120, 'executors'),
  predict: [noisyRule(20, 'executors-fresh').features, noisyRule(5, 'executors-few').features],
});

const inline = inlineExecutor({ families });
const threads = workerThreadExecutor({ familiesModule, threads: 2, graceMs: 100 });
afterAll(async () => {
  await inline.close();
  await threads.close();
});

const both: [string, Executor][] = [
  ['the inline executor', inline],
  ['the worker-thread executor', threads],
];

async function failureOf(work: Promise<unknown>): Promise<MlperfError> {
  const failure: unknown = await work.then(
    (value) => new Error(`expected a failure; got ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!MlperfError.is(failure)) throw failure;
  return failure;
}

describe.each(both)('%s', (_, executor) => {
  it('fits, predicts and returns the bytes, which predict the same later', async () => {
    const fitted = await executor.fit(forest);
    expect(fitted.classes).toEqual(['down', 'up']);
    expect(fitted.lookBack).toBe(0);
    expect(fitted.trainingTimeSeconds).toBeGreaterThan(0);
    expect(fitted.predictions.map((p) => p.length)).toEqual([40, 10]);
    expect(fitted.featureImportance).toHaveLength(4);
    const later = await executor.predict({
      modelType: 'random-forest',
      model: fitted.model!,
      features: forest.predict!,
    });
    expect(later).toEqual({ classes: fitted.classes, predictions: fitted.predictions });
  });

  it('answers every row for a model that looks back, from the rows before it', async () => {
    const at = Array.from({ length: 12 }, (_row, i) => i);
    const series = shareDataset(
      createDataset({
        features: at.map((i) => [i]),
        featureNames: ['x'],
        targets: at.map((i) => i % 2),
        classes: ['down', 'up'],
        timestamps: at,
        labelEndsAt: at,
        groups: at.map((i) => i % 2),
        groupNames: ['A', 'B'],
      }),
    );
    const lagged = request('lagged', {
      validation: sliceDataset(series, 9),
      validationHistory: sliceDataset(series, 6, 9),
      predict: [sliceDataset(series, 3).features],
      predictRows: [
        { dataset: selectRows(series, [6, 7, 9]), history: series },
        { dataset: sliceDataset(series, 8), history: sliceDataset(series, 4) },
      ],
    });
    const { predictions, rowPredictions, lookBack } = await executor.fit(lagged);
    expect(lookBack).toBe(2);
    expect(predictions.map((p) => p.length)).toEqual([2 * (9 - 2)]);
    // Two rows before in the same group is four rows before; the history begins at place 3 of its group.
    expect(rowPredictions!.map((p) => Array.from(p))).toEqual([
      [2, 303, 3, 303, 5, 303],
      [4, 303, 5, 303, 6, 303, 7, 303],
    ]);
    const short = { predictRows: [{ dataset: sliceDataset(series, 8), history: sliceDataset(series, 5) }] };
    expect(await failureOf(executor.fit(request('lagged', short)))).toMatchObject({ code: 'INSUFFICIENT_DATA' });
    const few = { predict: [sliceDataset(series, 0, 2).features] };
    expect(await failureOf(executor.fit(request('lagged', few)))).toMatchObject({ code: 'INSUFFICIENT_DATA' });
  });

  it('leaves the bytes out when they are not asked for', async () => {
    const fitted = await executor.fit(request('fixed', { returnModel: false }));
    expect(fitted).not.toHaveProperty('model');
    expect(fitted.predictions).toEqual([]);
    expect(fitted).not.toHaveProperty('featureImportance');
  });

  it('passes on the error of a family with class, code, message and cause', async () => {
    const refused = await failureOf(executor.fit(request('refusing')));
    expect(refused).toBeInstanceOf(InvalidInputError);
    expect(refused).toMatchObject({ code: 'SINGLE_CLASS', message: 'targets must hold two classes; got one' });
    expect(refused.cause).toMatchObject({ message: 'why' });
    expect(refused.stack).toMatch(/families\.ts/);

    const conflict = await failureOf(executor.fit(request('conflicting')));
    expect(conflict).toBeInstanceOf(ConflictError);
    expect(conflict.code).toBe('LEASE_HELD');

    const parameters = request('random-forest', { hyperparameters: { nEstimators: 0 }, train: forest.train });
    expect(await failureOf(executor.fit(parameters))).toMatchObject({ code: 'OUT_OF_RANGE' });
  });

  it.each([
    ['failing', 'Invalid array length'],
    ['throwing-text', 'just a text'],
  ])('turns any other throw of a family into TRAINING_FAILED (%s)', async (modelType, message) => {
    const failure = await failureOf(executor.fit(request(modelType)));
    expect(failure.code).toBe('TRAINING_FAILED');
    expect(failure.message).toBe(`training of '${modelType}' failed: ${message}`);
  });

  it('refuses predictions of a wrong shape', async () => {
    const failure = await failureOf(executor.fit(request('misshapen', { predict: [tiny.features] })));
    expect(failure).toMatchObject({ code: 'PREDICTION_FAILED', message: expect.stringMatching(/4 values; got 1/) });
  });

  it('names the known families when a model type is unknown', async () => {
    const failure = await failureOf(executor.fit(request('lstm')));
    expect(failure).toBeInstanceOf(InvalidInputError);
    expect(failure.code).toBe('UNKNOWN_MODEL_TYPE');
    expect(failure.message).toMatch(/'random-forest', 'fixed'.*got 'lstm'/);
  });

  it('refuses damaged bytes with their code, and calls any other failed load PREDICTION_FAILED', async () => {
    const features = [tiny.features];
    const damaged = { modelType: 'random-forest', model: new Uint8Array(100), features };
    expect(await failureOf(executor.predict(damaged))).toMatchObject({ code: 'MODEL_FORMAT' });
    const odd = { modelType: 'fixed', model: new Uint8Array(2), features };
    expect(await failureOf(executor.predict(odd))).toMatchObject({
      code: 'PREDICTION_FAILED',
      message: "prediction by 'fixed' failed: one byte expected",
    });
  });

  it('refuses hyperparameters that are no plain data', async () => {
    const failure = await failureOf(executor.fit(request('fixed', { hyperparameters: { rate: Number.NaN } })));
    expect(failure).toMatchObject({ code: 'INVALID_RECORD', message: expect.stringMatching(/rate must be finite/) });
  });

  it('asks the host at each report, and its answer reaches the fit', async () => {
    const heard: [number, number][] = [];
    const fitted = await executor.fit(request('reporting'), {
      async onReport(step, value) {
        heard.push([step, value]);
        return step === 3 ? 'stop' : 'continue';
      },
    });
    expect(heard).toEqual([
      [1, 0.1],
      [2, 0.2],
      [3, 0.3],
    ]);
    expect([...fitted.model!]).toEqual([3]);
  });

  it('ends the work when a callback of the host throws, and works on afterwards', async () => {
    const cause = new Error('the screen is gone');
    const report = await failureOf(
      executor.fit(request('reporting'), {
        onReport() {
          throw cause;
        },
      }),
    );
    expect(report).toMatchObject({
      code: 'TRAINING_FAILED',
      message: 'onReport must not throw; got: the screen is gone',
    });
    expect(report.cause).toBe(cause);
    const progress = await failureOf(
      executor.fit(request('progressing'), {
        onProgress() {
          throw cause;
        },
      }),
    );
    expect(progress).toMatchObject({ code: 'TRAINING_FAILED', message: expect.stringMatching(/onProgress/) });
    expect((await executor.fit(request('fixed'))).classes).toEqual(['down', 'up']);
  });

  it('tells the progress in order, to the very end', async () => {
    const fractions: number[] = [];
    await executor.fit(request('progressing'), { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it('does nothing for a signal that is aborted already', async () => {
    const failure = await failureOf(executor.fit(request('stubborn'), { signal: AbortSignal.abort('too late') }));
    expect(failure).toBeInstanceOf(InterruptedError);
    expect(failure).toMatchObject({ code: 'ABORTED', cause: 'too late' });
  });

  it('aborts a fit that listens to its signal', async () => {
    const controller = new AbortController();
    const failure = await failureOf(
      executor.fit(request('listening'), { signal: controller.signal, onProgress: () => controller.abort() }),
    );
    expect(failure).toMatchObject({ name: 'InterruptedError', code: 'ABORTED' });
  });

  it('ends a synchronous loop that looks at its signal when the deadline passes', async () => {
    const failure = await failureOf(executor.fit(request('looking'), { deadlineMs: 700 }));
    expect(failure).toMatchObject({ name: 'InterruptedError', code: 'DEADLINE_EXCEEDED' });
    expect(failure.message).toBe('the work must end within 700 ms; it did not');
  });

  it.each([0, -1, Number.NaN, 2 ** 31])('refuses a deadline of %d ms', async (deadlineMs) => {
    expect(await failureOf(executor.fit(request('fixed'), { deadlineMs }))).toMatchObject({ code: 'OUT_OF_RANGE' });
  });

  it('keeps exactly its concurrency busy when there is enough to do', async () => {
    const allBusy = Promise.withResolvers<void>();
    const order: number[] = [];
    let running = 0;
    const fits = Array.from({ length: 6 }, (_, i) =>
      executor.fit(request('reporting'), {
        async onReport(step) {
          if (step > 1) {
            running--;
            return 'stop';
          }
          order.push(i);
          running++;
          expect(running).toBeLessThanOrEqual(executor.concurrency);
          if (running === executor.concurrency) allBusy.resolve();
          await allBusy.promise;
          return 'continue';
        },
      }),
    );
    await Promise.all(fits);
    expect(running).toBe(0);
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    if (executor.concurrency === 1) expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('same seed', () => {
  it('gives the same bytes, predictions and importance inline and in a thread', async () => {
    const [here, there] = await Promise.all([inline.fit(forest), threads.fit(forest)]);
    expect(there.model).toEqual(here.model);
    expect(there.predictions).toEqual(here.predictions);
    expect(there.featureImportance).toEqual(here.featureImportance);
  });
});

describe('the worker-thread executor', () => {
  it('keeps the event loop of the caller running', async () => {
    let turns = 0;
    const ticker = setInterval(() => turns++, 1);
    await threads.fit({ ...forest, hyperparameters: { nEstimators: 1000 } });
    clearInterval(ticker);
    expect(turns).toBeGreaterThan(5);
  });

  it('aborts a synchronous loop that looks at its signal, without ending its thread', async () => {
    const one = workerThreadExecutor({ familiesModule, threads: 1, graceMs: 20_000 });
    const controller = new AbortController();
    const fit = one.fit(request('looking'), {
      signal: controller.signal,
      onProgress: () => controller.abort('enough'),
    });
    expect(await failureOf(fit)).toMatchObject({ code: 'ABORTED', cause: 'enough' });
    await one.close();
  });

  it('ends a fit by force that never looks at its signal', async () => {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const failure = failureOf(threads.fit(request('stubborn'), { signal: controller.signal, onProgress: abort }));
    expect(await failure).toMatchObject({ code: 'ABORTED' });
    expect((await threads.fit(request('fixed'))).lookBack).toBe(0);
  });

  it('keeps a deadline although the fit never yields, on all threads, and works on afterwards', async () => {
    const fits = [1, 2, 3].map(() => failureOf(threads.fit(request('stubborn'), { deadlineMs: 600 })));
    for (const failure of await Promise.all(fits)) expect(failure.code).toBe('DEADLINE_EXCEEDED');
    const after = await Promise.all([threads.fit(forest), threads.fit(forest)]);
    expect(after[0].model).toEqual(after[1].model);
  });

  it.each([
    ['exits', 'exiting', /exited with code: 3/],
    ['throws outside the fit', 'exploding', /thrown outside the fit/],
  ])('fails a request whose thread %s, and replaces the thread', async (_, modelType, message) => {
    for (let i = 0; i < 3; i++) {
      const failure = await failureOf(threads.fit(request(modelType)));
      expect(failure).toMatchObject({ name: 'InterruptedError', code: 'WORKER_FAILURE' });
      expect(failure.message).toMatch(message);
    }
    expect((await threads.fit(request('fixed'))).classes).toEqual(['down', 'up']);
  });

  it('leaves the other request alone when a thread dies', async () => {
    const [failed, fitted] = await Promise.all([failureOf(threads.fit(request('exiting'))), threads.fit(forest)]);
    expect(failed.code).toBe('WORKER_FAILURE');
    expect(fitted.classes).toEqual(['down', 'up']);
  });

  it('takes a waiting request out of the queue when it is aborted', async () => {
    const one = workerThreadExecutor({ familiesModule, threads: 1, graceMs: 0 });
    const first = new AbortController();
    const second = new AbortController();
    const running = failureOf(
      one.fit(request('stubborn'), { signal: first.signal, onProgress: () => second.abort('changed my mind') }),
    );
    const waiting = failureOf(one.fit(request('fixed'), { signal: second.signal }));
    expect(await waiting).toMatchObject({ code: 'ABORTED', cause: 'changed my mind' });
    first.abort();
    expect((await running).code).toBe('ABORTED');
    await one.close();
  });

  it('shares the memory of a shared data set, and copies any other', async () => {
    const shared = shareDataset(tiny);
    await threads.fit(request('writing', { train: shared }));
    expect(shared.features.values[0]).toBe(42);
    await threads.fit(request('writing'));
    expect(tiny.features.values[0]).toBe(0);
  });

  it('sends only the part of a buffer that a view shows', async () => {
    const values = new Float64Array(1000).subarray(10, 12);
    const train = { ...tiny, features: { values, rows: 2, columns: 1 } };
    expect([...(await threads.fit(request('weighing', { train }))).model!]).toEqual([2 * 8]);
  });

  it('refuses a request that no thread can receive', async () => {
    const train = { ...tiny, onRow: () => undefined };
    const failure = await failureOf(threads.fit(request('fixed', { train })));
    expect(failure).toMatchObject({ name: 'InvalidInputError', code: 'INVALID_TYPE' });
    expect((await threads.fit(request('fixed'))).lookBack).toBe(0);
  });

  it('reads a model from a view into a pooled buffer', async () => {
    const predicted = await threads.predict({
      modelType: 'fixed',
      model: Buffer.from([80]),
      features: [matrixFromRows([[1], [2]])],
    });
    expect(predicted.predictions).toEqual([Float64Array.of(1 - 0.8, 0.8, 1 - 0.8, 0.8)]);
  });

  it.each<[string, URL, RegExp]>([
    ['does not exist', new URL('./no-such-families.ts', import.meta.url), /no-such-families/],
    ['has no families', new URL('data:text/javascript,export const models = []'), /families of data:.* must be a list/],
    ['throws', new URL('data:text/javascript,throw new Error("no licence")'), /no licence/],
    [
      'exports something else',
      new URL('data:text/javascript,export const families = [{}]'),
      /\[0\] must be a model family/,
    ],
  ])('refuses to work when the families module %s', async (_, module, message) => {
    const executor = workerThreadExecutor({ familiesModule: module, threads: 1 });
    const failure = await failureOf(executor.fit(request('fixed')));
    expect(failure).toMatchObject({ name: 'InvalidInputError', code: 'INVALID_CONFIG' });
    expect(failure.message).toMatch(message);
    await executor.close();
  });

  it('fails requests when threads cannot even start, and works on once they can', async () => {
    const script = fileURLToPath(new URL('./threads-that-cannot-start.ts', import.meta.url));
    const env = { ...process.env, NODE_OPTIONS: '--conditions=@mlperf/source' };
    const { stdout } = await promisify(execFile)(process.execPath, [script], { env, timeout: 25_000 });
    expect(JSON.parse(stdout)).toEqual({
      broken: ['WORKER_FAILURE', 'WORKER_FAILURE', 'WORKER_FAILURE'],
      healed: 'done',
    });
  });

  it.each<[string, object, string]>([
    ['a text for the URL', { familiesModule: './families.ts' }, 'INVALID_CONFIG'],
    ['a module from the network', { familiesModule: new URL('https://example.com/families.js') }, 'INVALID_CONFIG'],
    ['no threads', { familiesModule, threads: 0 }, 'OUT_OF_RANGE'],
    ['half a thread', { familiesModule, threads: 1.5 }, 'OUT_OF_RANGE'],
    ['a grace without end', { familiesModule, graceMs: Number.POSITIVE_INFINITY }, 'OUT_OF_RANGE'],
  ])('refuses %s', (_, options, code) => {
    const open = () => workerThreadExecutor(options as Parameters<typeof workerThreadExecutor>[0]);
    expect(open).toThrow(expect.objectContaining({ code }));
  });

  it('close ends running and waiting work at once, and is idempotent', async () => {
    const executor = workerThreadExecutor({ familiesModule, threads: 1, graceMs: 60_000 });
    const started = Promise.withResolvers<void>();
    const running = failureOf(executor.fit(request('stubborn'), { onProgress: () => started.resolve() }));
    const waiting = failureOf(executor.fit(request('fixed')));
    await started.promise;
    await Promise.all([executor.close(), executor.close()]);
    expect((await running).code).toBe('CLOSED');
    expect((await waiting).code).toBe('CLOSED');
    expect((await failureOf(executor.fit(request('fixed')))).code).toBe('CLOSED');
    await executor.close();
  });
});

describe('the inline executor', () => {
  it('refuses two families of one type, and an empty list', () => {
    const twice = { families: [families[0]!, families[0]!] };
    expect(() => inlineExecutor(twice)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
    expect(() => inlineExecutor({ families: [] })).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
  });

  it('close ends running and waiting work, and refuses new work', async () => {
    const executor = inlineExecutor({ families });
    const started = Promise.withResolvers<void>();
    const running = failureOf(executor.fit(request('listening'), { onProgress: () => started.resolve() }));
    const waiting = failureOf(executor.fit(request('fixed')));
    await started.promise;
    await executor.close();
    expect((await running).code).toBe('CLOSED');
    expect((await waiting).code).toBe('CLOSED');
    expect((await failureOf(executor.fit(request('fixed')))).code).toBe('CLOSED');
  });
});

describe('data for the families of worker threads', () => {
  it('that cannot be cloned is refused at once', () => {
    expect(() => workerThreadExecutor({ familiesModule, familiesData: () => 1 })).toThrowError(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining('familiesData') }),
    );
  });

  it.each([
    ['a module without prepare', '', "needs a function 'prepare'"],
    ['a prepare that throws', "export const prepare = (data) => { throw new Error('no ' + data.kernel); };", 'no wasm'],
  ])('fails a request for %s with the reason', async (_what, source, words) => {
    const module = `export const families = [{ modelType: 'm', fit() {}, load() {} }]; ${source}`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(module)}`);
    const executor = workerThreadExecutor({ familiesModule: url, familiesData: { kernel: 'wasm' }, threads: 1 });
    try {
      await expect(executor.fit(request('m'))).rejects.toMatchObject({
        code: 'INVALID_CONFIG',
        message: expect.stringContaining(words),
      });
    } finally {
      await executor.close();
    }
  });
});
