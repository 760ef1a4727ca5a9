import { defineConfig } from 'tsup';
import { libraryBuild } from '../../tsup.base.ts';

// What runs in other processes is a module of its own: it is started by its file name, beside the entry.
export default defineConfig(
  libraryBuild({
    entry: { index: 'src/index.ts', 'process-entry': 'src/processes/process-entry.ts' },
    dts: { entry: ['src/index.ts'] },
  }),
);
