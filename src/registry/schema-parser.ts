/** From a request's or a record's text to a parsed schema, its references resolved from the state. */
import { messageOf } from '../core/errors.ts';
import { invalidSchema } from './errors.ts';
import type { SchemaContent, SchemaReference, SchemaVersion } from './model.ts';
import type { ParsedSchema, ResolvedReference } from './schema-types/schema-type.ts';
import { sortedReferences } from './schema-types/schema-type.ts';
import { schemaTypes } from './schema-types/schema-types.ts';
import type { RegistryState } from './state.ts';
import { normalizeSubject, resolveSubject } from './subject-name.ts';

/** A schema that somebody sends. */
export interface SchemaRequest {
  /** Absent or blank: the latest one of the subject is meant. */
  readonly schema?: string;
  readonly schemaType: string;
  readonly references: readonly SchemaReference[];
  readonly metadata?: NonNullable<SchemaContent['metadata']>;
  readonly ruleSet?: NonNullable<SchemaContent['ruleSet']>;
  /** 0: none was given; −1: the latest. */
  readonly version: number;
  /** −1: none was given. */
  readonly id: number;
}

/** A schema in the form in which it is stored. */
export interface PreparedSchema {
  readonly content: SchemaContent;
  readonly parsed: ParsedSchema;
}

/** So many parsed schemas are kept. */
const cachedMax = 1000;

export class SchemaParser {
  private readonly state: RegistryState;
  private readonly cache = new Map<string, ParsedSchema>();

  constructor(state: RegistryState) {
    this.state = state;
  }

  /**
   * Undefined when there is no text.
   * @throws RegistryError 42201
   */
  prepare(
    subject: string,
    request: SchemaRequest,
    { normalize, deletedReferences }: { readonly normalize: boolean; readonly deletedReferences: boolean },
  ): PreparedSchema | undefined {
    const text = request.schema ?? '';
    if (text.trim() === '') return undefined;
    try {
      const { references, resolved } = this.resolve(subject, request.references, deletedReferences);
      let parsed = this.parse(request.schemaType, text, resolved);
      if (normalize) parsed = parsed.normalize();
      const { metadata, ruleSet } = request;
      const content: SchemaContent = {
        schemaType: parsed.schemaType,
        schema: parsed.canonical,
        references: normalize ? sortedReferences(references) : references,
        ...(metadata ? { metadata } : {}),
        ...(ruleSet ? { ruleSet } : {}),
      };
      return { content, parsed };
    } catch (error) {
      const { schemaType } = request;
      if (!schemaTypes.has(schemaType)) throw invalidSchema(messageOf(error), error);
      const refs = `[${request.references.map(({ name, subject: of, version }) => `{name='${name}', subject='${of}', version=${version}}`).join(', ')}]`;
      throw invalidSchema(
        `Invalid schema of type ${schemaType}, details: Invalid schema {subject=${subject},version=${request.version},id=${request.id},schemaType=${schemaType},references=${refs},metadata=${printed(request.metadata)},ruleSet=${printed(request.ruleSet)},schema=${text}} with refs ${refs} of type ${schemaType}, details: ${messageOf(error)}`,
        error,
      );
    }
  }

  /**
   * A version that is registered.
   * @throws RegistryError 42201 when this version cannot parse it (another registry wrote it)
   */
  registered(version: SchemaVersion): ParsedSchema {
    try {
      const { resolved } = this.resolve(version.subject, version.references, true);
      return this.parse(version.schemaType, version.schema, resolved);
    } catch (error) {
      throw invalidSchema(
        `Version ${version.version} of subject '${version.subject}' cannot be parsed: ${messageOf(error)}`,
        error,
      );
    }
  }

  private parse(type: string, text: string, references: readonly ResolvedReference[]): ParsedSchema {
    const key = JSON.stringify([type, text, references]);
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const schemaType = schemaTypes.get(type);
    if (schemaType === undefined) throw new Error(`Invalid schema type ${type}`);
    const parsed = schemaType.parse(text, references);
    if (this.cache.size >= cachedMax) this.cache.delete(this.cache.keys().next().value ?? '');
    this.cache.set(key, parsed);
    return parsed;
  }

  /** The references with real versions, and the schemas that they and their own references stand for, those first that others need. */
  private resolve(
    subject: string,
    references: readonly SchemaReference[],
    withDeleted: boolean,
  ): { references: SchemaReference[]; resolved: ResolvedReference[] } {
    const resolved = new Map<string, string>();
    const visited = new Set<string>();
    const visit = (parent: string, reference: SchemaReference): SchemaReference => {
      const target = normalizeSubject(resolveSubject(parent, reference.subject));
      const found =
        reference.version === -1 ? this.state.latest(target) : this.state.version(target, reference.version);
      if (found === undefined || (found.deleted && !withDeleted))
        throw new Error(`No schema reference found for subject "${target}" and version ${reference.version}`);
      if (!visited.has(reference.name)) {
        visited.add(reference.name);
        for (const inner of found.references) visit(found.subject, inner);
        resolved.set(reference.name, found.schema);
      }
      return { ...reference, version: found.version };
    };
    const withVersions = references.map((reference) => visit(subject, reference));
    return { references: withVersions, resolved: [...resolved].map(([name, schema]) => ({ name, schema })) };
  }
}

function printed(value: object | undefined): string {
  return value === undefined ? 'null' : JSON.stringify(value);
}
