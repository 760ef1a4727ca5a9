import { createDataset, MlperfError } from '@mlperf/core';
import { workerThreadExecutor } from '@mlperf/workers';

// A process of its own: threads read NODE_OPTIONS again when they start, and a test runner's process hides it.
const executor = workerThreadExecutor({ familiesModule: new URL('./families.ts', import.meta.url), threads: 2 });
const train = createDataset({
  features: [[0], [1]],
  featureNames: ['x'],
  targets: [0, 1],
  classes: ['down', 'up'],
  timestamps: [0, 1],
  labelEndsAt: [1, 2],
});

async function outcome(): Promise<string> {
  try {
    await executor.fit({ modelType: 'fixed', hyperparameters: {}, seed: 'seed', train });
    return 'done';
  } catch (error) {
    return MlperfError.is(error) ? error.code : String(error);
  }
}

const sound = process.env.NODE_OPTIONS ?? '';
process.env.NODE_OPTIONS = `${sound} --require /no/such/preload.cjs`;
const broken = await Promise.all([outcome(), outcome(), outcome()]);
process.env.NODE_OPTIONS = sound;
const healed = await outcome();
await executor.close();
console.log(JSON.stringify({ broken, healed }));
