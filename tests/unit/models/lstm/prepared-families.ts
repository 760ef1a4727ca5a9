import type { ModelFamily } from '@mlperf/core';
import { adoptLstmKernel, compileLstmKernel, lstmFamily } from '@mlperf/models';

type Kernel = Awaited<ReturnType<typeof compileLstmKernel>>;

const adopted: Kernel[] = [];

/** Takes the kernel the host has compiled. */
export async function prepare(kernel: Kernel): Promise<void> {
  await Promise.resolve();
  adopted.push(kernel);
  adoptLstmKernel(kernel);
}

/** An LSTM that trains only where one kernel was adopted, once, and is the one in use. */
const adoptingFamily: ModelFamily = {
  ...lstmFamily,
  async fit(train, params, context) {
    const inUse = await compileLstmKernel();
    if (adopted.length !== 1 || adopted[0] !== inUse) {
      throw new Error(`one kernel must be adopted and in use; got ${adopted.length}`);
    }
    return lstmFamily.fit(train, params, context);
  },
};

export const families = [adoptingFamily];
