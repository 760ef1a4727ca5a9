import { defineConfig } from 'tsup';
import { libraryBuild } from '../../tsup.base.ts';

// The command is a module of its own: it is run, never imported.
export default defineConfig(
  libraryBuild({ entry: ['src/index.ts', 'src/mlperf.ts'], dts: { entry: ['src/index.ts'] } }),
);
