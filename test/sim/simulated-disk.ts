/**
 * A disk in memory that forgets as a real one does. What was written but not synced may be there after a loss of power, whole,
 * in part (by sectors), or not at all, each file and each sector for itself; so may creations, renames and removals that the
 * directory's sync did not cover; a rename is done or not, as file systems with a journal have it. `failAt` makes it stop at the n-th
 * writing operation, which is how a process is killed anywhere.
 *
 * One object is the disk in the life of one process. `kill` and `losePower` end that life and return the disk for the next one: what
 * the old process still had under way fails for good, as it does when a process is gone.
 */
import { dirname, normalize } from 'node:path';
import type { Disk, DiskFile } from '../../src/core/disk.ts';
import type { Random } from '../../src/core/random.ts';

const sectorBytes = 512;

/** Thrown by every operation of a process after its end. */
export class PowerLoss extends Error {}

class Node {
  /** As the running process sees it. What was handed out of it does not change: a part that is written over is copied before. */
  content: Buffer = Buffer.alloc(0);
  /** As it was at the last sync. */
  durable: Buffer = Buffer.alloc(0);
  /** Memory that the content lies in, with room behind it. */
  private room: Buffer = this.content;

  write(bytes: Uint8Array, position: number): void {
    const end = Math.max(this.content.length, position + bytes.length);
    const appends = position >= this.content.length && this.content.buffer === this.room.buffer;
    if (!appends || end > this.room.length) {
      this.room = Buffer.alloc(end * 2);
      this.content.copy(this.room);
    }
    this.room.set(bytes, position);
    this.content = this.room.subarray(0, end);
  }
}

export class SimulatedDisk implements Disk {
  private readonly random: Random;
  private readonly directories: Set<string>;
  /** Those whose names a sync of their parents has covered. What stands at the top was there before. */
  private readonly durableDirectories: Set<string>;
  /** Names as the process sees them, and as the directories' last syncs left them. */
  private files: Map<string, Node>;
  private durableFiles: Map<string, Node>;
  /** Names that files were given since then, and the names that those had. */
  private readonly renamed: Map<string, string>;
  private operations = 0;
  private stopAt = Infinity;
  private dead = false;
  /**
   * What is wrong with the disk from now on. ENOSPC: it is full, and nothing can be made or grow. EIO: any change may fail, or not. A
   * write that fails leaves a part of itself.
   */
  failWith: 'ENOSPC' | 'EIO' | undefined;

  /** An empty disk; or, for the next process, what the one of before left. */
  constructor(random: Random, before?: SimulatedDisk) {
    this.random = random;
    this.directories = new Set(before?.directories);
    this.durableDirectories = new Set(before?.durableDirectories);
    this.files = new Map(before?.files);
    this.durableFiles = new Map(before?.durableFiles);
    this.renamed = new Map(before?.renamed);
  }

  /** True once an operation was the last: the process can do nothing more. */
  get isDead(): boolean {
    return this.dead;
  }

  /** Counts writing operations from now on and stops at the `n`-th, before it is done. */
  failAt(n: number): void {
    this.operations = 0;
    this.stopAt = n;
  }

  /** The process is killed: what it wrote is in the page cache, whole. Returns the disk for the next process. */
  kill(): SimulatedDisk {
    this.dead = true;
    return new SimulatedDisk(this.random, this);
  }

  /** The power fails: only what was synced is sure. Returns the disk for the next process. */
  losePower(): SimulatedDisk {
    const next = this.kill();
    next.forget();
    return next;
  }

  private forget(): void {
    this.forgetDirectories();
    const survivors = new Map(this.durableFiles);
    for (const [path, node] of this.files) {
      if (survivors.get(path) !== node && this.random.float() < 0.5) survivors.set(path, node);
    }
    for (const path of this.durableFiles.keys()) {
      if (!this.files.has(path) && this.random.float() < 0.5) survivors.delete(path);
    }
    for (const [to, from] of this.renamed) {
      const node = this.durableFiles.get(from);
      if (node === undefined || this.files.has(from) || this.files.get(to) !== node) continue;
      const done = survivors.get(to) === node;
      if (done) survivors.delete(from);
      else survivors.set(from, node);
    }
    this.renamed.clear();
    for (const node of new Set(survivors.values())) node.content = this.torn(node);
    for (const node of survivors.values()) node.durable = Buffer.from(node.content);
    this.files = survivors;
    this.durableFiles = new Map(survivors);
  }

  /** A folder whose name is lost takes all that is in it along. */
  private forgetDirectories(): void {
    for (const path of [...this.directories].sort()) {
      if (this.durableDirectories.has(path) || dirname(dirname(path)) === dirname(path)) continue;
      if (this.directories.has(dirname(path)) && this.random.float() < 0.5) {
        this.durableDirectories.add(path);
        continue;
      }
      this.directories.delete(path);
      for (const files of [this.files, this.durableFiles, this.renamed])
        for (const name of files.keys()) if (name.startsWith(`${path}/`)) files.delete(name);
    }
  }

  private torn(node: Node): Buffer {
    const { content, durable } = node;
    if (content.equals(durable) || this.random.float() < 0.2) return Buffer.from(durable);
    // The size is between the two, and each sector is the old or the new one.
    const low = Math.min(content.length, durable.length);
    const size = low + Math.floor(this.random.float() * (Math.max(content.length, durable.length) - low + 1));
    const result = Buffer.alloc(size);
    const likelihood = this.random.float();
    for (let at = 0; at < size; at += sectorBytes) {
      const source = this.random.float() < likelihood ? content : durable;
      result.set(source.subarray(at, Math.min(at + sectorBytes, size)), at);
    }
    return result;
  }

  /** One writing operation; `failed` does what it leaves when the disk refuses it. */
  private step(grows = false, failed: () => void = () => {}): void {
    if (this.dead || ++this.operations >= this.stopAt) {
      this.dead = true;
      throw new PowerLoss('the process is dead');
    }
    const code = this.failWith;
    if (code === undefined || (code === 'ENOSPC' ? !grows : this.random.float() < 0.5)) return;
    failed();
    throw Object.assign(new Error(`${code}: simulated`), { code, errno: -1 });
  }

  private alive(): void {
    if (this.dead) throw new PowerLoss('the process is dead');
  }

  openSync(path: string, options: { create?: boolean; readOnly?: boolean } = {}): DiskFile {
    this.alive();
    const name = normalize(path);
    let node = this.files.get(name);
    if (node === undefined) {
      if (!options.create) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      this.step(true);
      if (!this.directories.has(dirname(name))) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
      node = new Node();
      this.files.set(name, node);
    }
    return this.handle(node);
  }

  private handle(node: Node): DiskFile {
    const readSync: DiskFile['readSync'] = (target, offset, length, position) => {
      this.alive();
      const part = node.content.subarray(position, position + length);
      target.set(part, offset);
      return part.length;
    };
    const syncSync = (): void => {
      this.step();
      node.durable = node.content;
    };
    return {
      size: () => node.content.length,
      readSync,
      writeSync: (source, offset, length, position) => {
        const write = (bytes: number): void => node.write(source.subarray(offset, offset + bytes), position);
        this.step(position + length > node.content.length, () => write(Math.floor(this.random.float() * length)));
        write(length);
      },
      truncateSync: (size) => {
        this.step(size > node.content.length);
        const cut = Buffer.alloc(size);
        node.content.copy(cut);
        node.content = cut;
      },
      // A write that comes while a sync runs is not covered by it.
      sync: async () => {
        this.step();
        const covered = node.content;
        await Promise.resolve();
        this.alive();
        node.durable = covered;
      },
      syncSync,
      close: () => {},
    };
  }

  makeDirectorySync(path: string): void {
    this.alive();
    for (let name = normalize(path); !this.directories.has(name); name = dirname(name)) this.directories.add(name);
  }

  listSync(path: string): string[] {
    this.alive();
    const prefix = `${normalize(path)}/`;
    return [...this.files.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).split('/')[0] ?? '')
      .sort();
  }

  existsSync(path: string): boolean {
    this.alive();
    return this.files.has(normalize(path)) || this.directories.has(normalize(path));
  }

  renameSync(from: string, to: string): void {
    this.step();
    const node = this.files.get(normalize(from));
    if (node === undefined) throw Object.assign(new Error(`ENOENT: ${from}`), { code: 'ENOENT' });
    this.files.delete(normalize(from));
    this.files.set(normalize(to), node);
    this.renamed.set(normalize(to), this.renamed.get(normalize(from)) ?? normalize(from));
    this.renamed.delete(normalize(from));
  }

  removeSync(path: string): void {
    const inside = `${normalize(path)}/`;
    const names = [...this.files.keys()].filter((name) => name === normalize(path) || name.startsWith(inside));
    if (names.length === 0) return;
    this.step();
    for (const name of names) this.files.delete(name);
  }

  syncDirectorySync(path: string): void {
    this.step();
    this.namesOf(path)();
  }

  /** A change of the names that comes while the sync runs is not covered by it. */
  async syncDirectory(path: string): Promise<void> {
    this.step();
    const makeDurable = this.namesOf(path);
    await Promise.resolve();
    this.alive();
    makeDurable();
  }

  /** The names in a directory as they are now; the function makes those durable that still are so. */
  private namesOf(path: string): () => void {
    const prefix = `${normalize(path)}/`;
    const files = [...this.files].filter(([name]) => name.startsWith(prefix));
    const gone = [...this.durableFiles.keys()].filter((name) => name.startsWith(prefix) && !this.files.has(name));
    const directories = [...this.directories].filter((name) => dirname(name) === normalize(path));
    return () => {
      for (const name of gone) if (!this.files.has(name)) this.durableFiles.delete(name);
      for (const [name, node] of files) {
        if (this.files.get(name) !== node) continue;
        this.durableFiles.set(name, node);
        this.renamed.delete(name);
      }
      for (const name of directories) if (this.directories.has(name)) this.durableDirectories.add(name);
    };
  }
}
