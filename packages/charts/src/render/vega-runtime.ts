import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MlperfError } from '@mlperf/core';

let runtime: Promise<string> | undefined;

/**
 * The text of the installed Vega for browsers, read once.
 * @throws `IO_FAILURE` when it is not beside the entry point of `vega`, as in a bundle.
 */
export function vegaRuntime(): Promise<string> {
  runtime ??= readRuntime();
  return runtime;
}

async function readRuntime(): Promise<string> {
  try {
    const entry = createRequire(import.meta.url).resolve('vega');
    const text = await readFile(join(dirname(entry), 'vega.min.js'), 'utf8');
    // Its own text must not end the element it stands in.
    return text.replaceAll(/<\/(script)/gi, '<\\/$1').replaceAll('<!--', '<\\!--');
  } catch (error) {
    runtime = undefined;
    throw new MlperfError('IO_FAILURE', "vega.min.js must be installed with the package 'vega'; it cannot be read", {
      cause: error,
    });
  }
}
