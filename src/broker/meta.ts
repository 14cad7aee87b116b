/** The file `meta` of a data directory: its format, and the id of the cluster that it holds (docs/internals/disk-format.md). */
import { join } from 'node:path';
import { readFileSync, replaceFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { randomUuid } from '../core/random.ts';
import type { Random } from '../core/random.ts';

const format = 1;

export interface Meta {
  readonly format: number;
  readonly clusterId: string;
}

/**
 * Reads `meta`, or writes it when the directory is new.
 * @throws StackError MILLRACE_DATA_DIR_NEWER, MILLRACE_DATA_DIR_UNUSABLE
 */
export function openMeta(disk: Disk, random: Random, dataDir: string): Meta {
  const path = join(dataDir, 'meta');
  if (!disk.existsSync(path)) {
    const meta = { format, clusterId: randomUuid(random).toString('base64url') };
    replaceFileSync(disk, path, Buffer.from(`${JSON.stringify(meta)}\n`));
    return meta;
  }
  const meta = parse(readFileSync(disk, path).toString('utf8'));
  if (meta === undefined) {
    throw new StackError(
      'MILLRACE_DATA_DIR_UNUSABLE',
      `${path} is not what Millrace writes there; restore it, or choose another directory with --data-dir.`,
    );
  }
  if (meta.format > format) {
    throw new StackError(
      'MILLRACE_DATA_DIR_NEWER',
      `The data directory ${dataDir} was written by a newer Millrace (format ${meta.format}, this one knows ${format}). Use that version, or another directory with --data-dir.`,
    );
  }
  return meta;
}

function parse(text: string): Meta | undefined {
  try {
    const value = JSON.parse(text) as Partial<Meta> | null;
    const known = Number.isInteger(value?.format) && typeof value?.clusterId === 'string';
    return known ? (value as Meta) : undefined;
  } catch {
    return undefined;
  }
}
