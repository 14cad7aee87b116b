/** Where data is kept unless told otherwise, and making sure that it can be. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { StackError, messageOf } from '../core/errors.ts';
import { readFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';

/** `./.millrace` in a clone of this project, else the platform's folder for application data. */
export function defaultDataDirectory(disk: Disk, environment: NodeJS.ProcessEnv = process.env): string {
  if (isClone(disk, resolve('.'))) return resolve('.millrace');
  if (process.platform === 'win32')
    return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'millrace');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'millrace');
  return join(environment['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'millrace');
}

function isClone(disk: Disk, directory: string): boolean {
  try {
    const { name } = JSON.parse(readFileSync(disk, join(directory, 'package.json')).toString('utf8')) as {
      name?: unknown;
    };
    return name === 'millrace';
  } catch {
    return false;
  }
}

/** What may lie in a directory before the broker has written its `meta`. */
const ownNames = new Set(['control.sock', 'millrace.out']);
/** What the parts of a stack keep there. */
const dataNames = ['meta', 'metadata', 'topics', 'state', '.probe', ...ownNames];

/** Does the directory hold data of ours, or nothing at all? What else there is must never be deleted. */
export function isDataDirectory(disk: Disk, directory: string): boolean {
  try {
    return disk.existsSync(join(directory, 'meta')) || disk.listSync(directory).every((name) => ownNames.has(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return false;
    throw error;
  }
}

/**
 * Deletes what is ours in a directory, and the directory when it held nothing else. Returns the names of what else there is: it may
 * have been there before the stack was started on it.
 */
export function removeData(disk: Disk, directory: string): readonly string[] {
  for (const name of dataNames) disk.removeSync(join(directory, name));
  const others = disk.listSync(directory);
  if (others.length === 0) disk.removeSync(directory);
  return others;
}

/**
 * Makes the directory and tries to write there.
 * @throws StackError MILLRACE_DATA_DIR_UNUSABLE, MILLRACE_DISK_FULL
 */
export function prepareDataDirectory(disk: Disk, directory: string): void {
  const probe = join(directory, '.probe');
  try {
    disk.makeDirectorySync(directory);
    const file = disk.openSync(probe, { create: true });
    try {
      file.writeSync(Buffer.alloc(1), 0, 1, 0);
    } finally {
      file.close();
    }
    disk.removeSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new StackError(
        'MILLRACE_DISK_FULL',
        `The disk of the data directory ${directory} is full. Free some room or choose another with --data-dir.`,
        {
          cause: error,
        },
      );
    }
    throw new StackError(
      'MILLRACE_DATA_DIR_UNUSABLE',
      `The data directory ${directory} cannot be written (${messageOf(error)}). Choose another with --data-dir.`,
      { cause: error },
    );
  }
}
