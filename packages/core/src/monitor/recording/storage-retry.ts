import type { Clock } from '../../clock.ts';
import { MlperfError, StorageError } from '../../errors.ts';

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;
/** Attempts that are left to a failing store once its user is closing. */
const CLOSING_ATTEMPTS = 3;

export interface StorageRetryOptions {
  /** The storage's. */
  readonly clock: Clock;
  /** Ends a pause at once. */
  readonly stop: AbortSignal;
  /** Whether only a few more attempts are worth while. */
  readonly closing: () => boolean;
  /** Whether no attempt is any more. */
  readonly givenUp: () => boolean;
  /** Called once for each outage, at its beginning. */
  readonly onOutage: (error: MlperfError) => void;
}

/** Tries again for as long as the store merely fails, ever more slowly. */
export class StorageRetry {
  readonly #options: StorageRetryOptions;
  #outage = false;

  constructor(options: StorageRetryOptions) {
    this.#options = options;
  }

  /** @throws what `attempt` throws, unless it is `STORAGE_FAILURE`; that too once closing has used up its attempts. */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    const { clock, stop, closing, givenUp, onOutage } = this.#options;
    let closingAttempts = 0;
    for (let tries = 0; ; tries++) {
      try {
        const result = await attempt();
        this.#outage = false;
        return result;
      } catch (error) {
        const typed = asTyped(error);
        if (typed.code !== 'STORAGE_FAILURE' || givenUp()) throw typed;
        if (closing() && ++closingAttempts >= CLOSING_ATTEMPTS) throw typed;
        if (!this.#outage) {
          this.#outage = true;
          onOutage(typed);
        }
        const pause = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 10));
        await clock.sleep(pause, stop).catch(() => undefined);
      }
    }
  }
}

/** An error no adapter should let out: nobody promised that trying again mends it. */
export function asTyped(error: unknown): MlperfError {
  if (MlperfError.is(error)) return error;
  return new StorageError('IO_FAILURE', `storage failed in a way it does not report: ${String(error)}`, {
    cause: error,
  });
}
