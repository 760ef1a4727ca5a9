import { lstmFamily, wasmLstmEngine } from '@mlperf/models';
import { expect, it } from 'vitest';
import { fitContext, quick, signOfSum } from './toy-sequences.ts';

/** What the test counts; TypeScript declares it for browsers only. */
declare const WebAssembly: { Instance: new (...given: unknown[]) => object };

const MEGABYTE = 1024 * 1024;

it('a thousand fits, models and loads leave no memory behind', async () => {
  const train = signOfSum(60, 'leak');
  const round = async (seed: string) => {
    const model = await lstmFamily.fit(train, { ...quick, epochs: 1, units: 16 }, fitContext({ seed }));
    const loaded = await lstmFamily.load(model.serialize());
    await loaded.predict(train.features);
    model.dispose();
    loaded.dispose();
  };
  // The first fits compile and take what is reused later.
  for (let i = 0; i < 50; i++) await round(`warm ${i}`);
  globalThis.gc?.();
  const before = process.memoryUsage();
  for (let i = 0; i < 1_000; i++) await round(`fit ${i}`);
  globalThis.gc?.();
  const after = process.memoryUsage();
  // A WebAssembly memory is at least 64 KiB, a thousand of them 64 MiB; a network of these sizes takes more.
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * MEGABYTE);
  expect(after.rss - before.rss).toBeLessThan(48 * MEGABYTE);
});

it('a fit that fails frees its memory too', async () => {
  const train = signOfSum(60, 'leak');
  const controller = () => {
    let asked = 0;
    const { signal } = new AbortController();
    Object.defineProperty(signal, 'aborted', { get: () => ++asked > 12 });
    return signal;
  };
  const fail = async () => {
    const work = lstmFamily.fit(train, { ...quick, units: 16 }, fitContext({ signal: controller() }));
    await expect(work).rejects.toMatchObject({ code: 'ABORTED' });
  };
  const { Instance } = WebAssembly;
  let made = 0;
  // A kernel that is given back is taken again: however many fits fail, no further memory is asked for.
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, given) {
      made++;
      return Reflect.construct(target, given);
    },
  });
  try {
    for (let i = 0; i < 50; i++) await fail();
    const first = made;
    for (let i = 0; i < 1_000; i++) await fail();
    expect(made).toBe(first);
    // The count sees kernels: five networks held at once need some that are not there yet.
    const held = await Promise.all(
      Array.from({ length: 5 }, () =>
        wasmLstmEngine.open({ features: 1, steps: 1, units: [4], outputs: 1, head: 'sigmoid' }),
      ),
    );
    expect(made).toBeGreaterThan(first);
    for (const network of held) network.dispose();
  } finally {
    WebAssembly.Instance = Instance;
  }
});
