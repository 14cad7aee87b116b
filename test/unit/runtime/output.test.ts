import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appendRecord, BatchWriter, writeZigzag } from '../../../src/runtime/output.ts';
import { batchMaxTimestamp, batchSize, decodeRecords } from '../../../src/wire/record-batch.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';

interface Written {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

const time = 1_700_000_000_000;

/** As generated code does it: every field where it will lie. */
function writeInPlace(writer: BatchWriter, { key, value, timestamp }: Written): void {
  const start = writer.begin(timestamp);
  let p = start + writer.recordLengthBytes;
  writer.buffer[p++] = 0;
  p = writeZigzag(writer.buffer, p, timestamp - writer.baseTimestamp);
  p = writeZigzag(writer.buffer, p, writer.count);
  const put = (bytes: Buffer | null, at: number): number => {
    if (bytes === null) return at;
    writer.ensure(at, bytes.length).set(bytes, at);
    return at + bytes.length;
  };
  const keyAt = p;
  p = writer.endKey(keyAt, key?.length ?? -1, put(key, p + writer.keyLengthBytes));
  const valueAt = p;
  writer.ensure(p, 8);
  p = writer.endValue(valueAt, value?.length ?? -1, put(value, p + writer.valueLengthBytes));
  writer.end(start, p, timestamp);
}

function read(batches: readonly Buffer[]): Written[] {
  return batches.flatMap((batch) => {
    expect(batchSize(batch)).toBe(batch.length);
    const records = decodeRecords(batch);
    expect(batchMaxTimestamp(batch)).toBe(Math.max(...records.map(({ timestamp }) => timestamp)));
    return records.map(({ key, value, timestamp }) => ({ key, value, timestamp }));
  });
}

const size = fc.oneof(
  fc.nat({ max: 70 }),
  fc.constantFrom(63, 64, 8191, 8192, 20_000),
  fc.nat({ max: 10_000 }),
  fc.constant(-1),
);
const bytes = size.map((length) => (length < 0 ? null : Buffer.alloc(length, length % 251)));
const written = fc.record({
  key: bytes,
  value: bytes,
  timestamp: fc.nat({ max: 20_000 }).map((delta) => time + delta),
});

test('records written in place are those of the reference builder, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 30 }), (records) => {
      const writer = new BatchWriter();
      const reference = new RecordBatchBuilder();
      for (const record of records) {
        writeInPlace(writer, record);
        reference.append(record.timestamp, record.key, record.value);
      }
      const [batch, ...more] = writer.take();
      expect(more).toEqual([]);
      // Comparing bytes by expect takes long.
      expect(batch?.subarray(21).equals(reference.build().subarray(21))).toBe(true);
    }),
  );
});

test('both ways of writing meet in one batch, and a batch that is taken leaves the writer empty', () => {
  const writer = new BatchWriter();
  const key = Buffer.from('key');
  writeInPlace(writer, { key, value: Buffer.alloc(100), timestamp: time });
  appendRecord(writer, time + 5, key, 0, 3, key, 0, -1);
  writeInPlace(writer, { key: null, value: key, timestamp: time - 3 });
  expect(read(writer.take())).toEqual([
    { key, value: Buffer.alloc(100), timestamp: time },
    { key, value: null, timestamp: time + 5 },
    { key: null, value: key, timestamp: time - 3 },
  ]);
  expect(writer.pendingBytes).toBe(0);
  expect(writer.take()).toEqual([]);
});

test('closes batches below the size that a broker takes, and moves a record that does not fit', () => {
  const writer = new BatchWriter();
  const records = [880_000, 300_000, 20, 950_000, 1_200_000, 64, 600_000, 299_000, 200_000].map((length, i) => ({
    key: Buffer.from(`key ${i}`),
    value: Buffer.alloc(length, i),
    timestamp: time + i,
  }));
  for (const record of records) writeInPlace(writer, record);
  const full = writer.takeFinished();
  const batches = [...full, ...writer.take()];
  expect(full.length).toBeGreaterThan(3);
  expect(batches.filter(({ length }) => length > 1_048_588)).toHaveLength(1);
  const found = read(batches);
  expect(found.map(({ key }) => String(key))).toEqual(records.map(({ key }) => String(key)));
  expect(found.every(({ value }, i) => value?.equals(records[i]?.value as Buffer))).toBe(true);
});
