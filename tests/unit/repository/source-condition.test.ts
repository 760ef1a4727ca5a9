import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const SOURCES = /\/packages\/core\/src\/index\.ts$/;
const ROOT = new URL('../../../', import.meta.url);

describe('@mlperf packages resolve to their sources', () => {
  it('in a child process', () => {
    const script = "process.stdout.write(import.meta.resolve('@mlperf/core'))";
    const url = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(url).toMatch(SOURCES);
  });

  it('in a worker thread', async () => {
    const script = `import { parentPort } from 'node:worker_threads';
      import { createRequire } from 'node:module';
      const resolved = createRequire(${JSON.stringify(import.meta.url)}).resolve('@mlperf/core');
      parentPort.postMessage(resolved);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`));
    const [resolved] = await once(worker, 'message');
    expect(resolved).toMatch(SOURCES);
    await worker.terminate();
  });

  it('on the Node this repository pins', () => {
    expect(Number(process.versions.node.split('.')[0])).toBe(24);
  });
});
