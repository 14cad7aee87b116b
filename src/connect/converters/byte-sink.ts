/** A buffer that grows as it is written to, and is written to again from its start for the next value. */
export class ByteSink {
  bytes: Buffer = Buffer.allocUnsafe(1024);
  position = 0;

  /** Makes room, and returns the position in front of it. */
  take(length: number): number {
    const at = this.position;
    const end = at + length;
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    this.position = end;
    return at;
  }

  byte(value: number): void {
    const at = this.take(1);
    this.bytes[at] = value;
  }

  raw(value: Uint8Array): void {
    const at = this.take(value.length);
    this.bytes.set(value, at);
  }

  /** The text in UTF-8. */
  text(value: string): void {
    // Three bytes are the most that one UTF-16 unit takes.
    const at = this.take(value.length * 3);
    this.position = at + this.bytes.write(value, at, 'utf8');
  }

  /** Zig-zag varint of an exact number. */
  zigZag(value: number): void {
    let z = value >= 0 ? value * 2 : -value * 2 - 1;
    this.take(10);
    const { bytes } = this;
    let at = this.position - 10;
    for (; z > 0x7fffffff; z = Math.floor(z / 128)) bytes[at++] = (z % 128) | 0x80;
    for (; z > 0x7f; z >>>= 7) bytes[at++] = (z & 0x7f) | 0x80;
    bytes[at++] = z;
    this.position = at;
  }

  zigZagBig(value: bigint): void {
    let z = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; z > 0x7fn; z >>= 7n) this.byte(Number(z & 0x7fn) | 0x80);
    this.byte(Number(z));
  }

  /** What was written, without a copy. */
  view(): Buffer {
    return this.bytes.subarray(0, this.position);
  }
}
