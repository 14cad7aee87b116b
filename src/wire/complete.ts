/**
 * Fills the fields that a message leaves out with their defaults, as decoding it would: for messages that never become bytes,
 * between a client and a broker in the same process.
 */
import { messageSchema } from './schemas.ts';
import type { FieldSchema, MessageName, StructSchema } from './schemas.ts';

type Message = Record<string, unknown>;
type Complete = (message: Message) => Message;

const completions = new Map<StructSchema, Complete>();
const noBytes = Buffer.alloc(0);

/** The message with every field there. The one given stays as it is; `bytes` and `records` are not copied. */
export function complete(name: MessageName, message: object): object {
  return completion(messageSchema(name))(message as Message);
}

function completion(schema: StructSchema): Complete {
  let found = completions.get(schema);
  if (found === undefined) {
    const fields = schema.fields.map((field) => ({ name: field.name, value: valueOf(field) }));
    found = (message) => {
      const whole: Message = {};
      for (const { name, value } of fields) whole[name] = value(message[name]);
      return whole;
    };
    completions.set(schema, found);
  }
  return found;
}

function valueOf(field: FieldSchema): (value: unknown) => unknown {
  const { type } = field;
  const fallback = defaultOf(field);
  if (typeof type === 'string') return (value) => (value === undefined ? fallback() : value);
  // Structs are looked up when they are met: a definition may hold itself.
  if (field.array) {
    return (value) =>
      value === undefined || value === null
        ? value === null
          ? null
          : fallback()
        : (value as readonly Message[]).map((item) => completion(type)(item));
  }
  return (value) => (value === undefined ? fallback() : value === null ? null : completion(type)(value as Message));
}

function defaultOf(field: FieldSchema): () => unknown {
  const { type, default: given } = field;
  if (given === null) return () => null;
  if (field.array) return () => [];
  if (given !== undefined) return () => given;
  if (typeof type !== 'string') return () => completion(type)({});
  if (type === 'string') return () => '';
  if (type === 'uuid') return () => 'AAAAAAAAAAAAAAAAAAAAAA';
  if (type === 'bool') return () => false;
  return type === 'bytes' || type === 'records' ? () => noBytes : () => 0;
}
