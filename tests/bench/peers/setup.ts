import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import {
  ENVIRONMENT,
  environmentPython,
  installedRequirements,
  missingPeers,
  REQUIREMENTS,
} from './python-environment.ts';

const OLDEST_PYTHON = [3, 11] as const;
const CANDIDATES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11'];

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function versionOf(python: string): readonly [number, number] | undefined {
  const script = 'import sys; print(sys.version_info.major, sys.version_info.minor)';
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [major, minor] = stdout.trim().split(' ').map(Number);
  return major === undefined || minor === undefined ? undefined : [major, minor];
}

function recentPython(): string {
  const found: string[] = [];
  for (const candidate of CANDIDATES) {
    const version = versionOf(candidate);
    if (version === undefined) continue;
    const [major, minor] = version;
    if (major === OLDEST_PYTHON[0] && minor >= OLDEST_PYTHON[1]) return candidate;
    found.push(`${candidate} is ${major}.${minor}`);
  }
  return fail(
    `The benchmark peers need Python ${OLDEST_PYTHON.join('.')} or newer on the path; got ${found.join(', ') || 'none'}.\n` +
      'Without them every comparison with a peer is reported as skipped; the other benchmarks run as they are.',
  );
}

function run(what: string, python: string, args: readonly string[]): void {
  const { status, error } = spawnSync(python, args, { stdio: 'inherit' });
  if (status !== 0) fail(`${what} failed${error === undefined ? '' : `: ${error.message}`}`);
}

if (missingPeers() === undefined) {
  console.log('the Python peers are installed');
} else {
  rmSync(installedRequirements(), { force: true });
  if (!existsSync(environmentPython())) {
    rmSync(ENVIRONMENT, { recursive: true, force: true });
    run('making the virtual environment', recentPython(), ['-m', 'venv', ENVIRONMENT]);
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
  run('installing the peers', environmentPython(), [...pip, '--requirement', REQUIREMENTS]);
  copyFileSync(REQUIREMENTS, installedRequirements());
  console.log('installed the Python peers into .venv');
}
