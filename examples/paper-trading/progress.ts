import type { ProgressSink } from '@mlperf/core';
import { Presets, SingleBar } from 'cli-progress';

/** A bar on a terminal; elsewhere one plain line whenever the label changes. */
export function consoleProgress(stream: NodeJS.WriteStream = process.stderr): ProgressSink {
  return stream.isTTY ? new TerminalProgress(stream) : new PlainProgress();
}

class TerminalProgress implements ProgressSink {
  readonly #bar: SingleBar;

  constructor(stream: NodeJS.WriteStream) {
    this.#bar = new SingleBar(
      { stream, hideCursor: true, clearOnComplete: true, format: '{bar} {percentage}% · {label}' },
      Presets.shades_classic,
    );
  }

  start(total: number, label: string): void {
    this.#bar.start(total, 0, { label });
  }

  update(done: number, label?: string): void {
    this.#bar.update(done, label === undefined ? {} : { label });
  }

  stop(): void {
    this.#bar.stop();
  }
}

class PlainProgress implements ProgressSink {
  #total = 0;
  #label = '';

  start(total: number, label: string): void {
    this.#total = total;
    this.update(0, label);
  }

  update(done: number, label = this.#label): void {
    if (label === this.#label) return;
    this.#label = label;
    console.log(`${String(Math.floor((100 * done) / this.#total)).padStart(3)} %  ${label}`);
  }

  stop(): void {}
}
