import { InvalidInputError } from '@mlperf/core';
import type { KernelExports } from './kernel-exports.ts';
import { compileLstmKernel, type KernelArithmetic } from './kernel-module.ts';
import { FIRST_ADDRESS } from './memory-plan.ts';
import { type CompiledKernel, webAssembly } from './web-assembly.ts';

const PAGE = 65_536;
/** Idle kernels kept for the next network. A WebAssembly memory cannot shrink, so large ones are let go. */
const MOST_IDLE = 4;
const MOST_IDLE_PAGES = 256;

const idle: { readonly arithmetic: KernelArithmetic; readonly kernel: KernelExports }[] = [];

/**
 * A kernel whose memory has at least `bytes`, zero from the plan's first address on. One that a disposed network gave
 * back is taken first: every WebAssembly memory reserves gigabytes of addresses, and the collector is in no hurry to
 * return them.
 * @throws {@link InvalidInputError} `TOO_LARGE` when the machine has no such memory left.
 */
export async function takeKernel(arithmetic: KernelArithmetic, bytes: number): Promise<KernelExports> {
  const module = await compileLstmKernel(arithmetic);
  const found = idle.findIndex((entry) => entry.arithmetic === arithmetic);
  const kernel = idle.splice(found, found < 0 ? 0 : 1)[0]?.kernel ?? instantiate(module);
  new Uint8Array(kernel.memory.buffer).fill(0, FIRST_ADDRESS);
  const missing = Math.ceil(bytes / PAGE) - kernel.memory.buffer.byteLength / PAGE;
  if (missing > 0) {
    try {
      kernel.memory.grow(missing);
    } catch (cause) {
      throw new InvalidInputError('TOO_LARGE', `an LSTM network of ${bytes} bytes must fit in memory; it does not`, {
        cause,
      });
    }
  }
  return kernel;
}

/** Keeps a kernel for {@link takeKernel}, or leaves it to the collector. */
export function giveKernelBack(arithmetic: KernelArithmetic, kernel: KernelExports): void {
  if (idle.length < MOST_IDLE && kernel.memory.buffer.byteLength <= MOST_IDLE_PAGES * PAGE) {
    idle.push({ arithmetic, kernel });
  }
}

function instantiate(module: CompiledKernel): KernelExports {
  const { exports } = newInstance(module);
  if (!isKernel(exports)) throw new TypeError('the LSTM kernel must export a memory and its functions');
  return exports;
}

function newInstance(module: CompiledKernel): { readonly exports: object } {
  try {
    return new webAssembly.Instance(module, {});
  } catch (cause) {
    // A RangeError: each memory reserves gigabytes of addresses, and those are all taken.
    throw new InvalidInputError('TOO_LARGE', 'an LSTM network must get a memory; the process has room for no further', {
      cause,
    });
  }
}

function isKernel(exports: object): exports is KernelExports {
  return 'memory' in exports && 'forward' in exports && 'adam' in exports;
}
