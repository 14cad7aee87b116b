/** Every golden message of Kafka's own Java library: decoded as it says, all bytes used, encoded to the same bytes. */
import { readFileSync } from 'node:fs';
import { isLosslessNumber, parse } from 'lossless-json';
import { expect, it } from 'vitest';
import { codecOf } from '../../../src/wire/codecs.ts';
import { Reader } from '../../../src/wire/reader.ts';
import { messageSchema } from '../../../src/wire/schemas.ts';
import type { FieldSchema, MessageName, StructSchema } from '../../../src/wire/schemas.ts';
import { Writer } from '../../../src/wire/writer.ts';
import { describeShared, sharedPath } from '../../shared.ts';

interface Row {
  readonly api?: string;
  readonly name?: string;
  readonly type?: string;
  readonly version: number;
  readonly variant: string;
  readonly decodeOnly?: boolean;
  readonly json: unknown;
  readonly hex: string;
}

const files: readonly (readonly [file: string, rows: number])[] = [
  ['messages-broker.jsonl', 2594],
  ['messages-controller.jsonl', 236],
  ['headers.jsonl', 18],
  ['embedded-data.jsonl', 75],
  ['internal-topic-consumer-offsets.jsonl', 229],
  ['internal-topic-transaction-state.jsonl', 13],
  ['internal-topic-share-group-state.jsonl', 18],
];

for (const [file, count] of files) {
  describeShared(file, `conformance/kafka/${file}`, () => {
    it(`${count} rows agree`, () => {
      const wrong: string[] = [];
      const lines = readFileSync(sharedPath(`conformance/kafka/${file}`), 'utf8')
        .trim()
        .split('\n');
      for (const line of lines) {
        const row = parse(line, undefined, (text) =>
          Number.isSafeInteger(Number(text)) || !/^-?\d+$/.test(text) ? Number(text) : BigInt(text),
        ) as Row;
        const problem = check(row);
        if (problem !== undefined)
          wrong.push(`${row.api ?? row.name} ${row.type} v${row.version} ${row.variant}: ${problem}`);
      }
      expect(wrong).toEqual([]);
      expect(lines).toHaveLength(count);
    });
  });
}

function check({ api, name, type, version, decodeOnly, json, hex }: Row): string | undefined {
  const message = (api === undefined ? name : `${api}${type === 'request' ? 'Request' : 'Response'}`) as MessageName;
  const bytes = Buffer.from(hex, 'hex');
  const codec = codecOf(message, Number(version));
  const schema = messageSchema(message);
  try {
    const reader = new Reader(bytes);
    const decoded = codec.decode(reader);
    if (reader.position !== bytes.length) return `${bytes.length - reader.position} bytes are left`;
    const expected = fromGolden(json, schema);
    expect(decoded).toMatchObject(expected as object);
    if (decodeOnly) return undefined;
    const writer = new Writer();
    codec.encode(writer, expected);
    const encoded = Buffer.concat(writer.finish()).toString('hex');
    return encoded === hex ? undefined : `encoded as ${encoded}, not ${hex}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The golden JSON with byte fields as buffers. */
function fromGolden(json: unknown, struct: StructSchema): unknown {
  const out: Record<string, unknown> = {};
  for (const field of struct.fields) {
    const value = (json as Record<string, unknown>)[field.name];
    if (value === undefined) continue;
    out[field.name] = Array.isArray(value) ? value.map((element) => one(element, field)) : one(value, field);
  }
  return out;
}

function one(value: unknown, { type }: FieldSchema): unknown {
  if (value === null || isLosslessNumber(value)) return value;
  if (typeof type !== 'string') return fromGolden(value, type);
  if (type === 'bytes') return Buffer.from(value as string, 'base64');
  if (type === 'records') return Buffer.from(value as string, 'hex');
  return value;
}
