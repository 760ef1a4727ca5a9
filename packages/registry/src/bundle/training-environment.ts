import type { JsonObject } from '@mlperf/core';

/** What a bundle says of the machine that trained it. The same machine gives the same bytes. */
export function trainingEnvironment(): JsonObject {
  return { runtime: 'node', runtimeVersion: process.version, platform: process.platform, architecture: process.arch };
}
