import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
export const PACKAGES = join(ROOT, 'packages');

export interface SourceFile {
  /** From `packages`, with forward slashes: `core/src/clock.ts`. */
  readonly path: string;
  readonly text: string;
}

export const packageFolders: readonly string[] = readdirSync(PACKAGES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

/** Every TypeScript source of one package. */
export function sourcesOf(folder: string): SourceFile[] {
  const src = join(PACKAGES, folder, 'src');
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(PACKAGES, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
}
