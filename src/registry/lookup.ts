/** Which registered version a schema is, if it is one. */
import type { Config, SchemaReference, SchemaVersion } from './model.ts';
import {
  claimedVersion,
  mergeMetadata,
  mergeRuleSets,
  metadataKey,
  withClaimedVersion,
  withoutClaimedVersion,
} from './metadata.ts';
import type { PreparedSchema, SchemaParser, SchemaRequest } from './schema-parser.ts';
import type { RegistryState } from './state.ts';
import { contextOf, resolveSubject } from './subject-name.ts';

export interface LookupOptions {
  readonly normalize: boolean;
  /** Find soft-deleted versions too. */
  readonly deleted: boolean;
  /** Compare with the latest version only. */
  readonly latestOnly?: boolean;
}

export class SchemaLookup {
  private readonly state: RegistryState;
  private readonly parser: SchemaParser;

  constructor(state: RegistryState, parser: SchemaParser) {
    this.state = state;
    this.parser = parser;
  }

  /**
   * As a client asks: with the metadata and rules that the schema would be given if it were registered, too.
   * @throws RegistryError 42201
   */
  find(subject: string, request: SchemaRequest, options: LookupOptions): SchemaVersion | undefined {
    const found = this.findExact(subject, request, options);
    if (found !== undefined) return found;
    const latest = this.state.latest(subject);
    if (latest === undefined) return undefined;
    const completed = withInherited(request, this.state.configInScope(subject), latest);
    return completed === request ? undefined : this.findExact(subject, completed, options);
  }

  /** @throws RegistryError 42201 */
  findExact(subject: string, request: SchemaRequest, options: LookupOptions): SchemaVersion | undefined {
    const prepared = this.parser.prepare(subject, request, { normalize: options.normalize, deletedReferences: true });
    if (prepared === undefined) return undefined;
    const latest = this.state.latest(subject);
    if (options.latestOnly) return latest && this.isSame(prepared, latest) ? latest : undefined;
    const id = this.state.idOf(prepared.content, contextOf(subject));
    const registered = id === undefined ? undefined : this.state.byId(id, subject);
    if (registered !== undefined && subject !== '' && (options.deleted || !registered.deleted)) return registered;
    return this.state
      .versions(subject, options.deleted ? 'all' : 'living')
      .reverse()
      .find((version) => this.isSame(prepared, version));
  }

  /** The same schema, though one may have its references resolved, or claim its version in the metadata. */
  isSame({ content, parsed }: PreparedSchema, version: SchemaVersion): boolean {
    const resolvedAlready = content.references.length === 0 && version.references.length > 0;
    if (!resolvedAlready && !this.sameReferences(version.subject, content.references, version.references)) return false;
    if (content.schemaType !== version.schemaType) return false;
    const claimed = claimedVersion(content.metadata);
    const claimedThere = claimedVersion(version.metadata);
    let [own, other] = [content.metadata, version.metadata];
    if (claimed === undefined && claimedThere !== undefined) [own, other] = [own ?? {}, withoutClaimedVersion(other)];
    else if (claimed !== undefined && claimedThere === undefined) {
      if (claimed !== String(version.version)) return false;
      [own, other] = [withoutClaimedVersion(own), other ?? {}];
    }
    if (metadataKey(own) !== metadataKey(other) || metadataKey(content.ruleSet) !== metadataKey(version.ruleSet))
      return false;
    return content.schema === version.schema || parsed.isEquivalent(this.parser.registered(version));
  }

  private sameReferences(subject: string, a: readonly SchemaReference[], b: readonly SchemaReference[]): boolean {
    const key = ({ name, subject: of, version }: SchemaReference): unknown[] => [
      name,
      resolveSubject(subject, of),
      version,
    ];
    return JSON.stringify(a.map(key)) === JSON.stringify(b.map(key));
  }
}

/**
 * The request with the metadata and rules that it gets from the configuration and from the version before it; the same object when it gets none.
 * `newVersion` is that of a registration.
 */
export function withInherited(
  request: SchemaRequest,
  config: Config,
  previous: SchemaVersion | undefined,
  newVersion?: number,
): SchemaRequest {
  const own = request.metadata ?? previous?.metadata;
  let metadata = mergeMetadata(mergeMetadata(config.defaultMetadata, own), config.overrideMetadata);
  const ownRules = request.ruleSet ?? previous?.ruleSet;
  const ruleSet = mergeRuleSets(mergeRuleSets(config.defaultRuleSet, ownRules), config.overrideRuleSet);
  if (newVersion !== undefined && (request.version !== 0 || claimedVersion(metadata) !== undefined))
    metadata = withClaimedVersion(metadata, newVersion);
  if (metadata === undefined && ruleSet === undefined) return request;
  return { ...request, ...(metadata ? { metadata } : {}), ...(ruleSet ? { ruleSet } : {}) };
}
