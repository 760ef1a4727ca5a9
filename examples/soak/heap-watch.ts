import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The live heap, after a full collection, at the moments it is looked at. */
export class HeapWatch {
  readonly megabytes: number[] = [];
  readonly #collect: () => void;

  constructor() {
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc');
  }

  look(): void {
    this.#collect();
    this.megabytes.push(process.memoryUsage().heapUsed / 2 ** 20);
  }

  /** Growth per look, by least squares over all but the first looks, in which code is still being loaded; megabytes. */
  slope(): number {
    const values = this.megabytes.slice(2);
    const middle = (values.length - 1) / 2;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    let covariance = 0;
    let variance = 0;
    values.forEach((value, i) => {
      covariance += (i - middle) * (value - mean);
      variance += (i - middle) ** 2;
    });
    return covariance / variance;
  }
}
