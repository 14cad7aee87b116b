/** Frames of the Kafka protocol: a length (int32) and so many bytes. */
import { StackError } from '../core/errors.ts';

const lengthBytes = 4;

/** Cuts a stream of bytes into frames by their lengths. Only frames that come in pieces are copied, each piece as it comes. */
export class FrameReader {
  private readonly frameBytesMax: number;
  /** A length that came in pieces, and how many of its bytes are there. */
  private readonly length: Buffer = Buffer.alloc(lengthBytes);
  private lengthFilled = 0;
  /** A frame that is not whole yet, and how many of its bytes are there. */
  private frame: Buffer | undefined;
  private filled = 0;

  constructor(frameBytesMax: number) {
    this.frameBytesMax = frameBytesMax;
  }

  /** The frames, without their lengths, that are whole with this chunk; to be taken to the end. Throws MILLRACE_WIRE_MALFORMED. */
  *add(chunk: Buffer): Generator<Buffer> {
    let at = 0;
    for (;;) {
      if (this.frame === undefined) {
        const size = this.readLength(chunk, at);
        if (size === undefined) return;
        at = size.end;
        if (chunk.length - at >= size.value) {
          const frame = chunk.subarray(at, at + size.value);
          at += size.value;
          yield frame;
          continue;
        }
        this.frame = Buffer.allocUnsafe(size.value);
        this.filled = 0;
      }
      const { frame } = this;
      const copied = chunk.copy(frame, this.filled, at);
      this.filled += copied;
      at += copied;
      if (this.filled < frame.length) return;
      this.frame = undefined;
      yield frame;
    }
  }

  /** The next length and where it ends; undefined, with its bytes kept, when it is not whole. */
  private readLength(chunk: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
    if (this.lengthFilled === 0 && chunk.length - at >= lengthBytes)
      return { value: this.checked(chunk.readInt32BE(at)), end: at + lengthBytes };
    const copied = chunk.copy(this.length, this.lengthFilled, at);
    this.lengthFilled += copied;
    if (this.lengthFilled < lengthBytes) return undefined;
    this.lengthFilled = 0;
    return { value: this.checked(this.length.readInt32BE(0)), end: at + copied };
  }

  private checked(size: number): number {
    if (size >= 0 && size <= this.frameBytesMax) return size;
    throw new StackError('MILLRACE_WIRE_MALFORMED', `a frame of ${size} bytes`);
  }
}
