import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPeer } from '../../bench/peers/peer.ts';
import {
  environmentPython,
  installedRequirements,
  missingPeers,
  REQUIREMENTS,
} from '../../bench/peers/python-environment.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mlperf-peer-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('missingPeers', () => {
  function plantPython(): void {
    mkdirSync(dirname(environmentPython(folder)), { recursive: true });
    writeFileSync(environmentPython(folder), '');
  }

  it('says how to install peers that are not there', () => {
    expect(missingPeers(folder)).toBe('the Python peers are not installed: npm run bench:setup');
  });

  it('takes a half-finished installation for none', () => {
    plantPython();
    expect(missingPeers(folder)).toContain('not installed');
  });

  it('does not accept other versions than the pinned ones', () => {
    plantPython();
    writeFileSync(installedRequirements(folder), 'river==0.1.0\n');
    expect(missingPeers(folder)).toContain('not the pinned ones');
  });

  it('accepts the pinned versions', () => {
    plantPython();
    copyFileSync(REQUIREMENTS, installedRequirements(folder));
    expect(missingPeers(folder)).toBeUndefined();
  });
});

/** A stand-in for Python that speaks the same lines, so that the test needs none. */
const SCRIPT = `
import { createInterface } from 'node:readline';
const say = (message) => console.log(JSON.stringify(message));
say({ ready: { python: 'none' } });
for await (const line of createInterface({ input: process.stdin })) {
  const { function: name, payload } = JSON.parse(line);
  if (name === 'die') process.exit(3);
  if (name === 'double') say({ seconds: 0.5, result: payload * 2 });
  else say({ error: 'KeyError: ' + name });
}`;

describe('a peer', () => {
  function plant(source: string): string {
    const script = join(folder, 'peer.mjs');
    writeFileSync(script, source);
    return script;
  }

  it('answers calls with its own time and result', async () => {
    const peer = await startPeer({ python: process.execPath, script: plant(SCRIPT) });
    expect(peer.versions).toEqual({ python: 'none' });
    expect(await peer.call('double', 21)).toEqual({ seconds: 0.5, result: 42 });
    await peer.close();
    await peer.close();
  });

  it('passes on what the other side raised, and stays usable', async () => {
    const peer = await startPeer({ python: process.execPath, script: plant(SCRIPT) });
    await expect(peer.call('triple', 1)).rejects.toThrow('triple of the peer failed: KeyError: triple');
    expect((await peer.call('double', 1)).result).toBe(2);
    await peer.close();
  });

  it('fails rather than waits when the other side dies', async () => {
    const peer = await startPeer({ python: process.execPath, script: plant(SCRIPT) });
    await expect(peer.call('die', 0)).rejects.toThrow('ended before it answered');
    await peer.close();
  });

  it('fails when the program is not there or does not get ready', async () => {
    await expect(startPeer({ python: join(folder, 'no-python'), script: 'x' })).rejects.toThrow('ENOENT');
    const mute = { python: process.execPath, script: plant('process.exit(0)') };
    await expect(startPeer(mute)).rejects.toThrow('ended before it answered');
  });
});
