/** Avro bytes as Java's `GenericData.toString` prints their value: `{"brand": "Acme", "duration": 30}`. */
import { foldAvro } from '../../../formats/avro/fold.ts';
import type { AvroFold } from '../../../formats/avro/fold.ts';
import type { AvroSchema } from '../../../formats/avro/schema.ts';
import { javaDouble } from '../../../sql/functions/java-double.ts';

export function avroText(schema: AvroSchema, bytes: Buffer): string {
  return foldAvro(schema, bytes, texts);
}

const texts: AvroFold<string> = {
  scalar: ({ kind }, value) => {
    switch (kind) {
      case 'float':
      case 'double':
        return Number.isFinite(value) ? javaDouble(value as number) : `"${javaDouble(value as number)}"`;
      case 'bytes':
      case 'fixed':
        return JSON.stringify(Buffer.from(value as Uint8Array).toString('latin1'));
      case 'string':
      case 'enum':
        return JSON.stringify(value);
      default:
        return String(value);
    }
  },
  array: (items) => `[${items.join(', ')}]`,
  object: (members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(', ')}}`,
  union: (_branch, text) => text,
};
