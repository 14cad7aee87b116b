/** JSON Schema in the registry: the text without white space; compatibility by the registry's own rules. */
import { jsonDifferences } from '../../formats/json-schema/compatibility.ts';
import { describeJsonDifference } from '../../formats/json-schema/differences.ts';
import { JsonSchemaDocument } from '../../formats/json-schema/schema.ts';
import type { ParsedSchema, ResolvedReference, SchemaType } from './schema-type.ts';

export const jsonType: SchemaType = {
  name: 'JSON',
  parse: (text, references) => new JsonParsed(withoutSpace(text), references),
};

class JsonParsed implements ParsedSchema {
  readonly schemaType = 'JSON';
  readonly canonical: string;
  private readonly document: JsonSchemaDocument;
  private readonly references: readonly ResolvedReference[];

  constructor(text: string, references: readonly ResolvedReference[]) {
    this.canonical = text;
    this.references = references;
    this.document = new JsonSchemaDocument(text, new Map(references.map(({ name, schema }) => [name, schema])));
  }

  normalize(): ParsedSchema {
    return new JsonParsed(JSON.stringify(sorted(JSON.parse(this.canonical))), this.references);
  }

  format(): string {
    return this.canonical;
  }

  isEquivalent(other: ParsedSchema): boolean {
    return other instanceof JsonParsed && this.normalize().canonical === other.normalize().canonical;
  }

  problemsReading(writer: ParsedSchema, thisIs: 'new' | 'old', lenient: boolean): string[] {
    if (!(writer instanceof JsonParsed)) return ['Incompatible because of different schema type'];
    return jsonDifferences(writer.document.root, this.document.root, lenient).map((found) =>
      describeJsonDifference(found, thisIs),
    );
  }

  hasTopLevelField(name: string): boolean {
    const { properties } = this.document.root.json;
    return typeof properties === 'object' && properties !== null && name in properties;
  }
}

/** Numbers and the order of names stay as they were written. */
function withoutSpace(text: string): string {
  return text.replace(/("(?:\\.|[^"\\])*")|\s+/g, '$1');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}
