import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { KernelArithmetic } from './kernel-module.ts';

/** The optimiser stays off: its reordering of hand-written register tiles costs a fifth of the speed. */
const OPTIONS = ['--runtime', 'stub', '--noAssert', '--optimizeLevel', '0', '--enable', 'simd'];

/** Compiles assembly/ with the AssemblyScript compiler of the repository. The same sources give the same bytes. */
export async function compileKernel(arithmetic: KernelArithmetic): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'mlperf-kernel-'));
  try {
    const file = join(folder, 'kernel.wasm');
    const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
    const options = arithmetic === 'relaxed' ? [...OPTIONS, '--enable', 'relaxed-simd'] : OPTIONS;
    await promisify(execFile)(process.execPath, [compiler, 'assembly/index.ts', ...options, '--outFile', file], {
      cwd: import.meta.dirname,
    });
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function embed(arithmetic: KernelArithmetic): Promise<void> {
  const base64 = Buffer.from(await compileKernel(arithmetic)).toString('base64');
  const name = `${arithmetic.toUpperCase()}_KERNEL`;
  const text = `// Made by build-kernel.ts from assembly/. Not to be edited.\nexport const ${name} =\n  '${base64}';\n`;
  await writeFile(join(import.meta.dirname, `${arithmetic}-kernel.ts`), text);
}

if (import.meta.main) {
  await embed('plain');
  await embed('relaxed');
}
