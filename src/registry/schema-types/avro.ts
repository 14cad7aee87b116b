/** Avro in the registry: the text as the Java library prints it; compatibility by the specification's schema resolution. */
import { describeIncompatibility, incompatibilities } from '../../formats/avro/compatibility.ts';
import { normalizeAvroSchema } from '../../formats/avro/normalize.ts';
import { parseAvroSchema, printAvroSchema } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import type { ParsedSchema, SchemaType } from './schema-type.ts';

export const avroType: SchemaType = {
  name: 'AVRO',
  parse(text, references) {
    const known: AvroSchema[] = [];
    for (const { schema } of references) known.push(parseAvroSchema(schema, known));
    return new AvroParsed(parseAvroSchema(text, known), known);
  },
};

class AvroParsed implements ParsedSchema {
  readonly schemaType = 'AVRO';
  readonly canonical: string;
  private readonly schema: AvroSchema;
  private readonly references: readonly AvroSchema[];

  constructor(schema: AvroSchema, references: readonly AvroSchema[]) {
    this.schema = schema;
    this.references = references;
    this.canonical = printAvroSchema(schema, references);
  }

  normalize(): ParsedSchema {
    return new AvroParsed(normalizeAvroSchema(this.schema), this.references);
  }

  format(name: string): string {
    return name === 'resolved' ? printAvroSchema(this.schema) : this.canonical;
  }

  isEquivalent(other: ParsedSchema): boolean {
    return other instanceof AvroParsed && this.meaning() === other.meaning();
  }

  private meaning(): string {
    return printAvroSchema(normalizeAvroSchema(this.schema));
  }

  problemsReading(writer: ParsedSchema, thisIs: 'new' | 'old'): string[] {
    if (!(writer instanceof AvroParsed)) return ['Incompatible because of different schema type'];
    return incompatibilities(this.schema, writer.schema).map((found) => describeIncompatibility(found, thisIs));
  }

  hasTopLevelField(name: string): boolean {
    return this.schema.kind === 'record' && this.schema.fields.some((field) => field.name === name);
  }
}
