import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Where `npm run bench:setup` puts the peers. */
export const ENVIRONMENT = resolve(import.meta.dirname, '../../../.venv');

/** The copy of the requirements that were installed last, whole and without error. */
export function installedRequirements(environment: string = ENVIRONMENT): string {
  return join(environment, 'mlperf-requirements.txt');
}

/** The Python of the peers, whether or not it exists. */
export function environmentPython(environment: string = ENVIRONMENT): string {
  return process.platform === 'win32' ? join(environment, 'Scripts/python.exe') : join(environment, 'bin/python');
}

/** Why no peer can run here; `undefined` when the pinned versions are installed. */
export function missingPeers(environment: string = ENVIRONMENT): string | undefined {
  const installed = installedRequirements(environment);
  if (!existsSync(environmentPython(environment)) || !existsSync(installed)) {
    return 'the Python peers are not installed: npm run bench:setup';
  }
  if (readFileSync(installed, 'utf8') !== readFileSync(REQUIREMENTS, 'utf8')) {
    return 'the installed Python peers are not the pinned ones: npm run bench:setup';
  }
  return undefined;
}
