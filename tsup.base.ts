import type { Options } from 'tsup';

/** One build for every package: ESM and CommonJS, each with its own declarations. */
export function libraryBuild(overrides: Options = {}): Options {
  return {
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    shims: true,
    splitting: false,
    sourcemap: false,
    silent: true,
    // `sqlite` without its prefix is not a module of Node.
    removeNodeProtocol: false,
    target: 'node22',
    ...overrides,
  };
}
