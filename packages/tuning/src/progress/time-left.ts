const MOST_ENDS = 61;
const BLOCKS = 5;

/**
 * How long the rest of a study will take, from when its trials ended.
 *
 *   time left = (trials left) · (ms per trial) − (time since the last one ended, at most one such time)
 *   ms per trial = median over five blocks of the last 60 gaps of (duration of the block / its gaps);
 *   the mean over all gaps as long as there are fewer than ten
 *
 * Workers end trials in bursts, which a block evens out; a pause (a laptop asleep, one trial that hung) lies in one block
 * of the five and does not move the median. Trials that grow longer move it.
 */
export class TimeLeft {
  #ends: number[];

  /** @param startedAt - When the first trial began; epoch milliseconds. */
  constructor(startedAt: number) {
    this.#ends = [startedAt];
  }

  /** @param at - When a trial ended; one earlier than the last is taken as then. */
  ended(at: number): void {
    this.#ends.push(Math.max(at, this.#ends.at(-1)!));
    if (this.#ends.length > MOST_ENDS) this.#ends.shift();
  }

  /**
   * @param trialsLeft - At least 0.
   * @returns milliseconds, at least 0; `undefined` until a trial has ended.
   */
  estimate(trialsLeft: number, now: number): number | undefined {
    const perTrial = this.#msPerTrial();
    if (perTrial === undefined) return undefined;
    const waited = Math.max(0, now - this.#ends.at(-1)!);
    return Math.max(0, trialsLeft * perTrial - Math.min(waited, perTrial));
  }

  #msPerTrial(): number | undefined {
    const ends = this.#ends;
    const gaps = ends.length - 1;
    if (gaps === 0) return undefined;
    if (gaps < 2 * BLOCKS) return (ends[gaps]! - ends[0]!) / gaps;
    const rates = Array.from({ length: BLOCKS }, (_, block) => {
      const from = Math.floor((block * gaps) / BLOCKS);
      const to = Math.floor(((block + 1) * gaps) / BLOCKS);
      return (ends[to]! - ends[from]!) / (to - from);
    });
    return rates.sort((a, b) => a - b)[Math.floor(BLOCKS / 2)];
  }
}

/** A duration as people say it: `42 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
