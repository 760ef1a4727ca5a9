import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Manifest, ROOT, type WorkspacePackage, workspacePackages } from './workspace-packages.ts';

export interface PackedPackage extends WorkspacePackage {
  readonly tarball: string;
  /** Paths inside the tarball, sorted, without the leading `package/`. */
  readonly files: readonly string[];
  /** The manifest as published. */
  readonly published: Manifest;
}

/** The environment of a user: none of this repository's own settings. */
export function userEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_|vitest|NODE_OPTIONS$|NODE_ENV$)/i.test(name),
  );
  return Object.fromEntries(inherited);
}

/** Packs every package, as a release would. @throws when a package is not built. */
export function packWorkspace(destination: string): PackedPackage[] {
  const packages = workspacePackages();
  const unbuilt = packages.filter(({ path }) => !existsSync(join(path, 'dist/index.js')));
  if (unbuilt.length > 0) {
    throw new Error(`run \`npm run build\` first; not built: ${unbuilt.map(({ folder }) => folder).join(', ')}`);
  }
  execFileSync(
    'npm',
    ['run', '--silent', 'pnpm', '--', '--filter', './packages/*', 'pack', '--pack-destination', destination],
    { cwd: ROOT, env: userEnvironment(), stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const archives = readdirSync(destination);
  return packages.map((source) => {
    const { name, version } = source.manifest;
    const archive = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
    if (!archives.includes(archive)) throw new Error(`expected ${archive}; got ${archives.join(', ')}`);
    const tarball = join(destination, archive);
    const listing = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
    const manifest = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' });
    return {
      ...source,
      tarball,
      files: listing
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/^package\//, ''))
        .sort(),
      published: JSON.parse(manifest) as Manifest,
    };
  });
}

/** A folder that is gone after `dispose`. */
export function temporaryFolder(name: string): { readonly path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), `mlperf-${name}-`));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}
