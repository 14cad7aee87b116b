/** Kafka's serializers by class name, for texts that a line holds. */
import { StackError } from '../../core/errors.ts';

function integer(bytes: number, write: (buffer: Buffer, value: bigint) => void): (text: Buffer) => Buffer {
  return (text) => {
    const typed = text.toString('utf8').trim();
    if (!/^[+-]?\d+$/.test(typed)) throw new StackError('MILLRACE_DECODE_FAILED', `"${typed}" is no whole number.`);
    const buffer = Buffer.alloc(bytes);
    write(buffer, BigInt(typed));
    return buffer;
  };
}

const byClass: Readonly<Record<string, (text: Buffer) => Buffer>> = {
  String: (text) => text,
  ByteArray: (text) => text,
  Short: integer(2, (buffer, value) => buffer.writeInt16BE(Number(value))),
  Integer: integer(4, (buffer, value) => buffer.writeInt32BE(Number(value))),
  Long: integer(8, (buffer, value) => buffer.writeBigInt64BE(value)),
};

/** @throws StackError MILLRACE_UNSUPPORTED for a class that is none of Kafka's own */
export function serializerOf(className: string): (text: Buffer) => Buffer {
  const name = /^(?:org\.apache\.kafka\.common\.serialization\.)?(\w+)Serializer$/.exec(className)?.[1] ?? '';
  const known = Object.hasOwn(byClass, name) ? byClass[name] : undefined;
  if (known !== undefined) return known;
  throw new StackError(
    'MILLRACE_UNSUPPORTED',
    `Error initializing key.serializer: ${className}. Known are those of org.apache.kafka.common.serialization for ${Object.keys(byClass).join(', ')}.`,
  );
}
