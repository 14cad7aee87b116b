/**
 * Memory for the records of answers that go over the network, used again when an answer is out. A fetch answers with a megabyte and
 * more; fresh memory for each costs the kernel more than the copy from the page cache into it (every page is cleared and mapped anew).
 *
 * A block is used again only when the socket told that all of the answer was written. However else an answer ends (an error, a client
 * that is gone, a connection that is closed), its blocks are left to the garbage collector, which knows what a socket still holds.
 */

/** What a partition's fetch asks for by default (`max.partition.fetch.bytes`). */
const blockBytes = 1024 * 1024;
/** Blocks that lie ready for the next answers. */
const freeBlocksMax = 16;
/** Less comes cheaper from Node.js than a block that is held for it as long as a slow client reads. */
const pooledBytesMin = 16 * 1024;

/** The blocks of all connections that wait for the next answer. */
export class AnswerBlocks {
  private readonly free: Buffer[] = [];

  take(): Buffer {
    return this.free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
  }

  /** Takes back blocks that nobody reads or writes any more. */
  give(blocks: readonly Buffer[]): void {
    this.free.push(...blocks.slice(0, freeBlocksMax - this.free.length));
  }
}

/** The memory of one answer. */
export class AnswerMemory {
  private readonly pool: AnswerBlocks;
  private blocks: Buffer[] = [];
  /** The block that is being filled, and where its free part begins. */
  private current = 0;
  private position = 0;

  constructor(pool: AnswerBlocks) {
    this.pool = pool;
  }

  /** So many bytes with any content, for the answer to hold until it is written. */
  allocate(bytes: number): Buffer {
    if (bytes < pooledBytesMin || bytes > blockBytes) return Buffer.allocUnsafe(bytes);
    if (this.position + bytes > blockBytes) {
      this.current++;
      this.position = 0;
    }
    const block = (this.blocks[this.current] ??= this.pool.take());
    const start = this.position;
    this.position += bytes;
    return block.subarray(start, this.position);
  }

  /** Forgets what was allocated: nobody looks at it any more, and the answer is made anew. */
  rewind(): void {
    this.current = 0;
    this.position = 0;
  }

  /** The answer was written to the end: other answers may have its memory. */
  release(): void {
    this.pool.give(this.blocks);
    this.blocks = [];
    this.rewind();
  }
}
