/** Frames of the Kafka protocol: a length (int32) and so many bytes. */
import { StackError } from '../core/errors.ts';

/** Cuts a stream of bytes into frames by their lengths; copies only frames that came in pieces. */
export class FrameReader {
  private parts: Buffer[] = [];
  private length = 0;
  private readonly frameBytesMax: number;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** The frames, without their lengths, that are whole with this chunk. Throws MILLRACE_WIRE_MALFORMED. */
  *add(chunk: Buffer): Generator<Buffer> {
    this.parts.push(chunk);
    this.length += chunk.length;
    for (;;) {
      if (this.length < 4) return;
      const size = this.peekLength();
      if (size < 0 || size > this.frameBytesMax)
        throw new StackError('MILLRACE_WIRE_MALFORMED', `a frame of ${size} bytes`);
      if (this.length < size + 4) return;
      const all =
        this.parts.length === 1 && this.parts[0] !== undefined ? this.parts[0] : Buffer.concat(this.parts, this.length);
      const left = all.subarray(size + 4);
      this.parts = left.length === 0 ? [] : [left];
      this.length = left.length;
      yield all.subarray(4, size + 4);
    }
  }

  private peekLength(): number {
    const first = this.parts[0];
    if (first !== undefined && first.length >= 4) return first.readInt32BE(0);
    const joined = Buffer.concat(this.parts, this.length);
    this.parts = [joined];
    return joined.readInt32BE(0);
  }
}
