/**
 * What the bytes of a topic's keys or values may be. PRINT tries every format on every record and keeps those that could read all of
 * them; the first of these prints (ksqlDB's `RecordFormatter`).
 */
import type { SchemaRegistryClient } from '../../../client/schema-registry.ts';
import { parseAvroSchema } from '../../../formats/avro/schema.ts';
import type { AvroSchema } from '../../../formats/avro/schema.ts';
import { messageAt, protoSchema } from '../../../formats/protobuf/message-type.ts';
import type { ProtoSchema } from '../../../formats/protobuf/message-type.ts';
import { protobufText } from '../../../formats/protobuf/text-format.ts';
import { framingBytes } from '../../../formats/registry-framing.ts';
import { cursor } from '../../../runtime/compiler/bytes.ts';
import { readMessageIndexes } from '../../../runtime/compiler/decode-protobuf.ts';
import { javaDouble } from '../../../sql/functions/java-double.ts';
import { schemaWithId } from '../registered-schemas.ts';
import { avroText } from './avro-text.ts';

/** The text of a value; rejects or throws when the bytes are something else. */
type Reader = (bytes: Buffer) => string | Promise<string>;

interface Candidate {
  readonly name: string;
  readonly read: Reader;
}

const nothingSeen = '¯\\_(ツ)_/¯ - no data processed';

export class FormatGuess {
  #candidates: readonly Candidate[];
  #seen = false;

  /** Keys may be windowed, values not. */
  constructor(side: 'key' | 'value', registry: SchemaRegistryClient) {
    const plain = plainCandidates(registry);
    const windowed = plain.flatMap((one) => [
      { name: `SESSION(${one.name})`, read: sessionReader(one.read) },
      { name: `HOPPING(${one.name})`, read: windowReader(one.read) },
      { name: `TUMBLING(${one.name})`, read: windowReader(one.read) },
      one,
    ]);
    this.#candidates = [...(side === 'key' ? windowed : plain), { name: '', read: bytesText }];
  }

  /** The formats that are left, the likeliest first. */
  names(): string[] {
    if (!this.#seen) return [nothingSeen];
    return this.#candidates.map((one) => one.name).filter((name) => name !== '');
  }

  async text(bytes: Buffer | null): Promise<string> {
    if (bytes === null) return '<null>';
    this.#seen = true;
    let first: string | undefined;
    const left: Candidate[] = [];
    for (const candidate of this.#candidates) {
      try {
        const text = await candidate.read(bytes);
        first ??= text;
        left.push(candidate);
      } catch {
        // Not this format: it is out for the rest of the topic.
      }
    }
    this.#candidates = left;
    return first ?? '<Failed to deserialize>';
  }
}

function plainCandidates(registry: SchemaRegistryClient): Candidate[] {
  return [
    { name: 'AVRO', read: avroReader(registry) },
    { name: 'PROTOBUF', read: protobufReader(registry) },
    { name: 'JSON', read: jsonReader },
    { name: 'JSON_SR', read: jsonSchemaReader(registry) },
    { name: 'KAFKA_INT', read: (bytes) => String(sized(bytes, 4).readInt32BE()) },
    { name: 'KAFKA_BIGINT', read: (bytes) => String(sized(bytes, 8).readBigInt64BE()) },
    { name: 'KAFKA_DOUBLE', read: (bytes) => javaDouble(sized(bytes, 8).readDoubleBE()) },
    { name: 'KAFKA_STRING', read: stringReader },
  ];
}

function sized(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw new Error(`not ${length} bytes`);
  return bytes;
}

/** The id of the schema in front of the bytes. */
function schemaId(bytes: Buffer): number {
  if (bytes.length < 5 || bytes[0] !== 0) throw new Error('not framed');
  return bytes.readInt32BE(1);
}

function avroReader(registry: SchemaRegistryClient): Reader {
  const known = new Map<number, Promise<AvroSchema>>();
  const load = async (id: number): Promise<AvroSchema> => {
    const registered = await schemaWithId(registry, id);
    if (registered === undefined || registered.schemaType !== 'AVRO') throw new Error('no Avro schema');
    return parseAvroSchema(registered.schema);
  };
  return async (bytes) => {
    const id = schemaId(bytes);
    let found = known.get(id);
    if (found === undefined) known.set(id, (found = load(id)));
    return avroText(await found, bytes.subarray(framingBytes));
  };
}

/** The framing, the path to the message in its schema, the message. */
function protobufReader(registry: SchemaRegistryClient): Reader {
  const known = new Map<number, Promise<ProtoSchema>>();
  const load = async (id: number): Promise<ProtoSchema> => {
    const registered = await schemaWithId(registry, id);
    if (registered?.schemaType !== 'PROTOBUF') throw new Error('no Protobuf schema');
    return protoSchema(registered.schema, registered.references);
  };
  return async (bytes) => {
    const id = schemaId(bytes);
    let found = known.get(id);
    if (found === undefined) known.set(id, (found = load(id)));
    const schema = await found;
    const message = messageAt(schema, readMessageIndexes(bytes, framingBytes, bytes.length));
    if (message === undefined) throw new Error('no such message');
    return protobufText(message, bytes.subarray(cursor.at), { float: javaFloat, double: javaDouble });
  };
}

/** The shortest text that is the number in 32 bits. */
function javaFloat(value: number): string {
  const digits = [6, 7, 8].find((count) => Math.fround(Number(value.toPrecision(count))) === value) ?? 9;
  return javaDouble(Number(value.toPrecision(digits)));
}

function jsonSchemaReader(registry: SchemaRegistryClient): Reader {
  const known = new Map<number, Promise<boolean>>();
  return async (bytes) => {
    const id = schemaId(bytes);
    let found = known.get(id);
    if (found === undefined)
      known.set(id, (found = schemaWithId(registry, id).then((one) => one?.schemaType === 'JSON')));
    if (!(await found)) throw new Error('no JSON schema');
    // Jackson prints the tree that it has read: without blanks.
    return jsonReader(bytes.subarray(framingBytes)).replace(/("(?:\\.|[^"\\])*")|\s+/g, '$1');
  };
}

/** The text as it stands, when it parses. */
function jsonReader(bytes: Buffer): string {
  const text = stringReader(bytes);
  JSON.parse(text);
  return text;
}

function stringReader(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (bytes.length === 0 || text.includes('\uFFFD')) throw new Error('not text');
  return text;
}

/** Start of a time window behind the key's bytes; its end is not stored. */
function windowReader(inner: Reader): Reader {
  return async (bytes) => {
    if (bytes.length < 8) throw new Error('not windowed');
    const start = plausible(bytes.readBigInt64BE(bytes.length - 8));
    return `[${await inner(bytes.subarray(0, -8))}@${start}/-]`;
  };
}

/** End and start of a session. */
function sessionReader(inner: Reader): Reader {
  return async (bytes) => {
    if (bytes.length < 16) throw new Error('not windowed');
    const end = plausible(bytes.readBigInt64BE(bytes.length - 16));
    const start = plausible(bytes.readBigInt64BE(bytes.length - 8));
    if (end < start) throw new Error('a window ends before it begins');
    return `[${await inner(bytes.subarray(0, -16))}@${start}/${end}]`;
  };
}

/** Windows do not begin before the epoch. */
function plausible(time: bigint): bigint {
  if (time < 0n) throw new Error('before the epoch');
  return time;
}

/** Printable bytes as they are, others as `\xNN`, as Kafka's `Bytes.toString` does. */
function bytesText(bytes: Buffer): string {
  return [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
