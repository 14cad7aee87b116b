/** Walks over the batches of a segment in large reads: for recovery, time lookups and compaction. */
import { batchHeaderBytes, batchSize } from '../wire/record-batch.ts';
import type { Segment } from './segment.ts';

/** Bytes that a scan holds at once, at least one batch. */
const chunkBytesDefault = 1 << 20;

export interface ScannedBatch {
  /** Holds the whole batch; it is another one every chunk. */
  readonly buffer: Buffer;
  readonly at: number;
  /** Where the batch lies in the file. */
  readonly position: number;
}

/** The batches from a position on, each whole in a buffer. Ends before the first one whose length cannot be right. */
export function* scanBatches(
  segment: Segment,
  from = 0,
  chunkBytes: number = chunkBytesDefault,
): Generator<ScannedBatch> {
  let chunk: Buffer = Buffer.alloc(0);
  let chunkPosition = from;
  for (let position = from; position < segment.size; ) {
    let at = position - chunkPosition;
    let size = sizeAt(chunk, at);
    if (size === undefined || at + size > chunk.length) {
      chunk = readChunk(segment, position, chunkBytes);
      size = sizeAt(chunk, 0);
      if (size === undefined || size < batchHeaderBytes || size > segment.size - position) return;
      if (size > chunk.length) chunk = readChunk(segment, position, size);
      if (size > chunk.length) return;
      chunkPosition = position;
      at = 0;
    } else if (size < batchHeaderBytes) return;
    yield { buffer: chunk, at, position };
    position += size;
  }
}

function sizeAt(chunk: Buffer, at: number): number | undefined {
  return chunk.length - at >= batchHeaderBytes ? batchSize(chunk, at) : undefined;
}

function readChunk(segment: Segment, position: number, bytes: number): Buffer {
  const chunk = Buffer.allocUnsafe(Math.min(bytes, segment.size - position));
  return chunk.subarray(0, segment.readSync(chunk, 0, chunk.length, position));
}
