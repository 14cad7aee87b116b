/** Metadata and rule sets: how defaults, a schema's own and overrides come together, and what a rule has to look like. */
import type { RuleSet, SchemaMetadata, SchemaRule } from './model.ts';

/** The version that a schema's metadata claims. */
const versionProperty = 'confluent:version';

export function mergeMetadata(
  older: SchemaMetadata | undefined,
  newer: SchemaMetadata | undefined,
): SchemaMetadata | undefined {
  if (older === undefined || newer === undefined) return newer ?? older;
  const sensitive = [...new Set([...(older.sensitive ?? []), ...(newer.sensitive ?? [])])].sort();
  return {
    ...mergedMap('tags', older.tags, newer.tags),
    ...mergedMap('properties', older.properties, newer.properties),
    ...(sensitive.length > 0 ? { sensitive } : {}),
  };
}

function mergedMap<T>(name: string, older?: Readonly<Record<string, T>>, newer?: Readonly<Record<string, T>>): object {
  return older || newer ? { [name]: sortedMap({ ...older, ...newer }) } : {};
}

export function sortedMap<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function mergeRuleSets(older: RuleSet | undefined, newer: RuleSet | undefined): RuleSet | undefined {
  if (older === undefined || newer === undefined) return newer ?? older;
  const enableAt = newer.enableAt ?? older.enableAt;
  return {
    ...mergedRules('migrationRules', older, newer),
    ...mergedRules('domainRules', older, newer),
    ...mergedRules('encodingRules', older, newer),
    ...(enableAt === undefined ? {} : { enableAt }),
  };
}

/** Newer rules take the place of older ones of the same name. */
function mergedRules(
  kind: 'migrationRules' | 'domainRules' | 'encodingRules',
  older: RuleSet,
  newer: RuleSet,
): RuleSet {
  const fresh = newer[kind] ?? [];
  const kept = (older[kind] ?? []).filter(({ name }) => !fresh.some((rule) => rule.name === name));
  return kept.length + fresh.length > 0 ? { [kind]: [...kept, ...fresh] } : {};
}

export function claimedVersion(metadata: SchemaMetadata | undefined): string | undefined {
  return metadata?.properties?.[versionProperty];
}

export function withClaimedVersion(metadata: SchemaMetadata | undefined, version: number): SchemaMetadata {
  return {
    ...metadata,
    properties: sortedMap({ ...metadata?.properties, [versionProperty]: String(version) }),
  };
}

export function withoutClaimedVersion(metadata: SchemaMetadata | undefined): SchemaMetadata {
  const { [versionProperty]: _, ...properties } = metadata?.properties ?? {};
  const { properties: __, ...rest } = metadata ?? {};
  return Object.keys(properties).length > 0 ? { ...rest, properties } : rest;
}

/** What is wrong with a rule set; undefined when nothing is. */
export function ruleSetProblem({
  migrationRules = [],
  domainRules = [],
  encodingRules = [],
}: RuleSet): string | undefined {
  const names = new Set<string>();
  const check = (rules: readonly SchemaRule[], kind: string, modes: readonly string[]): string | undefined => {
    for (const rule of rules) {
      if (names.has(rule.name ?? '')) return `Found rule with duplicate name '${rule.name}'`;
      names.add(rule.name ?? '');
      const problem = ruleProblem(rule);
      if (problem !== undefined) return problem;
      if (!modes.includes(rule.mode)) return `${kind} rules can only be ${modes.join(', ')}`;
    }
    return undefined;
  };
  const onData = ['WRITE', 'READ', 'WRITEREAD'];
  return (
    check(migrationRules, 'Migration', ['UPGRADE', 'DOWNGRADE', 'UPDOWN']) ??
    check(domainRules, 'Domain', onData) ??
    check(encodingRules, 'Encoding', onData)
  );
}

function ruleProblem({ name, type, mode, onSuccess, onFailure }: SchemaRule): string | undefined {
  if (name === undefined) return 'Missing rule name';
  if (name === '') return 'Empty rule name';
  if (name.length > 256) return 'Rule name too long';
  if (!/^[\p{L}_]/u.test(name)) return `Illegal initial character in rule name: ${name}`;
  if (!/^[\p{L}\p{Nd}_-]+$/u.test(name)) return `Illegal character in rule name: ${name}`;
  if (type === undefined) return 'Missing rule type';
  const several = [onSuccess, onFailure].some((action) => action?.includes(','));
  if (several && mode !== 'WRITEREAD' && mode !== 'UPDOWN')
    return 'Multiple actions only valid with WRITEREAD and UPDOWN';
  return undefined;
}

/** Equal for equal metadata or rule sets; none differs from an empty one. */
export function metadataKey(value: object | undefined): string {
  return value === undefined ? '' : JSON.stringify(value);
}
