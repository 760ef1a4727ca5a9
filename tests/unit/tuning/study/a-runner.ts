import type { ModelFamily } from '@mlperf/core';
import type { FitRunner } from '@mlperf/tuning';
import { inlineExecutor } from '@mlperf/workers';

/** As many fits at once, which end in another order than they began. */
export function unsteadyRunner(family: ModelFamily, concurrency: number): FitRunner & { readonly peak: () => number } {
  const inner = inlineExecutor({ families: [family] });
  let fits = 0;
  let running = 0;
  let peak = 0;
  return {
    concurrency,
    peak: () => peak,
    async fit(request, options) {
      const turn = ++fits;
      peak = Math.max(peak, ++running);
      for (let i = 0; i < (turn * 7) % 5; i++) await new Promise((resolve) => setImmediate(resolve));
      try {
        return await inner.fit(request, options);
      } finally {
        running--;
      }
    },
  };
}
