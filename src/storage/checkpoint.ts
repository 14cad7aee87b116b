/** The `checkpoint` file of a partition (docs/internals/disk-format.md). */
import { dirname, join } from 'node:path';
import { readFileSync, replaceFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';

const version = 1;

export interface Checkpoint {
  readonly logStartOffset: number;
  readonly recoveryPoint: number;
  /** The last segment at an orderly end. */
  readonly clean?: { readonly segment: number; readonly bytes: number };
}

export function readCheckpoint(disk: Disk, directory: string): Checkpoint {
  const path = join(directory, 'checkpoint');
  if (!disk.existsSync(path)) return { logStartOffset: 0, recoveryPoint: 0 };
  const lines = readFileSync(disk, path).toString('utf8').trimEnd().split('\n');
  if (Number(lines[0]) > version) {
    throw new StackError(
      'MILLRACE_DATA_DIR_NEWER',
      `${path} has version ${lines[0]}; this Millrace knows ${version}. Use the newer one that wrote it.`,
    );
  }
  const [logStartOffset, recoveryPoint] = [Number(lines[1]), Number(lines[2])];
  if (Number(lines[0]) !== version || !Number.isSafeInteger(logStartOffset) || !Number.isSafeInteger(recoveryPoint)) {
    throw new StackError(
      'MILLRACE_LOG_CORRUPT',
      `${path} is not a checkpoint. It is replaced as a whole, so no crash leaves it so.`,
    );
  }
  const clean = lines[3]?.split(' ').map(Number);
  return clean === undefined
    ? { logStartOffset, recoveryPoint }
    : { logStartOffset, recoveryPoint, clean: { segment: clean[0] ?? -1, bytes: clean[1] ?? -1 } };
}

export function writeCheckpoint(disk: Disk, directory: string, checkpoint: Checkpoint): void {
  replaceFileSync(disk, join(directory, 'checkpoint'), encodeCheckpoint(checkpoint));
}

export function encodeCheckpoint({ logStartOffset, recoveryPoint, clean }: Checkpoint): Buffer {
  const lines = [
    version,
    logStartOffset,
    recoveryPoint,
    ...(clean === undefined ? [] : [`${clean.segment} ${clean.bytes}`]),
  ];
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** The `cleaned` file: compaction has seen everything below. 0 when it is missing or says nothing, which only costs time. */
export function readCleanedOffset(disk: Disk, directory: string): number {
  const path = join(directory, 'cleaned');
  if (!disk.existsSync(path)) return 0;
  const [first, offset] = readFileSync(disk, path).toString('utf8').split('\n').map(Number);
  return first === version && offset !== undefined && Number.isSafeInteger(offset) && offset >= 0 ? offset : 0;
}

export function writeCleanedOffset(disk: Disk, directory: string, offset: number): void {
  replaceFileSync(disk, join(directory, 'cleaned'), Buffer.from(`${version}\n${offset}\n`));
}

/** As core's `replaceFileSync`, its sync off the calling thread; false, and no change, if `proceed` says so after it. */
export async function replaceFile(
  disk: Disk,
  path: string,
  content: Uint8Array,
  proceed: () => boolean,
): Promise<boolean> {
  const replace = await stageFile(disk, path, content);
  if (!proceed()) return false;
  replace();
  disk.syncDirectorySync(dirname(path));
  return true;
}

/** The first half of a replacement: the new content is on the disk, beside the old one. The function puts it in its place. */
export async function stageFile(disk: Disk, path: string, content: Uint8Array): Promise<() => void> {
  const temporary = `${path}.tmp`;
  disk.removeSync(temporary);
  const file = disk.openSync(temporary, { create: true });
  try {
    file.writeSync(content, 0, content.length, 0);
    await file.sync();
  } finally {
    file.close();
  }
  return () => disk.renameSync(temporary, path);
}
