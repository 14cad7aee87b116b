/**
 * Which segments hold files and indexes open: the ones that were used last, up to a limit. A broker shares one among all its logs, so
 * that neither file handles nor memory grow with the number of segments.
 */
export interface Releasable {
  /** Closes the files and forgets what can be read again. */
  release(): void;
}

export class OpenSegments {
  private readonly limit: number;
  private last: Releasable | undefined;
  private readonly open = new Set<Releasable>();

  constructor(limit = 256) {
    this.limit = limit;
  }

  get size(): number {
    return this.open.size;
  }

  /** Called on every use. */
  touch(segment: Releasable): void {
    if (this.last === segment) return;
    this.last = segment;
    this.open.delete(segment);
    this.open.add(segment);
    if (this.open.size <= this.limit) return;
    for (const oldest of this.open) {
      this.open.delete(oldest);
      oldest.release();
      break;
    }
  }

  forget(segment: Releasable): void {
    if (this.last === segment) this.last = undefined;
    this.open.delete(segment);
  }
}
