import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { install, installedAt, isInstalled } from '../../../src/engines/install.ts';
import { artifactsOf, engineNames, engineSets } from '../../../src/engines/sets.ts';
import type { Artifact, EngineSet } from '../../../src/engines/sets.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-engines-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Waits at once, as retries are not what is tested. */
const impatient: Clock = { ...systemClock, setTimer: (fn) => systemClock.setTimer(fn, 0, true) };
const registries = { maven: 'https://maven.test/repo', pypi: 'https://pypi.test/simple' };

function artifact(from: Artifact['from'], file: string, path: string, content: Buffer): Artifact {
  return { from, file, path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}

/** An archive as PyPI holds them: one folder that everything lies in. */
function archive(): Buffer {
  mkdirSync(join(folder, 'source', 'package-1', 'deps'), { recursive: true });
  writeFileSync(join(folder, 'source', 'package-1', 'deps', 'inside.txt'), 'here');
  execFileSync('tar', ['-czf', join(folder, 'package-1.tar.gz'), '-C', join(folder, 'source'), 'package-1']);
  return readFileSync(join(folder, 'package-1.tar.gz'));
}

/** Package registries that hold `files`, by URL; counts what was asked for. */
function registry(files: ReadonlyMap<string, Buffer>): {
  readonly ports: Parameters<typeof install>[0];
  readonly asked: string[];
} {
  const asked: string[] = [];
  const page = JSON.stringify({ files: [{ filename: 'package-1.tar.gz', url: '../../files/ab/package-1.tar.gz' }] });
  return {
    asked,
    ports: {
      disk: nodeDisk,
      clock: impatient,
      http: async ({ url }) =>
        url === 'https://pypi.test/simple/package/' ? { status: 200, body: page } : { status: 404, body: '' },
      httpStream: async ({ url }) => {
        asked.push(url);
        const body = files.get(url);
        const content = body ?? Buffer.alloc(0);
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let at = 0; at < content.length; at += 7) yield content.subarray(at, at + 7);
        }
        return { status: body === undefined ? 404 : 200, chunks: chunks() };
      },
    },
  };
}

function example(): { readonly set: EngineSet; readonly files: Map<string, Buffer> } {
  const [tar, jar] = [archive(), Buffer.from('a jar')];
  return {
    set: {
      engine: 'flink',
      title: 'Example',
      version: '1',
      archive: artifact('pypi', 'package-1.tar.gz', 'package', tar),
      jars: [artifact('maven', 'a-1.jar', 'org/a/1/a-1.jar', jar)],
      java: 17,
    },
    files: new Map([
      ['https://pypi.test/files/ab/package-1.tar.gz', tar],
      ['https://maven.test/repo/org/a/1/a-1.jar', jar],
    ]),
  };
}

test('archive and jars come from their registries, progress ends at the whole, and a second time nothing is fetched', async () => {
  const { set, files } = example();
  const { ports, asked } = registry(files);
  const seen: number[] = [];
  const total = artifactsOf(set).reduce((sum, { bytes }) => sum + bytes, 0);
  await install(ports, set, folder, registries, (done, all) => {
    seen.push(done);
    expect(all).toBe(total);
  });
  expect(seen.at(-1)).toBe(total);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  const home = installedAt(folder, set);
  expect(readFileSync(join(home, 'deps', 'inside.txt'), 'utf8')).toBe('here');
  expect(readFileSync(join(home, 'jars', 'a-1.jar'), 'utf8')).toBe('a jar');
  expect(existsSync(join(home, 'package-1.tar.gz'))).toBe(false);
  await install(ports, set, folder, registries, () => {});
  expect(asked).toHaveLength(2);
});

test('a file that is not what was pinned is refused after three tries, and nothing counts as installed', async () => {
  const { set, files } = example();
  files.set('https://maven.test/repo/org/a/1/a-1.jar', Buffer.from('other'));
  const { ports, asked } = registry(files);
  await expect(install(ports, set, folder, registries, () => {})).rejects.toThrow(
    /^a-1\.jar could not be fetched: .*SHA-256 differs/,
  );
  expect(asked).toHaveLength(4);
  expect(isInstalled(nodeDisk, folder, set)).toBe(false);
});

test('a registry that does not have the file says so', async () => {
  const { set, files } = example();
  files.delete('https://maven.test/repo/org/a/1/a-1.jar');
  await expect(install(registry(files).ports, set, folder, registries, () => {})).rejects.toThrow(
    'a-1.jar could not be fetched: https://maven.test/repo/org/a/1/a-1.jar answered 404.',
  );
});

test('every pin is a whole one', () => {
  for (const engine of engineNames) {
    for (const { file, bytes, sha256, path } of artifactsOf(engineSets[engine])) {
      expect(file).toMatch(/\.(jar|tar\.gz)$/);
      expect(bytes).toBeGreaterThan(0);
      expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(path).not.toContain('undefined');
    }
  }
});
