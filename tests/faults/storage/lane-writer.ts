import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { LANES } from './lanes.ts';
import type { StorageTarget } from './open-target.ts';

/** By lane: the number of its first write, and where it ends, if it does. */
export type LaneSpans = Readonly<Record<string, readonly [number, number | null]>>;

/** A process of its own that writes the lanes once it is told to. Starting one ahead of time saves waiting for it. */
export class LaneWriter {
  /** By lane, how many writes it has called durable. */
  readonly acknowledged: Record<string, number> = Object.fromEntries(LANES.map(({ name }) => [name, 0]));
  readonly lines: string[] = [];
  /** Resolves when it is gone, with its exit code; `null` if a signal ended it. */
  readonly exit: Promise<number | null>;
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #spans: LaneSpans = {};

  constructor(target: StorageTarget) {
    const script = fileURLToPath(new URL('./write-lanes.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=@mlperf/source', script, JSON.stringify(target)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.on('error', () => undefined);
    this.#process = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#take(line);
      this.#notify();
    });
    this.exit = new Promise((resolve) => {
      child.on('close', (code) => {
        resolve(code);
        this.#notify();
      });
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  start(spans: LaneSpans): void {
    this.#spans = spans;
    this.#process.stdin!.write(`${JSON.stringify(spans)}\n`);
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Resolves once it has written this line. */
  line(wanted: string): Promise<void> {
    return this.#until(() => this.lines.includes(wanted), `the line '${wanted}'`);
  }

  /** Resolves once it has called so many writes durable. */
  writes(count: number): Promise<void> {
    return this.#until(() => this.total >= count, `${count} writes`);
  }

  get total(): number {
    return Object.values(this.acknowledged).reduce((sum, n) => sum + n, 0);
  }

  #take(line: string): void {
    this.lines.push(line);
    const [lane, n] = line.split(' ');
    if (n === undefined) return;
    const expected = this.#spans[lane!]![0] + this.acknowledged[lane!]!;
    if (Number(n) !== expected) throw new Error(`${lane} has called ${n} durable after ${expected - 1}`);
    this.acknowledged[lane!]!++;
  }

  #until(holds: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (holds()) resolve();
        else if (this.#process.exitCode === null && this.#process.signalCode === null) return;
        else reject(new Error(`the writer ended before ${what}`));
        this.#waiting.delete(check);
      };
      this.#waiting.add(check);
      check();
    });
  }

  #notify(): void {
    for (const check of this.#waiting) check();
  }
}
