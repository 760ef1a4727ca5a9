import type { LstmEngine, LstmNetwork, LstmShape, LstmTraining } from '../engine.ts';
import type { KernelArithmetic } from './kernel-module.ts';
import { giveKernelBack, takeKernel } from './kernel-pool.ts';
import { planMemory } from './memory-plan.ts';
import { requireShape, requireTraining } from './require-network.ts';
import { WasmLstmNetwork } from './wasm-network.ts';

/** The engine of our own kernel, with arithmetic that is the same on every machine. */
export const wasmLstmEngine: LstmEngine = lstmKernelEngine('plain');

/**
 * The engine of our own kernel.
 * @param arithmetic - `relaxed` is faster where the machine multiplies and adds in one instruction, and its last bits
 *   are that machine's own.
 */
export function lstmKernelEngine(arithmetic: KernelArithmetic): LstmEngine {
  return {
    name: 'wasm',
    async open(shape: LstmShape, training?: LstmTraining): Promise<LstmNetwork> {
      requireShape(shape);
      if (training !== undefined) requireTraining(training, shape.units.length);
      const plan = planMemory(shape, training?.batchSize);
      const kernel = await takeKernel(arithmetic, plan.bytes);
      return new WasmLstmNetwork(kernel, plan, { ...shape, units: [...shape.units] }, training, (freed) =>
        giveKernelBack(arithmetic, freed),
      );
    },
  };
}
