/** Keywords of one value (limits, patterns, lists of values) that became stricter, and how findings are put together. */
import type { JsonDifferenceType } from './differences.ts';
import { isObject } from './schema.ts';
import type { Json, JsonSchemaNode } from './schema.ts';

export interface JsonDifference {
  readonly type: JsonDifferenceType;
  /** Names from the root on. */
  readonly path: readonly string[];
}

const boundTypes = {
  maxLength: 'MAX_LENGTH',
  minLength: 'MIN_LENGTH',
  maximum: 'MAXIMUM',
  minimum: 'MINIMUM',
  exclusiveMaximum: 'EXCLUSIVE_MAXIMUM',
  exclusiveMinimum: 'EXCLUSIVE_MINIMUM',
  maxProperties: 'MAX_PROPERTIES',
  minProperties: 'MIN_PROPERTIES',
  maxItems: 'MAX_ITEMS',
  minItems: 'MIN_ITEMS',
  maxContains: 'MAX_CONTAINS',
  minContains: 'MIN_CONTAINS',
} as const;

/** Limits that became stricter. */
export function bounds(a: Json, b: Json, keywords: readonly (keyof typeof boundTypes)[]): JsonDifference[] {
  return keywords.flatMap((keyword) => {
    const [before, after] = [a[keyword], b[keyword]];
    const type = boundTypes[keyword];
    if (typeof after !== 'number' || before === after) return [];
    if (typeof before !== 'number') return one(`${type}_ADDED`, keyword);
    const isUpper = keyword.toLowerCase().includes('max');
    if (isUpper ? after > before : after < before) return [];
    return one(`${type}_${isUpper ? 'DECREASED' : 'INCREASED'}` as JsonDifferenceType, keyword);
  });
}

export function patterns(a: Json, b: Json): JsonDifference[] {
  const [before, after] = [a['pattern'], b['pattern']];
  if (after === undefined || before === after) return [];
  return one(before === undefined ? 'PATTERN_ADDED' : 'PATTERN_CHANGED', 'pattern');
}

export function numbers(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
  const [a, b] = [original.json, update.json];
  const found = bounds(a, b, ['maximum', 'minimum', 'exclusiveMaximum', 'exclusiveMinimum']);
  const [before, after] = [a['multipleOf'], b['multipleOf']];
  if (typeof after === 'number' && before !== after) {
    if (typeof before !== 'number') found.push(...one('MULTIPLE_OF_ADDED', 'multipleOf'));
    else if (isMultiple(after, before)) found.push(...one('MULTIPLE_OF_EXPANDED', 'multipleOf'));
    else if (!isMultiple(before, after)) found.push(...one('MULTIPLE_OF_CHANGED', 'multipleOf'));
  }
  if (!original.isInteger && update.isInteger) found.push(...one('TYPE_NARROWED'));
  return found;
}

/** 0.3 is a multiple of 0.1, though not in binary. */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

export function enums(a: readonly unknown[], b: readonly unknown[]): JsonDifference[] {
  const has = (list: readonly unknown[], value: unknown): boolean => list.some((one) => sameJson(one, value));
  if (a.every((value) => has(b, value))) return [];
  return one(b.every((value) => has(a, value)) ? 'ENUM_ARRAY_NARROWED' : 'ENUM_ARRAY_CHANGED', 'enum');
}

export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((part, i) => sameJson(part, b[i]));
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => name in b && sameJson(a[name], b[name]));
  }
  return a === b;
}

export function one(type: JsonDifferenceType, ...path: string[]): JsonDifference[] {
  return [{ type, path }];
}

export function at(name: string, found: readonly JsonDifference[]): JsonDifference[] {
  return found.map(({ type, path }) => ({ type, path: [name, ...path] }));
}
