/** Avro bytes in the JSON of the Avro specification ("JSON Encoding"): values of unions name their branch. */
import { foldAvro } from '../../formats/avro/fold.ts';
import type { AvroFold } from '../../formats/avro/fold.ts';
import { branchName } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { javaDouble } from './deserializers.ts';

export function avroJson(schema: AvroSchema, bytes: Buffer): string {
  return foldAvro(schema, bytes, texts);
}

const texts: AvroFold<string> = {
  scalar: ({ kind }, value) => {
    switch (kind) {
      case 'float':
      case 'double':
        return floatingPoint(kind, value as number);
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
  array: (items) => `[${items.join(',')}]`,
  object,
  union: (branch, text) => (branch.kind === 'null' ? 'null' : object([[branchName(branch), text]])),
};

function object(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

function floatingPoint(kind: 'float' | 'double', value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(javaDouble(value));
  if (kind === 'double') return javaDouble(value);
  // The shortest decimal that is the same float.
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return javaDouble(shorter);
  }
  return javaDouble(Number(value.toPrecision(9)));
}
