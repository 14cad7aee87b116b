/** Levels of compatibility: with which earlier versions, in which direction; and what is said about those that do not fit. */
import type { CompatibilityLevel, Config, SchemaMetadata } from './model.ts';
import type { ParsedSchema } from './schema-types/schema-type.ts';

export interface EarlierVersion {
  readonly version: number;
  readonly metadata?: SchemaMetadata;
  readonly parsed: ParsedSchema;
}

export interface Candidate {
  readonly parsed: ParsedSchema;
  readonly metadata?: SchemaMetadata;
}

/** Longer schemas are cut in messages. */
const schemaCharsMax = 10 * 1024;

/** Why the candidate does not fit to `earlier` (ascending); empty when it does. */
export function compatibilityProblems(
  candidate: Candidate,
  earlier: readonly EarlierVersion[],
  config: Config & { readonly compatibilityLevel: CompatibilityLevel },
): string[] {
  const { compatibilityLevel: level, compatibilityGroup: group, validateFields = false } = config;
  const problems = validateFields ? reservedFieldProblems(candidate, earlier.at(-1)) : [];
  const compared =
    group === undefined
      ? earlier
      : earlier.filter(({ metadata }) => metadata?.properties?.[group] === candidate.metadata?.properties?.[group]);
  const lenient = config.compatibilityPolicy === 'LENIENT';
  problems.push(...levelProblems(candidate.parsed, compared, { level, lenient }));
  if (problems.length > 0) problems.push(`{validateFields: '${validateFields}', compatibility: '${level}'}`);
  return problems;
}

interface Rule {
  readonly level: CompatibilityLevel;
  readonly lenient: boolean;
}

function levelProblems(candidate: ParsedSchema, earlier: readonly EarlierVersion[], rule: Rule): string[] {
  const { level } = rule;
  if (level === 'NONE') return [];
  const newestFirst = [...earlier].reverse();
  for (const one of level.endsWith('_TRANSITIVE') ? newestFirst : newestFirst.slice(0, 1)) {
    const problems = pairProblems(candidate, one, rule);
    if (problems.length > 0) return problems;
  }
  return [];
}

function pairProblems(
  candidate: ParsedSchema,
  { parsed, version }: EarlierVersion,
  { level, lenient }: Rule,
): string[] {
  if (candidate.schemaType !== parsed.schemaType) return ['Incompatible because of different schema type'];
  const forward = level.startsWith('BACKWARD') ? [] : parsed.problemsReading(candidate, 'old', lenient);
  const backward = level.startsWith('FORWARD') ? [] : candidate.problemsReading(parsed, 'new', lenient);
  // Both directions: the old schema is named when the new one cannot read what it wrote.
  const named = level.startsWith('FORWARD') ? forward : backward;
  return [...forward, ...backward, ...(named.length > 0 ? oldSchema(parsed.canonical, version) : [])];
}

function oldSchema(text: string, version: number): string[] {
  return [
    `{oldSchemaVersion: ${version}}`,
    text.length <= schemaCharsMax
      ? `{oldSchema: '${text}'}`
      : `{oldSchema: <truncated> '${text.slice(0, schemaCharsMax)}...'}`,
  ];
}

/** Fields that the metadata's `confluent:reserved` names may not be used, nor be taken from the list. */
function reservedFieldProblems({ parsed, metadata }: Candidate, previous: EarlierVersion | undefined): string[] {
  const reserved = reservedFields(metadata);
  const removed = reservedFields(previous?.metadata).filter((field) => !reserved.includes(field));
  return [
    ...removed.map(
      (field) =>
        `The new schema has reserved field ${field} removed from its metadata which is present in the old schema's metadata.`,
    ),
    ...reserved
      .filter((field) => parsed.hasTopLevelField(field))
      .map((field) => `The new schema has field that conflicts with the reserved field ${field}.`),
  ];
}

function reservedFields(metadata: SchemaMetadata | undefined): string[] {
  return (metadata?.properties?.['confluent:reserved'] ?? '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
}
