import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMlConfig } from '@mlperf/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('loadMlConfig', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mlperf-config-'));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true });
  });

  async function fileOf(text: string): Promise<string> {
    const path = join(directory, 'config.yaml');
    await writeFile(path, text);
    return path;
  }

  it('reads the ml key of a YAML file and leaves the other keys to the host', async () => {
    const path = await fileOf(`
broker: { name: paper }
ml:
  performanceMonitoring:
    windowSize: 100        # a comment
    rule: rolling
  retraining: { maxAgeDays: 90, enabled: false }
`);
    const config = await loadMlConfig(path);
    expect(config.performanceMonitoring).toMatchObject({ windowSize: 100, rule: 'rolling', minPredictions: 20 });
    expect(config.retraining).toMatchObject({ maxAgeDays: 90, enabled: false });
    expect(config.hyperparameterTuning.nTrials).toBe(50);
  });

  it('reads JSON and shared nodes', async () => {
    expect((await loadMlConfig(await fileOf('{"ml": {"retraining": {"maxPerDay": 2}}}'))).retraining.maxPerDay).toBe(2);
    const shared = await fileOf('cost: &cost 0.001\nml:\n  retraining: { costPerTrade: *cost }\n');
    expect((await loadMlConfig(shared)).retraining.costPerTrade).toBe(0.001);
  });

  it('reports a file that is not there, with the cause', async () => {
    const path = join(directory, 'missing.yaml');
    await expect(loadMlConfig(path)).rejects.toMatchObject({
      name: 'MlperfError',
      code: 'IO_FAILURE',
      message: expect.stringContaining(`${path} cannot be read: ENOENT`),
      cause: expect.objectContaining({ code: 'ENOENT' }),
    });
    await expect(loadMlConfig(directory)).rejects.toMatchObject({ code: 'IO_FAILURE' });
  });

  it.each([
    ['a broken flow', 'ml:\n  retraining: { maxPerDay: 2\nother: 1\n', /line 3/],
    ['a duplicate key', 'ml:\n  retraining: {}\n  retraining: {}\n', /line 3, column 3.*unique/],
    ['a tab as indentation', 'ml:\n\tretraining: {}\n', /line 2/],
    ['a tag of some language', 'ml:\n  retraining: !!python/object:os.system {}\n', /line 2.*tag/],
    ['an alias to nothing', 'ml:\n  retraining: *nowhere\n', /nowhere/],
    ['a second document', 'ml: {}\n---\nml: {}\n', /document/],
  ])('refuses %s with its place', async (_case, text, pattern) => {
    const path = await fileOf(text);
    await expect(loadMlConfig(path)).rejects.toMatchObject({
      name: 'InvalidInputError',
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(pattern),
    });
    await expect(loadMlConfig(path)).rejects.toThrow(`${path} must be valid YAML; got an error`);
  });

  it('refuses aliases that expand without bound', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${new Array<string>(10).fill(`*a${i - 1}`).join(', ')}]`);
    const path = await fileOf(`${lines.join('\n')}\nml: {}\n`);
    await expect(loadMlConfig(path)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('alias'),
    });
  });

  it.each([
    ['', 'got an empty file'],
    ['# only a comment\n', 'got an empty file'],
    ['broker: paper\nmode: live\n', 'got keys broker, mode'],
    ['- ml\n', 'got a list'],
    ['ml', 'got a string'],
    ['{}', 'got no keys'],
  ])('refuses a file without the key: %j', async (text, got) => {
    const path = await fileOf(text);
    await expect(loadMlConfig(path)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: `${path} must have a top-level key ml; ${got}`,
    });
  });

  it('refuses a bad value with the file and the path of the value', async () => {
    const path = await fileOf('ml:\n  performanceMonitoring:\n    windowSize: 0\n');
    await expect(loadMlConfig(path)).rejects.toMatchObject({
      name: 'InvalidInputError',
      code: 'INVALID_CONFIG',
      message: `${path}: ml.performanceMonitoring.windowSize must be a whole number from 1 to 100000; got 0`,
    });
    await expect(loadMlConfig(await fileOf('ml:\n'))).rejects.toThrow('ml must be a mapping of fields; got null');
    await expect(loadMlConfig(await fileOf('ml:\n  retraining:\n'))).rejects.toThrow(
      'ml.retraining must be a mapping of fields; got null',
    );
    await expect(loadMlConfig(await fileOf('ml:\n  __proto__: { retraining: {} }\n'))).rejects.toThrow(
      'ml.__proto__ is not a known field',
    );
  });

  it('refuses a file above 1 MiB unread', async () => {
    const path = await fileOf(`ml: {}\n#${'x'.repeat(1_048_576)}`);
    await expect(loadMlConfig(path)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});
