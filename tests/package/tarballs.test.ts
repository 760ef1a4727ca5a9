import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PackedPackage, packWorkspace, temporaryFolder } from './packed-tarballs.ts';
import { ROOT, workspacePackages } from './workspace-packages.ts';

const ATTW = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
const folder = temporaryFolder('tarballs');
let packed: readonly PackedPackage[] = [];

beforeAll(() => {
  packed = packWorkspace(folder.path);
});
afterAll(() => folder.dispose());

describe.each(workspacePackages())('the tarball of $manifest.name', ({ folder: name }) => {
  const find = () => {
    const found = packed.find((candidate) => candidate.folder === name);
    if (found === undefined) throw new Error(`${name} was not packed`);
    return found;
  };

  it('holds the build in both formats, each with its own declarations, and no source', () => {
    const { files } = find();
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'dist/index.cjs',
        'dist/index.d.cts',
        'dist/index.d.ts',
        'dist/index.js',
        'package.json',
      ]),
    );
    expect(files.filter((file) => !/^(?:LICENSE|README\.md|package\.json|dist\/.+)$/.test(file))).toEqual([]);
    expect(files.filter((file) => /(?<!\.d)\.[cm]?ts$/.test(file))).toEqual([]);
  });

  it('names no source condition and no workspace range', () => {
    const { published } = find();
    expect(JSON.stringify(published)).not.toMatch(/@mlperf\/source|workspace:|"\.\/src/);
    for (const [dependency, range] of Object.entries(published.dependencies ?? {})) {
      if (dependency.startsWith('@mlperf/')) expect(range).toBe(`^${published.version}`);
    }
  });

  it('passes publint with every message counted as an error', async () => {
    // A copy, since a small file's bytes share a larger buffer.
    const tarball = new Uint8Array(readFileSync(find().tarball)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(pkg.name).toBe(find().manifest.name);
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('has types that resolve as its code does, for ESM, CommonJS and bundlers', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [ATTW, find().tarball, '--profile', 'node16', '--no-emoji', '--no-color', '--format', 'ascii'],
      { encoding: 'utf8' },
    );
    expect(status, `${stdout}\n${stderr}`).toBe(0);
  });
});
