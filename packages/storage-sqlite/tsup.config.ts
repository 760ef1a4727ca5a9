import { defineConfig } from 'tsup';
import { libraryBuild } from '../../tsup.base.ts';

// The worker is a module of its own: it is started by its file name, beside the entry that starts it.
export default defineConfig(
  libraryBuild({ entry: ['src/index.ts', 'src/sqlite-worker.ts'], dts: { entry: ['src/index.ts'] } }),
);
