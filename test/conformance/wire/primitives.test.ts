/** Checksums, hashes, varints and error codes against the golden data. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { crc32c, crc32cSliced } from '../../../src/wire/crc32c.ts';
import { kafkaErrorFacts } from '../../../src/wire/error-codes.ts';
import { murmur2, partitionOfKey } from '../../../src/wire/murmur2.ts';
import { Reader } from '../../../src/wire/reader.ts';
import { Writer } from '../../../src/wire/writer.ts';
import { describeShared, sharedPath } from '../../shared.ts';

const lines = (file: string): string[] =>
  readFileSync(sharedPath(`conformance/kafka/${file}`), 'utf8')
    .trim()
    .split('\n');

describeShared('primitives', 'conformance/kafka/primitives.jsonl', () => {
  for (const line of lines('primitives.jsonl')) {
    const row = JSON.parse(line) as { encoding?: string; value?: number | string; hex?: string };
    const bytes = Buffer.from(row.hex ?? '', 'hex');
    if (row.encoding === 'crc32c') it(`crc32c ${row.value}`, () => expect(crc32c(bytes)).toBe(row.value));
    if (row.encoding?.startsWith('uuid'))
      it(`uuid ${row.value}`, () => expect(new Reader(bytes).uuid()).toBe(row.value));
    if (row.encoding === 'unsigned varint') {
      it(`unsigned varint ${row.value}`, () => {
        expect(new Reader(bytes).uvarint()).toBe(row.value);
        const writer = new Writer();
        writer.uvarint(Number(row.value));
        expect(Buffer.concat(writer.finish())).toEqual(bytes);
      });
    }
  }
});

describeShared('murmur2', 'conformance/kafka/partitioner-murmur2.jsonl', () => {
  it('200 keys', () => {
    const rows = lines('partitioner-murmur2.jsonl').map(
      (line) => JSON.parse(line) as { keyHex: string; hash: number; partitions: number[] },
    );
    for (const { keyHex, hash, partitions } of rows) {
      const key = Buffer.from(keyHex, 'hex');
      expect(murmur2(key)).toBe(hash);
      expect(partitions.map((_, i) => partitionOfKey(key, i + 1))).toEqual(partitions);
    }
    expect(rows).toHaveLength(200);
  });
});

describeShared('error codes', 'conformance/kafka/error-codes.json', () => {
  it('138 codes', () => {
    const rows = JSON.parse(readFileSync(sharedPath('conformance/kafka/error-codes.json'), 'utf8')) as {
      code: number;
      name: string;
      retriable: boolean;
      refreshMetadata: boolean;
    }[];
    for (const { code, name, retriable, refreshMetadata } of rows)
      expect(kafkaErrorFacts(code)).toEqual({ code, name, retriable, refreshMetadata });
    expect(rows).toHaveLength(138);
  });
});

it('CRC-32C of the check string, by both ways, whole and in pieces', () => {
  const check = Buffer.from('123456789');
  expect(crc32c(check)).toBe(0xe3069283);
  const long = Buffer.alloc(10_000, 'millrace');
  expect(crc32c(long)).toBe(crc32cSliced(long));
  expect(crc32c(long, 5000, 10_000, crc32c(long, 0, 5000))).toBe(crc32c(long));
});
