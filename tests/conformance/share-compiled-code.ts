import { tmpdir } from 'node:os';
import { join } from 'node:path';

// The suite starts hundreds of worker threads on the same sources: let each find what the one before has compiled.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'mlperf-compile-cache');
