/** Avro bytes as Java's `GenericData.toString` prints their value: `{"brand": "Acme", "duration": 30}`. */
import { avroScalarText, foldAvro } from '../../../formats/avro/fold.ts';
import type { AvroFold } from '../../../formats/avro/fold.ts';
import type { AvroSchema } from '../../../formats/avro/schema.ts';
import { javaDouble } from '../../../sql/functions/java-double.ts';

export function avroText(schema: AvroSchema, bytes: Buffer): string {
  return foldAvro(schema, bytes, texts);
}

const texts: AvroFold<string> = {
  scalar: (schema, value) => avroScalarText(schema, value, javaDouble),
  array: (items) => `[${items.join(', ')}]`,
  object: (members) => `{${members.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(', ')}}`,
  union: (_branch, text) => text,
};
