import type { KernelExports } from '../../../../../packages/models/src/lstm/kernel/kernel-exports.ts';
import { takeKernel } from '../../../../../packages/models/src/lstm/kernel/kernel-pool.ts';
import { FIRST_ADDRESS } from '../../../../../packages/models/src/lstm/kernel/memory-plan.ts';

/** A kernel with room for `count` numbers of single precision at `address`. */
export async function openKernel(
  count: number,
): Promise<{ readonly kernel: KernelExports; readonly address: number; readonly numbers: Float32Array }> {
  const kernel = await takeKernel('plain', FIRST_ADDRESS + 4 * count);
  return {
    kernel,
    address: FIRST_ADDRESS,
    numbers: new Float32Array(kernel.memory.buffer, FIRST_ADDRESS, count),
  };
}
