/**
 * What the topic says, in memory: changed only by `apply`, with each record in its order, so that every instance that read the same
 * records holds the same. Everything else asks.
 */
import type {
  CompatibilityLevel,
  Config,
  RegistryMode,
  SchemaContent,
  SchemaReference,
  SchemaVersion,
} from './model.ts';
import type { RegistryRecord } from './records.ts';
import { schemaGuid } from './schema-hash.ts';
import {
  contextOf,
  contextPrefix,
  coversSubject,
  defaultContext,
  globalSettings,
  parseSubject,
} from './subject-name.ts';
import { resolveSubject } from './subject-name.ts';

/** What has ids of its own. */
interface Context {
  maxId: number;
  /** id → subject → the newest version that has it. */
  readonly uses: Map<number, Map<string, number>>;
  readonly idByGuid: Map<string, number>;
}

/** Which versions a search takes. */
export type DeletedFilter = 'living' | 'all' | 'deleted';

export class RegistryState {
  private readonly subjects = new Map<string, Map<number, SchemaVersion>>();
  private readonly contexts = new Map<string, Context>();
  /** The level that holds where none was set (`schema.compatibility.level`). */
  defaultLevel: CompatibilityLevel = 'BACKWARD';
  /** Those that were created by a record; the default one always exists. */
  private readonly named = new Set<string>();
  private readonly configs = new Map<string | undefined, Config>();
  private readonly modes = new Map<string | undefined, RegistryMode>();

  /** Returns why a record was passed over, if it was. */
  apply(record: RegistryRecord): string | undefined {
    switch (record.type) {
      case 'SCHEMA':
        return record.value === undefined ? this.forget(record.subject, record.version) : this.put(record.value);
      case 'CONFIG':
        set(this.configs, record.subject, record.value);
        return undefined;
      case 'MODE':
        set(this.modes, record.subject, record.value);
        return undefined;
      case 'DELETE_SUBJECT':
        for (const version of this.subjects.get(record.subject)?.values() ?? [])
          if (version.version <= record.version && !version.deleted) this.put({ ...version, deleted: true });
        return undefined;
      case 'CLEAR_SUBJECT':
        for (const version of this.versionsOf('', 'deleted', true))
          if (coversSubject(record.subject, version.subject)) this.forget(version.subject, version.version);
        return undefined;
      case 'CONTEXT':
        if (record.exists) this.named.add(record.context);
        else this.named.delete(record.context);
        return undefined;
      case 'NOOP':
        for (const [name, id] of Object.entries(record.maxIds)) {
          const context = this.context(name);
          context.maxId = Math.max(context.maxId, id);
        }
        return undefined;
    }
  }

  private put(value: SchemaVersion): string | undefined {
    const context = this.context(contextOf(value.subject));
    const holder = this.byId(value.id, contextPrefix(contextOf(value.subject)));
    if (holder !== undefined && holder.schema !== value.schema)
      return `id ${value.id} of ${value.subject} version ${value.version} already belongs to another schema (${holder.subject} version ${holder.version})`;
    context.maxId = Math.max(context.maxId, value.id);
    const before = this.version(value.subject, value.version);
    if (before !== undefined && before.id !== value.id) this.unlink(before);
    let versions = this.subjects.get(value.subject);
    if (versions === undefined) this.subjects.set(value.subject, (versions = new Map()));
    versions.set(value.version, value);
    let uses = context.uses.get(value.id);
    if (uses === undefined) context.uses.set(value.id, (uses = new Map()));
    uses.set(value.subject, value.version);
    context.idByGuid.set(schemaGuid(value), value.id);
    return undefined;
  }

  private forget(subject: string, version: number): undefined {
    const value = this.version(subject, version);
    if (value === undefined) return;
    this.unlink(value);
    const versions = this.subjects.get(subject);
    versions?.delete(version);
    if (versions?.size === 0) this.subjects.delete(subject);
  }

  private unlink({ subject, version, id }: SchemaVersion): void {
    const context = this.context(contextOf(subject));
    const uses = context.uses.get(id);
    if (uses?.get(subject) === version) uses.delete(subject);
    if (uses?.size === 0) context.uses.delete(id);
  }

  private context(name: string): Context {
    let context = this.contexts.get(name);
    if (context === undefined) this.contexts.set(name, (context = { maxId: 0, uses: new Map(), idByGuid: new Map() }));
    return context;
  }

  version(subject: string, version: number): SchemaVersion | undefined {
    return this.subjects.get(subject)?.get(version);
  }

  /** Of one subject, ascending. */
  versions(subject: string, filter: DeletedFilter): SchemaVersion[] {
    return [...(this.subjects.get(subject)?.values() ?? [])]
      .filter(({ deleted }) => takes(filter, deleted))
      .sort((a, b) => a.version - b.version);
  }

  latest(subject: string): SchemaVersion | undefined {
    return this.versions(subject, 'living').at(-1);
  }

  /** Is there a version in this subject, or in the context that a bare context name means? */
  hasSubjects(wanted: string | undefined, withDeleted: boolean): boolean {
    for (const [subject, versions] of this.subjects)
      if (coversSubject(wanted, subject) && [...versions.values()].some(({ deleted }) => withDeleted || !deleted))
        return true;
    return false;
  }

  /** Versions of the subjects that begin with `prefix` (`:*:` before it: in every context), by subject and version. */
  versionsOf(prefix: string, filter: DeletedFilter, everywhere = false): SchemaVersion[] {
    return this.subjectsOf(prefix, everywhere).flatMap((subject) => this.versions(subject, filter));
  }

  /** Subjects that begin with `prefix`, sorted as Java sorts texts. A subject is deleted when all of its versions are. */
  subjectNames(prefix: string, filter: DeletedFilter): string[] {
    return this.subjectsOf(prefix, false).filter((subject) => {
      const living = this.versions(subject, 'living').length > 0;
      return filter === 'all' || living === (filter === 'living');
    });
  }

  private subjectsOf(prefix: string, everywhere: boolean): string[] {
    const { context, subject } = parseSubject(prefix);
    const any = everywhere || context === '*';
    return [...this.subjects.keys()]
      .filter((name) => (any ? parseSubject(name).subject.startsWith(subject) : name.startsWith(prefix)))
      .sort();
  }

  /** The contexts besides the default one, sorted. */
  namedContexts(): string[] {
    return [...this.named].sort();
  }

  maxId(context: string): number {
    return this.contexts.get(context)?.maxId ?? 0;
  }

  maxIds(): Record<string, number> {
    return Object.fromEntries(
      [...this.contexts].filter(([, { maxId }]) => maxId > 0).map(([name, { maxId }]) => [name, maxId]),
    );
  }

  /** Any version with this id, in the subject (or in the bare context) that is named; a deleted one too. */
  byId(id: number, subject: string): SchemaVersion | undefined {
    const name = parseSubject(subject);
    const uses = this.contexts.get(name.context)?.uses.get(id);
    if (uses === undefined) return undefined;
    if (name.subject !== '') return this.version(subject, uses.get(subject) ?? 0);
    for (const [holder, version] of uses) return this.version(holder, version);
    return undefined;
  }

  /** The subjects that have this id, each with the newest version that has it; deleted ones too. */
  usesOf(id: number, context: string): SchemaVersion[] {
    return [...(this.contexts.get(context)?.uses.get(id) ?? [])].flatMap(
      ([subject, version]) => this.version(subject, version) ?? [],
    );
  }

  idByGuid(guid: string, context: string): number | undefined {
    const id = this.contexts.get(context)?.idByGuid.get(guid);
    return id !== undefined && this.usesOf(id, context).length > 0 ? id : undefined;
  }

  /** The id that a schema of this content has in a context. */
  idOf(content: SchemaContent, context: string): number | undefined {
    return this.idByGuid(schemaGuid(content), context);
  }

  /** Versions whose schema refers to this one. */
  referrers(subject: string, version: number, withDeleted: boolean): SchemaVersion[] {
    const refersTo = (from: string) => (reference: SchemaReference) =>
      reference.version === version && resolveSubject(from, reference.subject) === subject;
    return [...this.subjects.values()].flatMap((versions) =>
      [...versions.values()].filter(
        (one) => (withDeleted || !one.deleted) && one.references.some(refersTo(one.subject)),
      ),
    );
  }

  /** What was set for exactly this subject, context, or (undefined) globally. */
  ownConfig(subject: string | undefined): Config | undefined {
    return this.configs.get(subject);
  }

  ownMode(subject: string | undefined): RegistryMode | undefined {
    return this.modes.get(subject);
  }

  /** What holds where nothing was set for the subject itself: its context's, or the global setting. */
  inheritedConfig(subject: string | undefined): Config {
    return this.configs.get(settingsAbove(subject)) ?? this.configs.get(globalSettings) ?? {};
  }

  modeInScope(subject: string | undefined): RegistryMode {
    return (
      this.modes.get(subject) ?? this.modes.get(settingsAbove(subject)) ?? this.modes.get(globalSettings) ?? 'READWRITE'
    );
  }

  /** The settings that decide over a new schema: the subject's own, completed by the global ones. */
  configInScope(
    subject: string | undefined,
  ): Config & { readonly compatibilityLevel: Config['compatibilityLevel'] & string } {
    const own = subject === undefined ? undefined : this.configs.get(subject);
    const config = own ?? this.inheritedConfig(subject);
    const merged = own === undefined ? config : { ...sharedSettings(this.configs.get(undefined)), ...own };
    return { compatibilityLevel: this.defaultLevel, ...merged };
  }

  /** Subjects of a context that have a mode of their own. */
  subjectsWithMode(context: string): string[] {
    const isOne = (name: string | undefined): name is string =>
      name !== undefined && contextOf(name) === context && parseSubject(name).subject !== '';
    return [...this.modes.keys()].filter(isOne);
  }

  aliases(prefix: string): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const [subject, { alias }] of this.configs) {
      if (subject === undefined || alias === undefined || !matchesPrefix(subject, prefix)) continue;
      const target = resolveSubject(subject, alias);
      found.set(target, [...(found.get(target) ?? []), subject]);
    }
    return found;
  }
}

function matchesPrefix(subject: string, prefix: string): boolean {
  const wanted = parseSubject(prefix);
  return wanted.context === '*' ? parseSubject(subject).subject.startsWith(wanted.subject) : subject.startsWith(prefix);
}

/** Whose settings a subject inherits: its context's, in the default context the global ones. */
function settingsAbove(subject: string | undefined): string | undefined {
  const context = subject === undefined ? defaultContext : contextOf(subject);
  return context === defaultContext ? undefined : contextPrefix(context);
}

/** Of the global settings those that a subject with settings of its own still takes. */
function sharedSettings(config: Config = {}): Config {
  const { normalize, validateFields, validateNewSchemas, validateRules, compatibilityPolicy, compatibilityGroup } =
    config;
  const shared = {
    normalize,
    validateFields,
    validateNewSchemas,
    validateRules,
    compatibilityPolicy,
    compatibilityGroup,
  };
  return Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined));
}

function takes(filter: DeletedFilter, deleted: boolean): boolean {
  return filter === 'all' || deleted === (filter === 'deleted');
}

function set<T>(map: Map<string | undefined, T>, subject: string | undefined, value: T | undefined): void {
  if (value === undefined) map.delete(subject);
  else map.set(subject, value);
}
