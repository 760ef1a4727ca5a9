import { MlperfError } from '@mlperf/core';

/**
 * What was thrown, as a line for people: its kind and its message. Never throws itself, whatever a host has thrown: an
 * object without a prototype, an error whose message cannot be read.
 */
export function reasonText(reason: unknown): string {
  try {
    if (MlperfError.is(reason)) return `${reason.code}: ${reason.message}`;
    return reason instanceof Error ? `${reason.name}: ${reason.message}` : `thrown: ${String(reason)}`;
  } catch {
    return `thrown: a value of type ${typeof reason} that cannot be shown`;
  }
}
