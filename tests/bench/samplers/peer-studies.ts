import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Peer } from '../peers/peer.ts';
import { TABLES } from './tables.ts';

/** Git ignores it. */
const CACHE = resolve(import.meta.dirname, '../../../.data/optuna-studies.json');
const SCRIPT = resolve(import.meta.dirname, '../peers/optuna_samplers.py');

export interface PeerStudies {
  readonly function: string;
  readonly sampler: string;
  readonly trials: number;
  /** Seeds 0 to seeds − 1. */
  readonly seeds: number;
}

/**
 * The outcomes of Optuna's studies, by seed. What it found is a function of its versions, the script and the tables:
 * outcomes are kept by the digest of these, so that only what is missing is run.
 */
export async function peerStudies(peer: Peer, { seeds, ...study }: PeerStudies): Promise<number[]> {
  const cache = readCache();
  const key = `${fingerprint(peer)} ${study.function} ${study.sampler} ${study.trials}`;
  const known = [...(cache[key] ?? [])];
  while (known.length < seeds) {
    const { result } = await peer.call<number>('study', { ...study, seed: known.length });
    known.push(result);
    writeCache({ ...readCache(), [key]: known });
  }
  return known.slice(0, seeds);
}

function fingerprint({ versions }: Peer): string {
  const hash = createHash('sha256').update(JSON.stringify(versions)).update(readFileSync(SCRIPT));
  for (const file of readdirSync(TABLES).sort()) hash.update(file).update(readFileSync(join(TABLES, file)));
  return hash.digest('hex').slice(0, 16);
}

type Cache = Readonly<Record<string, readonly number[]>>;

function readCache(): Cache {
  return existsSync(CACHE) ? JSON.parse(readFileSync(CACHE, 'utf8')) : {};
}

function writeCache(cache: Cache): void {
  mkdirSync(resolve(CACHE, '..'), { recursive: true });
  writeFileSync(`${CACHE}.new`, JSON.stringify(cache));
  renameSync(`${CACHE}.new`, CACHE);
}
