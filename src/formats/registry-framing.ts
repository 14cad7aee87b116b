/**
 * How a record says which schema it was written with. In front of the bytes: 0x00 and the 4-byte big-endian id (all serializers so far). Or, newer,
 * in a header with nothing in front of the bytes: 0x00 and the id, or 0x01 and the schema's 16-byte guid. Readers look at the header first.
 */
import { StackError } from '../core/errors.ts';

/** Header of the record's key and value. */
export const schemaIdHeaders = { key: '__key_schema_id', value: '__value_schema_id' } as const;

export type SchemaIdentity =
  | { readonly id: number }
  /** In the form `8-4-4-4-12`. */
  | { readonly guid: string };

const idMagic = 0;
const guidMagic = 1;
/** Bytes in front of the payload. */
export const framingBytes = 5;

/** `payload` with the id in front. */
export function frameWithSchemaId(id: number, payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(framingBytes + payload.length);
  framed[0] = idMagic;
  framed.writeInt32BE(id, 1);
  framed.set(payload, framingBytes);
  return framed;
}

/**
 * The schema of a key or value, and the bytes that it describes (a view of `bytes`). `header` is the value of the header
 * {@link schemaIdHeaders}, if the record has one.
 * @throws StackError MILLRACE_DECODE_FAILED when the bytes are framed in no known way
 */
export function readSchemaFraming(
  bytes: Uint8Array,
  header?: Uint8Array | null,
): { readonly identity: SchemaIdentity; readonly payload: Buffer } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (header) return { identity: identityIn(header), payload: buffer };
  if (buffer.length < framingBytes || buffer[0] !== idMagic)
    throw new StackError(
      'MILLRACE_DECODE_FAILED',
      `Unknown magic byte! The bytes do not begin with 0 and a schema id: ${buffer.subarray(0, 8).toString('hex') || 'there are none'}. They were not written by a serializer of the Schema Registry.`,
    );
  return { identity: { id: buffer.readInt32BE(1) }, payload: buffer.subarray(framingBytes) };
}

function identityIn(header: Uint8Array): SchemaIdentity {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  if (bytes[0] === idMagic && bytes.length >= framingBytes) return { id: bytes.readInt32BE(1) };
  if (bytes[0] === guidMagic && bytes.length >= 17)
    return { guid: bytes.toString('hex', 1, 17).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') };
  throw new StackError(
    'MILLRACE_DECODE_FAILED',
    `A schema id header of unknown form: ${bytes.toString('hex', 0, 17)}.`,
  );
}
