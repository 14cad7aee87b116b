/**
 * Can a reader with one schema read what another wrote (specification 1.12, "Schema Resolution")? The findings are worded as the
 * Schema Registry words them; there the new schema is the reader for BACKWARD and the writer for FORWARD.
 */
import { branchName } from './schema.ts';
import type { AvroField, AvroRecord, AvroSchema } from './schema.ts';

export type IncompatibilityType =
  | 'NAME_MISMATCH'
  | 'FIXED_SIZE_MISMATCH'
  | 'MISSING_ENUM_SYMBOLS'
  | 'READER_FIELD_MISSING_DEFAULT_VALUE'
  | 'TYPE_MISMATCH'
  | 'MISSING_UNION_BRANCH';

export interface Incompatibility {
  readonly type: IncompatibilityType;
  /** Where in the reader's schema: `/fields/1/type`. */
  readonly path: string;
  readonly info: string;
}

/** What keeps `reader` from reading what `writer` wrote; empty when nothing does. */
export function incompatibilities(reader: AvroSchema, writer: AvroSchema): Incompatibility[] {
  return new Comparison().compare(reader, writer, '');
}

/** The registry's text of a finding; `readerIs` says which of the two schemas is the reader. */
export function describeIncompatibility({ type, path, info }: Incompatibility, readerIs: 'new' | 'old'): string {
  const writerIs = readerIs === 'new' ? 'old' : 'new';
  const descriptions: Readonly<Record<IncompatibilityType, string>> = {
    NAME_MISMATCH: `The name of the schema has changed (path '${path}')`,
    FIXED_SIZE_MISMATCH: `The size of FIXED type field at path '${path}' in the ${readerIs} schema does not match with the ${writerIs} schema`,
    MISSING_ENUM_SYMBOLS: `The ${readerIs} schema is missing enum symbols '${info}' at path '${path}' in the ${writerIs} schema`,
    READER_FIELD_MISSING_DEFAULT_VALUE: `The field '${info}' at path '${path}' in the ${readerIs} schema has no default value and is missing in the ${writerIs} schema`,
    TYPE_MISMATCH: `The type (path '${path}') of a field in the ${readerIs} schema does not match with the ${writerIs} schema`,
    MISSING_UNION_BRANCH: `The ${readerIs} schema is missing a type inside a union field at path '${path}' in the ${writerIs} schema`,
  };
  return `{errorType:'${type}', description:'${descriptions[type]}', additionalInfo:'${info}'}`;
}

/** Types that a reader of the key accepts besides its own. */
const promotions: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  string: ['bytes'],
  bytes: ['string'],
};

const root = '';

class Comparison {
  /**
   * Findings of the pairs that were compared, with the places where that was first; undefined while it is going on, when a pair inside itself
   * counts as compatible. The Java library does so too, and the registry tells these places.
   */
  private readonly known = new Map<AvroSchema, Map<AvroSchema, Incompatibility[] | undefined>>();

  compare(reader: AvroSchema, writer: AvroSchema, path: string): Incompatibility[] {
    let writers = this.known.get(reader);
    if (writers === undefined) this.known.set(reader, (writers = new Map()));
    if (writers.has(writer)) return writers.get(writer) ?? [];
    writers.set(writer, undefined);
    const found = this.compareOnce(reader, writer, path);
    writers.set(writer, found);
    return found;
  }

  private compareOnce(reader: AvroSchema, writer: AvroSchema, path: string): Incompatibility[] {
    if (writer.kind === 'union') return this.writerUnion(reader, writer.branches, path);
    if (reader.kind === 'union') {
      if (reader.branches.some((branch) => this.compare(branch, writer, root).length === 0)) return [];
      const info = `reader union lacking writer type: ${kindName(writer)}`;
      return [{ type: 'MISSING_UNION_BRANCH', path: path === root ? '/' : path, info }];
    }
    if (reader.kind !== writer.kind) {
      if (promotions[reader.kind]?.includes(writer.kind)) return [];
      return [
        {
          type: 'TYPE_MISMATCH',
          path: path === root ? '/' : path,
          info: `reader type: ${kindName(reader)} not compatible with writer type: ${kindName(writer)}`,
        },
      ];
    }
    if (reader.kind === 'array' && writer.kind === 'array')
      return this.compare(reader.items, writer.items, `${path}/items`);
    if (reader.kind === 'map' && writer.kind === 'map')
      return this.compare(reader.values, writer.values, `${path}/values`);
    if (!('name' in reader) || !('name' in writer)) return [];
    const found = sameName(reader, writer) ? [] : [mismatchedName(path, writer)];
    if (reader.kind === 'fixed' && writer.kind === 'fixed' && reader.size !== writer.size) {
      found.push({
        type: 'FIXED_SIZE_MISMATCH',
        path: `${path}/size`,
        info: `expected: ${writer.size}, found: ${reader.size}`,
      });
    }
    if (reader.kind === 'enum' && writer.kind === 'enum' && reader.default === undefined) {
      const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
      if (missing.length > 0)
        found.push({ type: 'MISSING_ENUM_SYMBOLS', path: `${path}/symbols`, info: `[${missing.join(', ')}]` });
    }
    if (reader.kind === 'record' && writer.kind === 'record') found.push(...this.fields(reader, writer, path));
    return found;
  }

  /** Whatever branch was written, the reader must be able to read it. Places are told from here on, as the Java library does. */
  private writerUnion(reader: AvroSchema, branches: readonly AvroSchema[], path: string): Incompatibility[] {
    if (reader.kind !== 'union') return branches.flatMap((branch) => this.compare(reader, branch, root));
    return branches.flatMap((branch, i) =>
      this.compare(reader, branch, root).length === 0
        ? []
        : [
            {
              type: 'MISSING_UNION_BRANCH' as const,
              path: `${path}/${i}`,
              info: `reader union lacking writer type: ${kindName(branch)}`,
            },
          ],
    );
  }

  private fields(reader: AvroRecord, writer: AvroRecord, path: string): Incompatibility[] {
    return reader.fields.flatMap((field, i) => {
      const written = writtenField(field, writer);
      if (written !== undefined) return this.compare(field.type, written.type, `${path}/fields/${i}/type`);
      if (field.default !== undefined) return [];
      // An enum's own default does not help: the library compares it with the whole record.
      if (field.type.kind === 'enum' && field.type.default !== undefined)
        return this.compare(field.type, writer, `${path}/fields/${i}/type`);
      return [{ type: 'READER_FIELD_MISSING_DEFAULT_VALUE' as const, path: `${path}/fields/${i}`, info: field.name }];
    });
  }
}

function writtenField(field: AvroField, writer: AvroRecord): AvroField | undefined {
  return (
    writer.fields.find(({ name }) => name === field.name) ??
    writer.fields.find(({ name }) => field.aliases.includes(name))
  );
}

/** Names agree without their namespaces (1.9 and newer), or by an alias. */
function sameName(
  reader: { readonly name: string; readonly aliases: readonly string[] },
  writer: { readonly name: string },
): boolean {
  const simple = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
  return simple(reader.name) === simple(writer.name) || reader.aliases.includes(writer.name);
}

function mismatchedName(path: string, writer: { readonly name: string }): Incompatibility {
  return { type: 'NAME_MISMATCH', path: `${path}/name`, info: `expected: ${writer.name}` };
}

function kindName(schema: AvroSchema): string {
  return 'name' in schema ? schema.kind.toUpperCase() : branchName(schema).toUpperCase();
}
