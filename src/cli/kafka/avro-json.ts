/** Avro bytes in the JSON of the Avro specification ("JSON Encoding"): values of unions name their branch. */
import { avroScalarText, foldAvro } from '../../formats/avro/fold.ts';
import type { AvroFold } from '../../formats/avro/fold.ts';
import { branchName } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { javaDouble, javaFloat } from '../../formats/java-numbers.ts';

export function avroJson(schema: AvroSchema, bytes: Buffer): string {
  return foldAvro(schema, bytes, texts);
}

const texts: AvroFold<string> = {
  scalar: (schema, value) =>
    avroScalarText(schema, value, (number) => (schema.kind === 'float' ? javaFloat(number) : javaDouble(number))),
  array: (items) => `[${items.join(',')}]`,
  object,
  union: (branch, text) => (branch.kind === 'null' ? 'null' : object([[branchName(branch), text]])),
};

function object(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
