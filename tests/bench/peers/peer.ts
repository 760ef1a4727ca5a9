import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { environmentPython, missingPeers } from './python-environment.ts';

/** Time and result of one side in one round. */
export interface TimedResult<Result> {
  readonly seconds: number;
  readonly result: Result;
}

/** A Python process of ours that answers timed calls, one at a time. */
export interface Peer {
  /** Such as `{python: '3.11.7', river: '0.26.1'}`. */
  readonly versions: Readonly<Record<string, string>>;
  /** @throws when the Python function raised or the process ended. */
  call<Result>(fn: string, payload: unknown): Promise<TimedResult<Result>>;
  close(): Promise<void>;
}

export interface PeerPlace {
  readonly python: string;
  readonly script: string;
}

/**
 * Starts `tests/bench/peers/<script>` on the pinned peers.
 * @returns a reason when they are not installed: report it as a skipped figure.
 */
export async function openPeer(script: string): Promise<Peer | { readonly missing: string }> {
  const missing = missingPeers();
  if (missing !== undefined) return { missing };
  return startPeer({ python: environmentPython(), script: join(import.meta.dirname, script) });
}

type Answer<Result> =
  | { readonly seconds: number; readonly result: Result }
  | { readonly error: string }
  | { readonly ready: Readonly<Record<string, string>> };

/** Starts a script on a given Python. @throws when it does not get ready. */
export async function startPeer({ python, script }: PeerPlace): Promise<Peer> {
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const spawned = once(child, 'spawn');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // A peer that died breaks the pipe; the next read says so with the script's name.
  child.stdin.on('error', () => {});
  await spawned;

  async function answer<Result>(): Promise<Answer<Result>> {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`the peer ${script} ended before it answered`);
    return JSON.parse(value) as Answer<Result>;
  }

  const ready = await answer<never>();
  if (!('ready' in ready)) throw new Error(`the peer ${script} must first say that it is ready`);
  return {
    versions: ready.ready,
    async call<Result>(fn: string, payload: unknown): Promise<TimedResult<Result>> {
      child.stdin.write(`${JSON.stringify({ function: fn, payload })}\n`);
      const reply = await answer<Result>();
      if ('error' in reply) throw new Error(`${fn} of the peer failed: ${reply.error}`);
      if (!('seconds' in reply)) throw new Error(`${fn} of the peer must answer with its seconds`);
      return reply;
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
