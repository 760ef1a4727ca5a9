import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process of its own that runs one of the scripts in `children/`. */
export interface Child {
  readonly process: ChildProcess;
  /** The lines it has written so far. */
  readonly lines: readonly string[];
  /** Resolves with its next line that starts so. */
  line(start: string): Promise<string>;
  /** Resolves with its exit code; `null` if a signal ended it. */
  readonly exit: Promise<number | null>;
}

export function startChild(script: string, args: readonly string[]): Child {
  const path = fileURLToPath(new URL(`./children/${script}`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@mlperf/source', path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const notify = () => {
    for (const check of waiting) check();
  };
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => {
    lines.push(line);
    notify();
  });
  const exit = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      resolve(code);
      notify();
    });
  });
  return {
    process: child,
    lines,
    exit,
    line: (start) =>
      new Promise((resolve, reject) => {
        let next = 0;
        const check = () => {
          while (next < lines.length) {
            const line = lines[next++]!;
            if (!line.startsWith(start)) continue;
            waiting.delete(check);
            resolve(line);
            return;
          }
          if (child.exitCode !== null) reject(new Error(`the child ended without a line '${start}'`));
        };
        waiting.add(check);
        check();
      }),
  };
}
