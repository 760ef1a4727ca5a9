import { defineConfig } from 'tsup';
import { libraryBuild } from '../../tsup.base.ts';

// The threads' entry is a file of its own beside the library: piscina loads it by path.
export default defineConfig(libraryBuild({ entry: ['src/index.ts', 'src/worker-entry.ts'] }));
