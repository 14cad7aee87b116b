/** What can break between two versions of a JSON Schema, and the Schema Registry's text for it. */
import type { JsonDifference } from './keyword-differences.ts';

const addedSchema = ['SCHEMA_ADDED'] as const;
const otherType = [
  'TYPE_CHANGED',
  'TYPE_NARROWED',
  'ENUM_ARRAY_CHANGED',
  'COMBINED_TYPE_CHANGED',
  'COMBINED_TYPE_SUBSCHEMAS_CHANGED',
] as const;
const absentKeyword = [
  'MAX_LENGTH_ADDED',
  'MIN_LENGTH_ADDED',
  'PATTERN_ADDED',
  'MAXIMUM_ADDED',
  'MINIMUM_ADDED',
  'EXCLUSIVE_MAXIMUM_ADDED',
  'EXCLUSIVE_MINIMUM_ADDED',
  'MULTIPLE_OF_ADDED',
  'REQUIRED_ATTRIBUTE_ADDED',
  'MAX_PROPERTIES_ADDED',
  'MIN_PROPERTIES_ADDED',
  'ADDITIONAL_PROPERTIES_REMOVED',
  'UNEVALUATED_PROPERTIES_REMOVED',
  'DEPENDENCY_ARRAY_ADDED',
  'DEPENDENCY_SCHEMA_ADDED',
  'MAX_ITEMS_ADDED',
  'MIN_ITEMS_ADDED',
  'MAX_CONTAINS_ADDED',
  'MIN_CONTAINS_ADDED',
  'UNIQUE_ITEMS_ADDED',
  'ADDITIONAL_ITEMS_REMOVED',
  'UNEVALUATED_ITEMS_REMOVED',
] as const;
const lessThan = [
  'MAX_LENGTH_DECREASED',
  'MAXIMUM_DECREASED',
  'EXCLUSIVE_MAXIMUM_DECREASED',
  'MAX_PROPERTIES_DECREASED',
  'MAX_ITEMS_DECREASED',
  'MAX_CONTAINS_DECREASED',
] as const;
const moreThan = [
  'MIN_LENGTH_INCREASED',
  'MINIMUM_INCREASED',
  'EXCLUSIVE_MINIMUM_INCREASED',
  'MULTIPLE_OF_EXPANDED',
  'MIN_PROPERTIES_INCREASED',
  'MIN_ITEMS_INCREASED',
  'MIN_CONTAINS_INCREASED',
] as const;
const otherValue = ['PATTERN_CHANGED', 'MULTIPLE_OF_CHANGED', 'DEPENDENCY_ARRAY_CHANGED'] as const;
const fewerElements = [
  'ADDITIONAL_PROPERTIES_NARROWED',
  'UNEVALUATED_PROPERTIES_NARROWED',
  'ADDITIONAL_ITEMS_NARROWED',
  'UNEVALUATED_ITEMS_NARROWED',
  'ENUM_ARRAY_NARROWED',
  'SUM_TYPE_NARROWED',
] as const;
const moreElements = ['DEPENDENCY_ARRAY_EXTENDED', 'PRODUCT_TYPE_EXTENDED', 'NOT_TYPE_EXTENDED'] as const;
const addedToOpen = [
  'OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
  'REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
  'REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL',
  'ITEM_ADDED_TO_OPEN_CONTENT_MODEL',
] as const;
const requiredAdded = ['REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL'] as const;
const removedFromClosed = [
  'PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL',
  'ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL',
] as const;
const removedNotCovered = [
  'PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL',
  'ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL',
] as const;
const addedNotCovered = [
  'PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL',
  'ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL',
] as const;

export type JsonDifferenceType =
  | (typeof addedSchema)[number]
  | (typeof otherType)[number]
  | (typeof absentKeyword)[number]
  | (typeof lessThan)[number]
  | (typeof moreThan)[number]
  | (typeof otherValue)[number]
  | (typeof fewerElements)[number]
  | (typeof moreElements)[number]
  | (typeof addedToOpen)[number]
  | (typeof requiredAdded)[number]
  | (typeof removedFromClosed)[number]
  | (typeof removedNotCovered)[number]
  | (typeof addedNotCovered)[number];

/** `@` is the path, `1` the schema that reads, `2` the one that wrote. */
const texts: readonly (readonly [types: readonly JsonDifferenceType[], text: string])[] = [
  [addedSchema, ''],
  [otherType, "A type at path '@' is different between the 1 schema and the 2 schema"],
  [absentKeyword, "The keyword at path '@' in the 1 schema is not present in the 2 schema"],
  [lessThan, "The value at path '@' in the 1 schema is less than its value in the 2 schema"],
  [moreThan, "The value at path '@' in the 1 schema is more than its value in the 2 schema"],
  [otherValue, "The value at path '@' is different between the 1 and 2 schema"],
  [fewerElements, "An array or combined type at path '@' has fewer elements in the 1 schema than the 2 schema"],
  [moreElements, "An array or combined type at path '@' has more elements in the 1 schema than the 2 schema"],
  [
    addedToOpen,
    "The 1 schema has an open content model and has a property or item at path '@' which is missing in the 2 schema",
  ],
  [
    requiredAdded,
    "The 1 schema has an unopen content model and has a required property at path '@' which is missing in the 2 schema",
  ],
  [
    removedFromClosed,
    "The 1 has a closed content model and is missing a property or item present at path '@' in the 2 schema",
  ],
  [
    removedNotCovered,
    "A property or item is missing in the 1 schema but present at path '@' in the 2 schema and is not covered by its partially open content model",
  ],
  [
    addedNotCovered,
    "The 1 schema has a property or item at path '@' which is missing in the 2 schema and is not covered by its partially open content model",
  ],
];

/** The registry's text (sic: it opens with a double quote and ends with a single one). */
export function describeJsonDifference({ type, path }: JsonDifference, readerIs: 'new' | 'old'): string {
  const writerIs = readerIs === 'new' ? 'old' : 'new';
  const description = (texts.find(([types]) => types.includes(type))?.[1] ?? '').replace(/[@12]/g, (mark) =>
    mark === '@' ? `#/${path.join('/')}` : mark === '1' ? readerIs : writerIs,
  );
  return `{errorType:"${type}", description:"${description}'}`;
}
