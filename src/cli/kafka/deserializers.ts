/** Kafka's deserializers by class name, as the console consumer prints what they give. */
import { StackError } from '../../core/errors.ts';
import { javaDouble, javaFloat } from '../../formats/java-numbers.ts';

/** Bytes as the text or bytes that are printed. */
export type PrintBytes = (bytes: Buffer) => Uint8Array | string;

const raw: PrintBytes = (bytes) => bytes;

function fixed(size: number, name: string, read: (bytes: Buffer) => string): PrintBytes {
  return (bytes) => {
    if (bytes.length === size) return read(bytes);
    throw new StackError('MILLRACE_DECODE_FAILED', `Size of data received by ${name}Deserializer is not ${size}`);
  };
}

const byClass: Readonly<Record<string, PrintBytes>> = {
  String: (bytes) => bytes.toString('utf8'),
  ByteArray: raw,
  ByteBuffer: raw,
  Bytes: (bytes) => bytes.toString('latin1').replace(/[^ -~]|\\/g, escaped),
  Short: fixed(2, 'Short', (bytes) => String(bytes.readInt16BE())),
  Integer: fixed(4, 'Integer', (bytes) => String(bytes.readInt32BE())),
  Long: fixed(8, 'Long', (bytes) => String(bytes.readBigInt64BE())),
  Float: fixed(4, 'Float', (bytes) => javaFloat(bytes.readFloatBE())),
  Double: fixed(8, 'Double', (bytes) => javaDouble(bytes.readDoubleBE())),
  Boolean: fixed(1, 'Boolean', (bytes) => (bytes[0] === 0 ? 'false' : 'true')),
  UUID: (bytes) => bytes.toString('utf8'),
  Void: () => 'null',
};

/** @throws StackError MILLRACE_UNSUPPORTED for a class that is none of Kafka's own */
export function deserializerOf(className: string): PrintBytes {
  const name = /^(?:org\.apache\.kafka\.common\.serialization\.)?(\w+)Deserializer$/.exec(className)?.[1] ?? '';
  const known = Object.hasOwn(byClass, name) ? byClass[name] : undefined;
  if (known !== undefined) return known;
  throw new StackError(
    'MILLRACE_UNSUPPORTED',
    `Cannot load the deserializer ${className}. Known are those of org.apache.kafka.common.serialization for ${Object.keys(byClass).join(', ')}.`,
  );
}

/** A byte that is not printable as Kafka's Bytes shows it. */
function escaped(char: string): string {
  return char === '\\' ? '\\\\' : `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
