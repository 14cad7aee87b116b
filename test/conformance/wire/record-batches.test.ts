/** Every golden record batch and message set, decoded with its content, and encoded to the same bytes where the codec allows it. */
import { readFileSync } from 'node:fs';
import { parse } from 'lossless-json';
import { expect, it } from 'vitest';
import { decodeMessageSet } from '../../../src/wire/message-set.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import * as batch from '../../../src/wire/record-batch.ts';
import { describeShared, sharedPath } from '../../shared.ts';

type Int = number | bigint;
interface GoldenRecord {
  readonly offset: Int;
  readonly timestamp: Int;
  readonly sequence?: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
}
interface GoldenBatch {
  readonly magic: number;
  readonly baseOffset: Int;
  readonly lastOffset: Int;
  readonly sizeInBytes: number;
  readonly crc: number;
  readonly valid: boolean;
  readonly compression: string;
  readonly timestampType: string;
  readonly maxTimestamp: Int;
  readonly partitionLeaderEpoch: number;
  readonly producerId: Int;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly transactional: boolean;
  readonly control: boolean;
  readonly count: number;
  readonly records?: readonly GoldenRecord[];
}
interface Row {
  readonly name: string;
  readonly batches: readonly GoldenBatch[];
  readonly validBytes: number;
  readonly decodeOnly?: boolean;
  readonly hex: string;
}

const file = 'conformance/kafka/record-batches.jsonl';
const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;

describeShared('record batches', file, () => {
  const rows = readFileSync(sharedPath(file), 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) =>
        parse(line, undefined, (text) => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text))) as Row,
    );
  it('78 rows', () => expect(rows).toHaveLength(78));
  for (const row of rows) {
    const bytes = Buffer.from(row.hex, 'hex');
    if (row.batches[0]?.magic === 2) it(row.name, () => checkBatches(row, bytes));
    else it(row.name, () => checkMessageSet(row, bytes));
  }
});

function checkMessageSet(row: Row, bytes: Buffer): void {
  const decoded = decodeMessageSet(bytes).map(({ records, ...message }) => ({
    magic: message.magic,
    crc: message.crc,
    valid: message.valid,
    sizeInBytes: message.sizeInBytes,
    compression: message.compression,
    records: records.map(({ key, value, ...record }) => ({ ...record, key: base64(key), value: base64(value) })),
  }));
  expect(decoded).toEqual(
    row.batches.map(({ magic, crc, valid, sizeInBytes, compression, records }) => ({
      magic,
      crc,
      valid,
      sizeInBytes,
      compression,
      records: records?.map(({ sequence: _sequence, ...record }) => record),
    })),
  );
}

function checkBatches(row: Row, bytes: Buffer): void {
  let at = 0;
  for (const golden of row.batches) {
    const exact =
      Number.isSafeInteger(Number(golden.baseOffset)) &&
      Number.isSafeInteger(Number(golden.lastOffset)) &&
      Number.isSafeInteger(Number(golden.producerId));
    if (!golden.valid) {
      expect(() => batch.verifyBatch(bytes, at)).toThrow(/checksum/);
      at += golden.sizeInBytes;
      continue;
    }
    if (exact) expect(batch.verifyBatch(bytes, at)).toBe(golden.sizeInBytes);
    else expect(() => batch.verifyBatch(bytes, at)).toThrow(/beyond 2\^53/);
    // Numbers beyond 2^53 are compared where they are exact: in the bytes.
    expect(bytes.readBigInt64BE(at)).toBe(BigInt(golden.baseOffset));
    expect(bytes.readBigInt64BE(at + 43)).toBe(BigInt(golden.producerId));
    expect({
      lastOffset: BigInt(golden.baseOffset) + BigInt(batch.batchLastOffsetDelta(bytes, at)),
      crc: batch.batchCrc(bytes, at),
      compression: batch.batchCompression(bytes, at),
      timestampType: batch.batchHasAppendTime(bytes, at) ? 'LogAppendTime' : 'CreateTime',
      maxTimestamp: batch.batchMaxTimestamp(bytes, at),
      partitionLeaderEpoch: batch.batchLeaderEpoch(bytes, at),
      producerEpoch: batch.batchProducerEpoch(bytes, at),
      baseSequence: batch.batchBaseSequence(bytes, at),
      lastSequence: golden.baseSequence < 0 ? -1 : batch.batchLastSequence(bytes, at),
      transactional: batch.batchIsTransactional(bytes, at),
      control: batch.batchIsControl(bytes, at),
      count: batch.batchRecordCount(bytes, at),
    }).toEqual({
      lastOffset: BigInt(golden.lastOffset),
      crc: golden.crc,
      compression: golden.compression,
      timestampType: golden.timestampType,
      maxTimestamp: Number(golden.maxTimestamp),
      partitionLeaderEpoch: golden.partitionLeaderEpoch,
      producerEpoch: golden.producerEpoch,
      baseSequence: golden.baseSequence,
      lastSequence: golden.lastSequence,
      transactional: golden.transactional,
      control: golden.control,
      count: golden.count,
    });
    const records = batch.rawRecords(bytes, at);
    expect(
      records.map(({ offsetDelta, key, value, headers }) => ({
        offset: BigInt(golden.baseOffset) + BigInt(offsetDelta),
        key: base64(key),
        value: base64(value),
        headers: headers.map((header) => ({ key: header.key, value: base64(header.value) })),
      })),
    ).toEqual(
      (golden.records ?? []).map(({ offset, key, value, headers }) => ({
        offset: BigInt(offset),
        key,
        value,
        headers,
      })),
    );
    if (exact)
      expect(batch.decodeRecords(bytes, at).map(({ timestamp }) => timestamp)).toEqual(
        (golden.records ?? []).map(({ timestamp }) => Number(timestamp)),
      );
    if (!row.decodeOnly && exact)
      expect(rebuild(bytes, at).toString('hex')).toBe(bytes.subarray(at, at + golden.sizeInBytes).toString('hex'));
    at += golden.sizeInBytes;
  }
  expect(at).toBe(row.validBytes);
  if (at < bytes.length) expect(() => batch.verifyBatch(bytes, at)).toThrow();
}

function rebuild(bytes: Buffer, at: number): Buffer {
  const builder = new RecordBatchBuilder();
  const base = batch.batchBaseTimestamp(bytes, at);
  for (const { offsetDelta, timestampDelta, key, value, headers } of batch.rawRecords(bytes, at)) {
    builder.append(base + timestampDelta, key, value, headers, offsetDelta);
  }
  const rebuilt = builder.build(
    {
      baseOffset: batch.batchBaseOffset(bytes, at),
      leaderEpoch: batch.batchLeaderEpoch(bytes, at),
      producerId: batch.batchProducerId(bytes, at),
      producerEpoch: batch.batchProducerEpoch(bytes, at),
      baseSequence: batch.batchBaseSequence(bytes, at),
      transactional: batch.batchIsTransactional(bytes, at),
      control: batch.batchIsControl(bytes, at),
      ...(batch.batchHasAppendTime(bytes, at) ? { appendTime: batch.batchMaxTimestamp(bytes, at) } : {}),
    },
    batch.batchLastOffsetDelta(bytes, at),
  );
  if (batch.batchRecordCount(bytes, at) === 0) {
    // An empty batch keeps the times of the records that compaction took out of it.
    bytes.copy(rebuilt, 27, at + 27, at + 43);
    batch.setBatchProducer(rebuilt, 0, {
      id: batch.batchProducerId(bytes, at),
      epoch: batch.batchProducerEpoch(bytes, at),
      sequence: batch.batchBaseSequence(bytes, at),
      transactional: batch.batchIsTransactional(bytes, at),
    });
  }
  return rebuilt;
}
