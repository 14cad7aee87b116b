/**
 * The disk as a port. Broker, log and state see files only through it, so that a simulated disk can drop, tear and
 * reorder what was not synced. This file is the only place that touches the platform's file system.
 *
 * Paths are absolute or relative to the working directory, with `/` or the platform's separator.
 * Failures keep the platform's `code` (`ENOENT`, `ENOSPC`, …) on the error.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';

export interface DiskFile {
  /** Bytes of the file now. */
  size(): number;
  /** Reads up to `length` bytes at `position` into `target`; fewer only at the end of the file. Returns the bytes read. */
  readSync(target: Uint8Array, offset: number, length: number, position: number): number;
  /** Writes all of `source[offset, offset + length)` at `position`, or throws (a full disk may leave a part of it). */
  writeSync(source: Uint8Array, offset: number, length: number, position: number): void;
  /** Cuts or extends (with zeros) the file. */
  truncateSync(size: number): void;
  /** Resolves once everything written before the call is durable. */
  sync(): Promise<void>;
  /** As {@link DiskFile.sync}, on the calling thread. */
  syncSync(): void;
  close(): void;
}

export interface Disk {
  /** Opens for reading and writing. Throws `ENOENT` when missing and not `create`. New files are empty. */
  openSync(path: string, options?: { create?: boolean; readOnly?: boolean }): DiskFile;
  /** Makes the directory and its parents; nothing to do when it exists. */
  makeDirectorySync(path: string): void;
  /** Names in a directory, sorted; throws `ENOENT` when it is missing. */
  listSync(path: string): string[];
  existsSync(path: string): boolean;
  /** Replaces `to` atomically. */
  renameSync(from: string, to: string): void;
  /** Removes a file, or a directory with all it holds; nothing to do when it is missing. */
  removeSync(path: string): void;
  /** Makes creations, renames and removals in the directory durable (no-op where the platform has no such call). */
  syncDirectorySync(path: string): void;
  /** As {@link Disk.syncDirectorySync}, off the calling thread: what the directory holds at the call. */
  syncDirectory(path: string): Promise<void>;
}

/** The whole content of a file. */
export function readFileSync(disk: Disk, path: string): Buffer {
  const file = disk.openSync(path, { readOnly: true });
  try {
    const content = Buffer.allocUnsafe(file.size());
    const length = file.readSync(content, 0, content.length, 0);
    return content.subarray(0, length);
  } finally {
    file.close();
  }
}

/** Replaces a file as a whole and durably: after a crash it holds either the old or the new content. */
export function replaceFileSync(disk: Disk, path: string, content: Uint8Array): void {
  const temporary = `${path}.tmp`;
  disk.removeSync(temporary);
  const file = disk.openSync(temporary, { create: true });
  try {
    file.writeSync(content, 0, content.length, 0);
    file.syncSync();
  } finally {
    file.close();
  }
  disk.renameSync(temporary, path);
  disk.syncDirectorySync(dirname(path));
}

export const nodeDisk: Disk = {
  openSync(path, { create = false, readOnly = false } = {}) {
    const flags = readOnly ? 'r' : fs.constants.O_RDWR | (create ? fs.constants.O_CREAT : 0);
    return nodeDiskFile(fs.openSync(path, flags, 0o644));
  },
  makeDirectorySync(path) {
    // Step by step: asked to do it all at once, Node.js never comes back where a file system like /proc refuses.
    if (fs.existsSync(path) && fs.statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (above !== path) this.makeDirectorySync(above);
    try {
      fs.mkdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !fs.statSync(path).isDirectory()) throw error;
    }
  },
  listSync: (path) => fs.readdirSync(path).sort(),
  existsSync: (path) => fs.existsSync(path),
  renameSync: (from, to) => fs.renameSync(from, to),
  removeSync: (path) => fs.rmSync(path, { recursive: true, force: true }),
  syncDirectorySync(path) {
    if (process.platform === 'win32') return;
    const fd = fs.openSync(path, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  async syncDirectory(path) {
    if (process.platform === 'win32') return;
    const fd = fs.openSync(path, 'r');
    try {
      await new Promise<void>((resolve, reject) => fs.fsync(fd, (error) => (error ? reject(error) : resolve())));
    } finally {
      fs.closeSync(fd);
    }
  },
};

function nodeDiskFile(fd: number): DiskFile {
  return {
    size: () => fs.fstatSync(fd).size,
    readSync(target, offset, length, position) {
      let done = 0;
      while (done < length) {
        const n = fs.readSync(fd, target, offset + done, length - done, position + done);
        if (n === 0) break;
        done += n;
      }
      return done;
    },
    writeSync(source, offset, length, position) {
      let done = 0;
      while (done < length) done += fs.writeSync(fd, source, offset + done, length - done, position + done);
    },
    truncateSync: (size) => fs.ftruncateSync(fd, size),
    sync: () => new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()))),
    syncSync: () => fs.fdatasyncSync(fd),
    close: () => fs.closeSync(fd),
  };
}
