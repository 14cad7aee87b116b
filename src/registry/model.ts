/** What the registry keeps: versions of subjects, their settings, and the words for them. */

export const compatibilityLevels = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const;
export type CompatibilityLevel = (typeof compatibilityLevels)[number];

export const registryModes = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'] as const;
export type RegistryMode = (typeof registryModes)[number];

/** A name in one schema stands for a version of another subject. */
export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  /** −1 in a request: the latest. */
  readonly version: number;
}

/** Names sorted, as Java's sorted maps and sets print and hash them. */
export interface SchemaMetadata {
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly properties?: Readonly<Record<string, string>>;
  readonly sensitive?: readonly string[];
}

export interface SchemaRule {
  readonly name?: string;
  readonly doc?: string;
  readonly kind: 'TRANSFORM' | 'CONDITION';
  readonly mode: 'UPGRADE' | 'DOWNGRADE' | 'UPDOWN' | 'WRITE' | 'READ' | 'WRITEREAD';
  readonly type?: string;
  readonly tags?: readonly string[];
  readonly params?: Readonly<Record<string, string>>;
  readonly expr?: string;
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly disabled: boolean;
}

/** Rules that serializers run; the registry keeps and merges them, and runs none. */
export interface RuleSet {
  readonly migrationRules?: readonly SchemaRule[];
  readonly domainRules?: readonly SchemaRule[];
  readonly encodingRules?: readonly SchemaRule[];
  readonly enableAt?: string;
}

/** A schema apart from where it is registered: these together decide over its id. */
export interface SchemaContent {
  readonly schemaType: string;
  readonly schema: string;
  readonly references: readonly SchemaReference[];
  readonly metadata?: SchemaMetadata;
  readonly ruleSet?: RuleSet;
}

/** One version of a subject. */
export interface SchemaVersion extends SchemaContent {
  /** Qualified. */
  readonly subject: string;
  readonly version: number;
  readonly id: number;
  /** Soft deletion. */
  readonly deleted: boolean;
}

/** Settings of a subject, of a context or of everything; what is absent is not set here. */
export interface Config {
  readonly alias?: string;
  readonly aliasForDeks?: string;
  readonly normalize?: boolean;
  readonly validateFields?: boolean;
  readonly validateNewSchemas?: boolean;
  readonly validateRules?: boolean;
  readonly compatibilityLevel?: CompatibilityLevel;
  readonly compatibilityPolicy?: string;
  readonly compatibilityGroup?: string;
  readonly defaultMetadata?: SchemaMetadata;
  readonly overrideMetadata?: SchemaMetadata;
  readonly defaultRuleSet?: RuleSet;
  readonly overrideRuleSet?: RuleSet;
}
