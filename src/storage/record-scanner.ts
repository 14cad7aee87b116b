/** Walks over the records of a batch without making objects: for checks and for compaction, which look at every record of a log. */
import { StackError } from '../core/errors.ts';

export class RecordScanner {
  bytes: Buffer = Buffer.alloc(0);
  /** Of the current record: where it begins (its length field) and ends, and where what follows its timestamp begins. */
  start = 0;
  end = 0;
  timestampDelta = 0;
  afterTimestamp = 0;
  offsetDelta = 0;
  keyStart = 0;
  /** −1 = null. */
  keyLength = -1;
  valueLength = -1;
  private left = 0;
  private at = 0;

  /** Begins with the uncompressed records of a batch that says it has `count`. */
  begin(bytes: Buffer, count: number): void {
    this.bytes = bytes;
    this.left = count;
    this.at = 0;
    this.end = 0;
  }

  /** Goes to the next record; false behind the last one. Throws MILLRACE_BATCH_CORRUPT. */
  next(): boolean {
    if (this.left === 0) {
      if (this.end !== this.bytes.length)
        throw corrupt(`${this.bytes.length - this.end} bytes are left behind its records`);
      return false;
    }
    this.left--;
    this.at = this.end;
    this.start = this.end;
    const length = this.varint();
    const body = this.at;
    if (length < 6 || length > this.bytes.length - body) throw corrupt(`a record of ${length} bytes at ${this.start}`);
    this.end = body + length;
    this.at++; // attributes
    this.timestampDelta = this.varint();
    this.afterTimestamp = this.at;
    this.offsetDelta = this.varint();
    this.keyLength = this.varint();
    this.keyStart = this.at;
    if (this.keyLength > 0) this.at += this.keyLength;
    this.valueLength = this.varint();
    if (this.valueLength > 0) this.at += this.valueLength;
    if (this.at >= this.end) throw corrupt(`a record at ${this.start} ends in the middle of a field`);
    return true;
  }

  /** Zig-zag varint, exact up to 2^53. */
  private varint(): number {
    const { bytes } = this;
    let byte = bytes[this.at++] ?? -1;
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      if (scale > 2 ** 63) throw corrupt('a varint is too long');
      byte = bytes[this.at++] ?? -1;
      value += (byte & 0x7f) * scale;
    }
    if (byte < 0) throw corrupt('its records end in the middle of a varint');
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function corrupt(why: string): StackError {
  return new StackError('MILLRACE_BATCH_CORRUPT', `A record batch is corrupt: ${why}.`);
}
