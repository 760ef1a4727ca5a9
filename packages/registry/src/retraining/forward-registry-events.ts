import type { TypedEmitter } from '@mlperf/core';
import type { ModelRegistry } from '../model-registry.ts';
import type { RetrainingEvents } from './retraining-events.ts';

/** Passes on what the registry tells of one model name. @returns ends it. */
export function forwardRegistryEvents(
  registry: ModelRegistry,
  modelName: string,
  emitter: TypedEmitter<RetrainingEvents>,
): () => void {
  const ends = [
    registry.on('model-promoted', (event) => {
      if (event.modelName === modelName) emitter.emit('model-promoted', event);
    }),
    registry.on('model-rolled-back', (event) => {
      if (event.modelName === modelName) emitter.emit('model-rolled-back', event);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
