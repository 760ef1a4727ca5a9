import { InvalidInputError } from '@mlperf/core';
import { PLAIN_KERNEL } from './plain-kernel.ts';
import { RELAXED_KERNEL } from './relaxed-kernel.ts';
import { type CompiledKernel, webAssembly } from './web-assembly.ts';

/** `plain`: the same bits on every machine. `relaxed`: fused multiply-add where the machine has it; other last bits. */
export type KernelArithmetic = 'plain' | 'relaxed';

const sources = { plain: PLAIN_KERNEL, relaxed: RELAXED_KERNEL };
const compiled = new Map<KernelArithmetic, Promise<CompiledKernel>>();

/**
 * The compiled kernel, one per thread. It can be posted to a worker, which hands it to {@link adoptLstmKernel} and is
 * spared the compilation.
 * @param arithmetic - Default `plain`.
 * @throws {@link InvalidInputError} `INVALID_TYPE` when the machine does not know relaxed SIMD and it is asked for.
 */
export function compileLstmKernel(arithmetic: KernelArithmetic = 'plain'): Promise<CompiledKernel> {
  let module = compiled.get(arithmetic);
  if (module === undefined) {
    if (arithmetic === 'relaxed' && !knowsRelaxedSimd()) {
      throw new InvalidInputError('INVALID_TYPE', "arithmetic must be 'plain' here: the machine has no relaxed SIMD");
    }
    module = webAssembly.compile(bytesOf(sources[arithmetic]));
    compiled.set(arithmetic, module);
  }
  return module;
}

/** Uses what another thread compiled. @param arithmetic - Default `plain`. */
export function adoptLstmKernel(module: CompiledKernel, arithmetic: KernelArithmetic = 'plain'): void {
  compiled.set(arithmetic, Promise.resolve(module));
}

/** Whether this machine's WebAssembly knows relaxed SIMD. */
export function knowsRelaxedSimd(): boolean {
  return webAssembly.validate(bytesOf(RELAXED_KERNEL));
}

function bytesOf(base64: string): Uint8Array {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
