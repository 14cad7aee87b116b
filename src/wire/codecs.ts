/**
 * Kafka messages as bytes and back.
 *
 *     frame:  length int32 │ header │ body        (decoders take the frame without its length)
 *     request header v1:  apiKey int16 │ apiVersion int16 │ correlationId int32 │ clientId nullable string (int16 length)
 *     request header v2:  the same │ tagged fields
 *     response header v0: correlationId int32          v1: the same │ tagged fields
 */
import { assert } from '../core/assert.ts';
import { apis, requestHeaderVersion, responseHeaderVersion } from './apis.ts';
import type { ApiName } from './apis.ts';
import { compileCodec } from './compile.ts';
import type { Codec } from './compile.ts';
import type { DataBodies, RequestBodies, ResponseBodies } from './generated/messages.ts';
import { Reader, malformed } from './reader.ts';
import { messageSchema } from './schemas.ts';
import type { MessageName } from './schemas.ts';
import { Writer } from './writer.ts';

export type { ApiName } from './apis.ts';
export type RequestBody<N extends ApiName> = RequestBodies[N];
export type ResponseBody<N extends ApiName> = ResponseBodies[N];
export type DataName = keyof DataBodies;
export type DataBody<N extends DataName> = DataBodies[N];

/** What encoders take: fields that are left out are their defaults. */
export type Input<T> = T extends Uint8Array | string | number | bigint | boolean | null | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly Input<E>[]
    : { readonly [K in keyof T]?: Input<T[K]> | undefined };

export interface RequestHeader {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  /** Where the rest of the header (its tagged fields, if it is flexible) and the body begin. */
  readonly bodyOffset: number;
}

const codecs = new Map<string, Codec>();

/** The codec of one version of a message. */
export function codecOf(name: MessageName, version: number): Codec {
  const key = `${name} ${version}`;
  let codec = codecs.get(key);
  if (codec === undefined) {
    const schema = messageSchema(name);
    assert(version >= schema.versions.from && version <= schema.versions.to, `${name} has no version ${version}`);
    codec = compileCodec(schema, version);
    codecs.set(key, codec);
  }
  return codec;
}

/** A whole request frame with its length. */
export function encodeRequest<N extends ApiName>(
  api: N,
  version: number,
  header: { readonly correlationId: number; readonly clientId: string | null },
  body: Input<RequestBody<N>>,
): Buffer[] {
  const writer = startFrame();
  writer.int16(apis[api].key);
  writer.int16(version);
  writer.int32(header.correlationId);
  if (header.clientId === null) writer.int16(-1);
  else {
    const length = Buffer.byteLength(header.clientId);
    writer.int16(length);
    writer.string(header.clientId, length);
  }
  if (requestHeaderVersion(apis[api], version) === 2) writer.uvarint(0);
  codecOf(`${api}Request`, version).encode(writer, body);
  return finishFrame(writer);
}

/** Reads the part of a request header that every version has. Throws MILLRACE_WIRE_MALFORMED. */
export function decodeRequestHeader(frame: Buffer): RequestHeader {
  const reader = new Reader(frame);
  const apiKey = reader.int16();
  const apiVersion = reader.int16();
  const correlationId = reader.int32();
  const length = reader.int16();
  const clientId = length < 0 ? null : reader.string(length);
  return { apiKey, apiVersion, correlationId, clientId, bodyOffset: reader.position };
}

/** Reads the body of a request; `offset` is the header's `bodyOffset`. The version must be one that the API has. */
export function decodeRequestBody<N extends ApiName>(
  api: N,
  version: number,
  frame: Buffer,
  offset: number,
): RequestBody<N> {
  const reader = new Reader(frame, offset);
  if (requestHeaderVersion(apis[api], version) === 2) reader.skipTags();
  // Bytes behind the body are no fault: Kafka takes such a request too.
  return codecOf(`${api}Request`, version).decode(reader) as RequestBody<N>;
}

/** A whole response frame with its length, in chunks that are to be written one after the other. */
export function encodeResponse<N extends ApiName>(
  api: N,
  version: number,
  correlationId: number,
  body: Input<ResponseBody<N>>,
): Buffer[] {
  const writer = startFrame();
  writer.int32(correlationId);
  if (responseHeaderVersion(apis[api], version) === 1) writer.uvarint(0);
  codecOf(`${api}Response`, version).encode(writer, body);
  return finishFrame(writer);
}

export function decodeResponse<N extends ApiName>(
  api: N,
  version: number,
  frame: Buffer,
): { readonly correlationId: number; readonly body: ResponseBody<N> } {
  const reader = new Reader(frame);
  const correlationId = reader.int32();
  if (responseHeaderVersion(apis[api], version) === 1) reader.skipTags();
  return { correlationId, body: decodeWhole(reader, `${api}Response`, version) as ResponseBody<N> };
}

/** A structure that lies inside another field or in a record of an internal topic, without the version before it. */
export function encodeData<N extends DataName>(name: N, version: number, body: Input<DataBody<N>>): Buffer {
  const writer = new Writer();
  codecOf(name, version).encode(writer, body);
  const chunks = writer.finish();
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Reads such a structure from `offset` on; bytes behind it are left alone. */
export function decodeData<N extends DataName>(name: N, version: number, bytes: Buffer, offset = 0): DataBody<N> {
  return codecOf(name, version).decode(new Reader(bytes, offset)) as DataBody<N>;
}

function decodeWhole(reader: Reader, name: MessageName, version: number): unknown {
  const message = codecOf(name, version).decode(reader);
  if (reader.position !== reader.end)
    throw malformed(`${reader.end - reader.position} bytes are left behind ${name}`, reader.position);
  return message;
}

function startFrame(): Writer {
  const writer = new Writer();
  writer.int32(0);
  return writer;
}

function finishFrame(writer: Writer): Buffer[] {
  const length = writer.length - 4;
  const chunks = writer.finish();
  chunks[0]?.writeInt32BE(length, 0);
  return chunks;
}
