/** Fetching an engine's files from the package registries into the cache: verified, all or nothing. */
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { HttpClient, HttpStreamClient } from '../core/http.ts';
import { runProcess } from '../core/processes.ts';
import { artifactsOf } from './sets.ts';
import type { Artifact, EngineSet } from './sets.ts';

export interface InstallPorts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly http: HttpClient;
  readonly httpStream: HttpStreamClient;
}

/** Addresses of the package registries, or of mirrors of them. */
export interface Registries {
  /** Layout of a Maven repository. */
  readonly maven: string;
  /** PyPI's simple index (PEP 503, PEP 691). */
  readonly pypi: string;
}

export const publicRegistries: Registries = {
  maven: 'https://repo.maven.apache.org/maven2',
  pypi: 'https://pypi.org/simple',
};

/** Bytes so far of all, and the file that is on its way. */
export type OnProgress = (done: number, total: number, file: string) => void;

/** Where a set lies once it is installed. */
export function installedAt(cache: string, { engine, version }: EngineSet): string {
  return join(cache, `${engine}-${version}`);
}

export function isInstalled(disk: Disk, cache: string, set: EngineSet): boolean {
  return disk.existsSync(installedAt(cache, set));
}

/**
 * Fetches what is missing of a set; does nothing when it is there. A download that was broken off leaves nothing that counts.
 * @throws StackError MILLRACE_ENGINE
 */
export async function install(
  ports: InstallPorts,
  set: EngineSet,
  cache: string,
  registries: Registries,
  onProgress: OnProgress,
): Promise<void> {
  const { disk } = ports;
  if (isInstalled(disk, cache, set)) return;
  const target = installedAt(cache, set);
  const partial = `${target}.partial`;
  disk.removeSync(partial);
  disk.makeDirectorySync(join(partial, 'jars'));
  const total = artifactsOf(set).reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const artifact of artifactsOf(set)) {
    const path = join(partial, artifact === set.archive ? artifact.file : join('jars', artifact.file));
    await fetchArtifact(ports, artifact, registries, path, (done) =>
      onProgress(before + done, total, basename(artifact.file)),
    );
    before += artifact.bytes;
    if (artifact === set.archive) await unpack(disk, path, partial);
  }
  disk.renameSync(partial, target);
}

const tries = 3;

async function fetchArtifact(
  ports: InstallPorts,
  artifact: Artifact,
  registries: Registries,
  path: string,
  onDone: (bytes: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const url =
        artifact.from === 'maven' ? `${registries.maven}/${artifact.path}` : await pypiUrl(ports, artifact, registries);
      return await download(ports, artifact, url, path, onDone);
    } catch (error) {
      if (attempt === tries) {
        throw new StackError('MILLRACE_ENGINE', `${artifact.file} could not be fetched: ${messageOf(error)}`, {
          cause: error,
        });
      }
      await sleep(ports.clock, 1000 * attempt);
    }
  }
}

/** PyPI names files by a hash of their content, so the index has to be asked (PEP 691). */
async function pypiUrl({ http }: InstallPorts, { path, file }: Artifact, { pypi }: Registries): Promise<string> {
  const page = `${pypi.replace(/\/$/, '')}/${path}/`;
  const answer = await http({
    method: 'GET',
    url: page,
    headers: { accept: 'application/vnd.pypi.simple.v1+json' },
    timeoutMs: 30_000,
  });
  if (answer.status !== 200) throw new Error(`${page} answered ${answer.status}.`);
  const { files } = JSON.parse(answer.body) as { files: readonly { filename: string; url: string }[] };
  const found = files.find(({ filename }) => filename === file);
  if (found === undefined) throw new Error(`${page} does not list it.`);
  return new URL(found.url, page).href;
}

async function download(
  { disk, httpStream }: InstallPorts,
  artifact: Artifact,
  url: string,
  path: string,
  onDone: (bytes: number) => void,
): Promise<void> {
  const abort = new AbortController();
  const { status, chunks } = await httpStream({ method: 'GET', url, signal: abort.signal });
  if (status !== 200) {
    abort.abort();
    throw new Error(`${url} answered ${status}.`);
  }
  const hash = createHash('sha256');
  disk.removeSync(path);
  const file = disk.openSync(path, { create: true });
  let done = 0;
  try {
    for await (const chunk of chunks) {
      file.writeSync(chunk, 0, chunk.length, done);
      hash.update(chunk);
      done += chunk.length;
      onDone(done);
    }
  } finally {
    file.close();
  }
  if (hash.digest('hex') !== artifact.sha256)
    throw new Error(
      `${url} is not the file that it should be (${done} bytes, ${artifact.bytes} expected; SHA-256 differs).`,
    );
}

/** With the platform's tar, which every supported system has. */
async function unpack(disk: Disk, archive: string, into: string): Promise<void> {
  const { code, stderr } = await runProcess('tar', ['-xzf', archive, '-C', into, '--strip-components=1']);
  if (code !== 0) throw new StackError('MILLRACE_ENGINE', `${archive} could not be unpacked: ${stderr.trim()}`);
  disk.removeSync(archive);
}
