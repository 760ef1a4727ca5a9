import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGES, packageFolders, sourcesOf } from './source-files.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly publishConfig: { readonly access: string; readonly exports: Readonly<Record<string, unknown>> };
}

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
}

/** How one entry point is published. */
function published(entry: string) {
  return {
    import: { types: `./dist/${entry}.d.ts`, default: `./dist/${entry}.js` },
    require: { types: `./dist/${entry}.d.cts`, default: `./dist/${entry}.cjs` },
  };
}

describe.each(packageFolders)('the manifest of %s', (folder) => {
  const manifest = read(join(PACKAGES, folder, 'package.json'));
  const root = read(join(PACKAGES, '../package.json'));
  const entries = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');

  it('has the fields that all packages share', () => {
    expect(manifest).toMatchObject({
      name: `@mlperf/${folder}`,
      version: root.version,
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      files: ['dist'],
      engines: { node: '>=22.16' },
      scripts: { build: 'tsup' },
    });
    expect(manifest.description).toMatch(/^[A-Z].*\.$/);
    const absent = ['private', 'main', 'module', 'types', ...(folder === 'cli' ? [] : ['bin'])];
    expect(Object.keys(manifest).filter((field) => absent.includes(field))).toEqual([]);
  });

  it('resolves to sources here and to both formats with their types when published', () => {
    expect(entries).toContain('.');
    for (const subpath of entries) {
      const entry = subpath === '.' ? 'index' : subpath.slice('./'.length);
      expect(manifest.exports[subpath]).toEqual({ '@mlperf/source': `./src/${entry}.ts`, ...published(entry) });
      // Order decides which condition wins.
      expect(Object.keys(manifest.exports[subpath] as object)).toEqual(['@mlperf/source', 'import', 'require']);
      expect(manifest.publishConfig.exports[subpath]).toEqual(published(entry));
    }
    expect(manifest.exports['./package.json']).toBe('./package.json');
    expect(Object.keys(manifest.publishConfig.exports)).toEqual(Object.keys(manifest.exports));
    expect(manifest.publishConfig.access).toBe('public');
  });

  it('declares the packages of this repository that its sources import, and no other', () => {
    const imported = sourcesOf(folder).flatMap(({ text }) =>
      [...text.matchAll(/(?:from|import)\s*\(?\s*'(@mlperf\/[^'/]+)'/g)].map(([, name]) => name),
    );
    const declared = Object.entries(manifest.dependencies ?? {}).filter(([name]) => name.startsWith('@mlperf/'));
    expect(declared.map(([name]) => name).sort()).toEqual([...new Set(imported)].sort());
    for (const [name, range] of declared) expect([name, range]).toEqual([name, 'workspace:^']);
  });
});
