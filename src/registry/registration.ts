/** Registering a schema: the same id for the same schema in a context, a new version for each change of a subject. */
import { compatibilityProblems } from './compatibility.ts';
import { incompatibleSchema, invalidSchema, notPermitted } from './errors.ts';
import { withInherited } from './lookup.ts';
import type { SchemaLookup } from './lookup.ts';
import type { Config, SchemaVersion } from './model.ts';
import { metadataKey } from './metadata.ts';
import type { RegistryRecord } from './records.ts';
import { schemaGuid } from './schema-hash.ts';
import type { PreparedSchema, SchemaParser, SchemaRequest } from './schema-parser.ts';
import type { Change, SchemasTopic } from './schemas-topic.ts';
import type { RegistryState } from './state.ts';
import { contextOf, contextPrefix, defaultContext } from './subject-name.ts';

export interface RegisterOptions {
  readonly normalize: boolean;
  /** Skips the compatibility checks. */
  readonly force: boolean;
}

export class Registration {
  private readonly topic: SchemasTopic;
  private readonly state: RegistryState;
  private readonly parser: SchemaParser;
  private readonly lookup: SchemaLookup;

  constructor(topic: SchemasTopic, parser: SchemaParser, lookup: SchemaLookup) {
    this.topic = topic;
    this.state = topic.state;
    this.parser = parser;
    this.lookup = lookup;
  }

  /**
   * The version under which the schema is registered, a new one if there is none; in the log when the promise resolves.
   * @throws RegistryError 42201, 42205, 409
   */
  async register(subject: string, request: SchemaRequest, options: RegisterOptions): Promise<SchemaVersion> {
    const config = this.state.configInScope(subject);
    if (!hasDefaultsOrOverrides(config)) {
      const latestOnly = request.version === -1;
      const { normalize } = options;
      const existing = this.lookup.findExact(subject, request, { normalize, deleted: false, latestOnly });
      if (existing !== undefined && isWanted(existing, request)) return existing;
    }
    return this.topic.change(() => this.decide(subject, request, options));
  }

  private decide(
    subject: string,
    original: SchemaRequest,
    { normalize, force }: RegisterOptions,
  ): Change<SchemaVersion> {
    const { state } = this;
    this.checkMode(subject, original);
    const all = state.versions(subject, 'all');
    const living = all.filter(({ deleted }) => !deleted);
    const newVersion = (all.at(-1)?.version ?? 0) + 1;
    const config = state.configInScope(subject);
    const mode = state.modeInScope(subject);
    const importing = mode === 'IMPORT' || mode === 'FORWARD';
    let request = original;
    if (!importing) request = this.completed(request, config, living.at(-1), newVersion);
    const prepared = this.parser.prepare(subject, request, {
      normalize: normalize && !importing,
      deletedReferences: request.id >= 0,
    });
    if (prepared === undefined) throw invalidSchema('Empty schema');
    const context = contextOf(subject);
    const knownId = state.idOf(prepared.content, context);
    let id = request.id >= 0 && mode === 'IMPORT' ? request.id : -1;
    if (knownId !== undefined && (id < 0 || id === knownId)) {
      const registered = state.byId(knownId, subject);
      if (request.version === 0 && registered !== undefined && !registered.deleted) return unchanged(registered);
      id = knownId;
    }
    if (request.version === 0) {
      const same = [...living]
        .reverse()
        .find((version) => (id < 0 || id === version.id) && this.lookup.isSame(prepared, version));
      if (same !== undefined) return unchanged(same);
    }
    if (!importing && !force) this.checkCompatible(subject, prepared, living, config);
    if (request.version > 0 && request.version !== newVersion && !importing)
      throw invalidSchema('Version is not one more than previous version');
    if (id >= 0) this.checkFree(id, subject, prepared);
    const value: SchemaVersion = {
      subject,
      version: request.version > 0 ? request.version : newVersion,
      id: id >= 0 ? id : state.maxId(context) + 1,
      deleted: false,
      ...prepared.content,
    };
    return { records: this.recordsOf(value, all), result: () => value };
  }

  /** The schema first, since it keeps the id; then the deleted versions that it takes the place of. */
  private recordsOf(value: SchemaVersion, all: readonly SchemaVersion[]): RegistryRecord[] {
    const { subject, version, id } = value;
    const context = contextOf(subject);
    const records: RegistryRecord[] = [];
    if (context !== defaultContext && !this.state.namedContexts().includes(context))
      records.push({ type: 'CONTEXT', context, exists: true });
    records.push({ type: 'SCHEMA', subject, version, value });
    for (const older of all)
      if (older.deleted && older.id === id && older.version < version)
        if (this.state.referrers(subject, older.version, true).length === 0)
          records.push({ type: 'SCHEMA', subject, version: older.version, value: undefined });
    return records;
  }

  private checkMode(subject: string, { id }: SchemaRequest): void {
    const mode = this.state.modeInScope(subject);
    const where = `Subject ${subject} in context ${contextPrefix(contextOf(subject))}`;
    if (mode === 'READONLY' || mode === 'READONLY_OVERRIDE') throw notPermitted(`${where} is in read-only mode`);
    if (id >= 0 && mode !== 'IMPORT' && mode !== 'FORWARD') throw notPermitted(`${where} is not in import mode`);
    if (id < 0 && mode !== 'READWRITE') throw notPermitted(`${where} is not in read-write mode`);
  }

  private completed(
    request: SchemaRequest,
    config: Config,
    previous: SchemaVersion | undefined,
    newVersion: number,
  ): SchemaRequest {
    if ((request.schema ?? '').trim() !== '') return withInherited(request, config, previous, newVersion);
    if (previous === undefined) throw invalidSchema('Empty schema');
    const { schema, schemaType, references } = previous;
    return withInherited({ ...request, schema, schemaType, references }, config, previous, newVersion);
  }

  private checkCompatible(
    subject: string,
    { parsed, content }: PreparedSchema,
    living: readonly SchemaVersion[],
    config: ReturnType<RegistryState['configInScope']>,
  ): void {
    const problems = this.problems({ parsed, content }, living, config);
    if (problems.length > 0) throw incompatibleSchema(subject, problems);
  }

  /** Why a schema does not fit to `versions` by the rules in scope. */
  problems(
    { parsed, content }: PreparedSchema,
    versions: readonly SchemaVersion[],
    config: ReturnType<RegistryState['configInScope']>,
  ): string[] {
    const { parser } = this;
    const withMetadata = (metadata: SchemaVersion['metadata']): { metadata?: NonNullable<typeof metadata> } =>
      metadata ? { metadata } : {};
    const earlier = versions.map((version) => ({
      version: version.version,
      ...withMetadata(version.metadata),
      // Only those that the level asks for are parsed.
      get parsed() {
        return parser.registered(version);
      },
    }));
    return compatibilityProblems({ parsed, ...withMetadata(content.metadata) }, earlier, config);
  }

  /** An id that is given from outside may not have belonged to another schema. */
  private checkFree(id: number, subject: string, { content }: PreparedSchema): void {
    const prefix = contextPrefix(contextOf(subject));
    const holder = this.state.byId(id, prefix);
    if (
      holder !== undefined &&
      (holder.schemaType !== content.schemaType || schemaGuid(holder) !== schemaGuid(content))
    )
      throw notPermitted(`Overwrite new schema with id ${id} in context ${prefix} is not permitted.`);
  }
}

function hasDefaultsOrOverrides(config: Config): boolean {
  const { defaultMetadata, overrideMetadata, defaultRuleSet, overrideRuleSet } = config;
  return metadataKey(defaultMetadata ?? overrideMetadata ?? defaultRuleSet ?? overrideRuleSet) !== '';
}

/** Is what is registered what the request means, with the version and id that it gives, if it gives them? */
function isWanted(existing: SchemaVersion, { version, id }: SchemaRequest): boolean {
  if (version <= 0) return id < 0 || id === existing.id;
  return id === existing.id && version === existing.version;
}

function unchanged(version: SchemaVersion): Change<SchemaVersion> {
  return { records: [], result: () => version };
}
