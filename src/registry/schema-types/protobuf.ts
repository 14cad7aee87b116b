/** Protobuf in the registry: the text as the registry prints it; compatibility by field numbers. Clients may send a compiled file. */
import { describeProtoDifference, protoDifferences } from '../../formats/protobuf/compatibility.ts';
import { compiledProtoFile, parseCompiledProtoFile } from '../../formats/protobuf/descriptor.ts';
import type { ProtoFile } from '../../formats/protobuf/file.ts';
import { protoSchema } from '../../formats/protobuf/message-type.ts';
import { parseProtoFile } from '../../formats/protobuf/parse.ts';
import { printProtoFile } from '../../formats/protobuf/print.ts';
import { ProtoTypes } from '../../formats/protobuf/type-index.ts';
import type { ParsedSchema, ResolvedReference, SchemaType } from './schema-type.ts';

export const protobufType: SchemaType = {
  name: 'PROTOBUF',
  parse: (text, references) => new ProtobufParsed(fileOf(text), references),
};

/** A text, or what a compiler made of one, in base64. */
function fileOf(text: string): ProtoFile {
  try {
    return parseProtoFile(text);
  } catch (error) {
    const compiled = /^[\w+/]+=*$/.test(text.trim()) ? parseCompiledProtoFile(Buffer.from(text, 'base64')) : undefined;
    if (compiled === undefined) throw error;
    return compiled;
  }
}

class ProtobufParsed implements ParsedSchema {
  readonly schemaType = 'PROTOBUF';
  readonly canonical: string;
  readonly file: ProtoFile;
  private readonly references: readonly ResolvedReference[];
  readonly types: ProtoTypes;

  constructor(file: ProtoFile, references: readonly ResolvedReference[]) {
    this.file = file;
    this.references = references;
    this.types = new ProtoTypes(file, references);
    this.canonical = printProtoFile(file);
    // Names that cannot be resolved and imports that are not there are told now.
    protoSchema(this.canonical, references);
  }

  normalize(): ParsedSchema {
    const text = printProtoFile(this.file, { types: this.types });
    return new ProtobufParsed(parseProtoFile(text), this.references);
  }

  format(name: string): string {
    return name === 'serialized' ? compiledProtoFile(this.file, this.types).toString('base64') : this.canonical;
  }

  isEquivalent(other: ParsedSchema): boolean {
    return other instanceof ProtobufParsed && this.normalize().canonical === other.normalize().canonical;
  }

  problemsReading(writer: ParsedSchema, thisIs: 'new' | 'old'): string[] {
    if (!(writer instanceof ProtobufParsed)) return ['Incompatible because of different schema type'];
    return protoDifferences(writer, this).map((found) => describeProtoDifference(found, thisIs));
  }

  hasTopLevelField(name: string): boolean {
    const first = this.file.types.find((type) => type.kind === 'message');
    return first?.kind === 'message' && first.fields.some((field) => field.name === name);
  }
}
