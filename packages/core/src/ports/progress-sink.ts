/** Where long work shows how far it is. */
export interface ProgressSink {
  start(total: number, label: string): void;
  /** @param done - Units done of `total`. */
  update(done: number, label?: string): void;
  stop(): void;
}
