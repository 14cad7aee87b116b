/** What the registry has to know about a kind of schema. */
import type { SchemaReference } from '../model.ts';

/** A schema that another one refers to. */
export interface ResolvedReference {
  readonly name: string;
  readonly schema: string;
}

export interface ParsedSchema {
  readonly schemaType: string;
  /** The text that is stored and compared. */
  readonly canonical: string;
  /** The same schema in the one spelling of all that mean the same. */
  normalize(): ParsedSchema;
  /** The text in another form (`resolved`, `serialized` …); the canonical one where there is no such form. */
  format(name: string): string;
  /** Do both mean the same, with all references resolved? */
  isEquivalent(other: ParsedSchema): boolean;
  /**
   * What keeps this schema from reading what `writer` wrote, in the registry's words; empty when nothing does. `lenient` is the policy of that name,
   * which only JSON Schema knows.
   */
  problemsReading(writer: ParsedSchema, thisIs: 'new' | 'old', lenient: boolean): string[];
  hasTopLevelField(name: string): boolean;
}

export interface SchemaType {
  readonly name: string;
  /**
   * `references` in an order in which each may use those before it.
   * @throws Error whose message says what is wrong with the text
   */
  parse(text: string, references: readonly ResolvedReference[]): ParsedSchema;
}

/** A normalized schema names its references in this order, each once. */
export function sortedReferences(references: readonly SchemaReference[]): SchemaReference[] {
  const key = ({ name, subject, version }: SchemaReference): string => JSON.stringify([name, subject, version]);
  const once = new Map(references.map((reference) => [key(reference), reference]));
  return [...once.values()].sort((a, b) =>
    a.subject === b.subject ? a.version - b.version : a.subject < b.subject ? -1 : 1,
  );
}
