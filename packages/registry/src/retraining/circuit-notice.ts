import type { Clock, TypedEmitter } from '@mlperf/core';
import type { OpenCircuit } from './circuit.ts';
import type { RetrainingEvents } from './retraining-events.ts';
import type { RetrainingResult } from './retraining-manager-options.ts';

/** Tells of an open circuit, once for each time it opened, whoever opened it. */
export class CircuitNotice {
  readonly #modelName: string;
  readonly #clock: Clock;
  readonly #emitter: TypedEmitter<RetrainingEvents>;
  readonly #read: () => Promise<OpenCircuit | undefined>;
  #toldOf: number | undefined;

  constructor(
    modelName: string,
    clock: Clock,
    emitter: TypedEmitter<RetrainingEvents>,
    read: () => Promise<OpenCircuit | undefined>,
  ) {
    this.#modelName = modelName;
    this.#clock = clock;
    this.#emitter = emitter;
    this.#read = read;
  }

  /** @param result - Of work just done: it may have opened the circuit, or found it open. */
  async after(result: RetrainingResult | undefined): Promise<void> {
    const circuit = await this.#circuitAfter(result);
    if (circuit === undefined || circuit.openedAt === this.#toldOf) return;
    this.#toldOf = circuit.openedAt;
    this.#emitter.emit('circuit-opened', { modelName: this.#modelName, at: this.#clock.now(), ...circuit });
  }

  async #circuitAfter(result: RetrainingResult | undefined): Promise<OpenCircuit | undefined> {
    if (result?.status === 'skipped') return result.circuit;
    if (result?.status !== 'failed' && result?.status !== 'rejected') return undefined;
    try {
      return await this.#read();
    } catch {
      // The work is done and its result stands; the next one that is refused tells.
      return undefined;
    }
  }
}
