import type { TimedResult } from './peer.ts';

/** Fewer rounds make a median that one hiccup of the machine can move. */
const FEWEST_ROUNDS = 5;

export interface SideBySide<Ours, Theirs> {
  /** At least 5. */
  readonly rounds: number;
  readonly ours: (round: number) => TimedResult<Ours> | Promise<TimedResult<Ours>>;
  readonly theirs: (round: number) => TimedResult<Theirs> | Promise<TimedResult<Theirs>>;
  /** Called each round; throws when the two results contradict each other. */
  readonly agree: (ours: Ours, theirs: Theirs, round: number) => void;
}

export interface Comparison {
  /** Their time over ours: above 1, we are faster. The median of `ratios`. */
  readonly ratio: number;
  /** One per round, in order. */
  readonly ratios: readonly number[];
  /** Median seconds of a round. */
  readonly ourSeconds: number;
  readonly theirSeconds: number;
}

/**
 * Times two sides in turn, so that a slow phase of the machine hits both. The side that goes first changes every
 * round. One uncounted round warms both up.
 * @throws when there are fewer than 5 rounds, a time is not positive, or the results do not agree.
 */
export async function sideBySide<Ours, Theirs>(plan: SideBySide<Ours, Theirs>): Promise<Comparison> {
  const { rounds } = plan;
  if (!Number.isInteger(rounds) || rounds < FEWEST_ROUNDS) {
    throw new Error(`rounds must be a whole number of at least ${FEWEST_ROUNDS}; got ${rounds}`);
  }
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const oursFirst = round % 2 === 0;
    const early = oursFirst ? await plan.ours(round) : undefined;
    const their = await plan.theirs(round);
    const our = early ?? (await plan.ours(round));
    plan.agree(our.result, their.result, round);
    if (round < 0) continue;
    ours.push(positive('our', our.seconds));
    theirs.push(positive('their', their.seconds));
  }
  const ratios = ours.map((seconds, round) => (theirs[round] ?? Number.NaN) / seconds);
  return { ratio: median(ratios), ratios, ourSeconds: median(ours), theirSeconds: median(theirs) };
}

/** Seconds and result of a synchronous piece of work. */
export function timed<Result>(work: () => Result): TimedResult<Result> {
  const start = process.hrtime.bigint();
  const result = work();
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, result };
}

function positive(whose: string, seconds: number): number {
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new Error(`${whose} time must be a positive number of seconds; got ${seconds}`);
}

/** The middle value, or the mean of the two middle ones. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}
