/**
 * Reads requests as the registry's JSON library does: unknown properties are passed over, numbers and truth values stand for texts, and what
 * does not fit is 400 with that library's words.
 */
import type { RoutedRequest } from '../http/router.ts';
import { RegistryError, invalidCompatibility, invalidRuleSet, invalidVersion, schemaNotFound } from './errors.ts';
import { ruleSetProblem, sortedMap } from './metadata.ts';
import { compatibilityLevels } from './model.ts';
import type { CompatibilityLevel, RuleSet, SchemaMetadata, SchemaReference, SchemaRule } from './model.ts';
import type { SchemaRequest } from './schema-parser.ts';
import type { ConfigUpdate } from './settings.ts';

type Json = Readonly<Record<string, unknown>>;

/** The object in the body. */
export function bodyOf({ body }: RoutedRequest): Json {
  const text = body.toString('utf8');
  let value: unknown = null;
  try {
    if (text.trim() !== '') value = JSON.parse(text);
  } catch (error) {
    throw new RegistryError(400, error instanceof Error ? error.message : String(error), error);
  }
  if (value === null) throw new RegistryError(422, 'The request body must not be null (was null)');
  if (typeof value !== 'object' || Array.isArray(value)) throw misfit('request', value);
  return value as Json;
}

export function schemaRequestOf(request: RoutedRequest): SchemaRequest {
  const body = bodyOf(request);
  for (const name of ['schemaTagsToAdd', 'schemaTagsToRemove', 'propagateSchemaTags'])
    if (body[name] !== undefined && body[name] !== null && body[name] !== false)
      throw new RegistryError(
        422,
        `${name} is not supported by this registry. Change the schema's confluent:tags itself.`,
      );
  const schema = textIn(body, 'schema');
  const metadata = metadataIn(body, 'metadata');
  const ruleSet = ruleSetIn(body, 'ruleSet');
  return {
    ...(schema === undefined ? {} : { schema }),
    schemaType: textIn(body, 'schemaType') ?? 'AVRO',
    references: listIn(body, 'references').map(referenceOf),
    ...(metadata ? { metadata } : {}),
    ...(ruleSet ? { ruleSet } : {}),
    version: integerIn(body, 'version') ?? 0,
    id: integerIn(body, 'id') ?? -1,
  };
}

function referenceOf(value: unknown): SchemaReference {
  const json = objectOf(value, 'SchemaReference');
  const [name, subject, version] = [textIn(json, 'name'), textIn(json, 'subject'), integerIn(json, 'version')];
  if (name === undefined || subject === undefined || version === undefined)
    throw new RegistryError(
      42201,
      `Invalid reference: {name='${name ?? null}', subject='${subject ?? null}', version=${version ?? null}}`,
    );
  return { name, subject, version };
}

/** `compatibility` sets the level; each setting may be null. */
export function configUpdateOf(request: RoutedRequest): ConfigUpdate {
  const body = bodyOf(request);
  const given = <T>(name: string, read: (json: Json, name: string) => T | undefined): T | null | undefined =>
    name in body ? (read(body, name) ?? null) : undefined;
  const update = {
    alias: given('alias', textIn),
    aliasForDeks: given('aliasForDeks', textIn),
    normalize: given('normalize', booleanIn),
    validateFields: given('validateFields', booleanIn),
    validateNewSchemas: given('validateNewSchemas', booleanIn),
    validateRules: given('validateRules', booleanIn),
    compatibilityLevel: given('compatibility', levelIn),
    compatibilityPolicy: given('compatibilityPolicy', policyIn),
    compatibilityGroup: given('compatibilityGroup', textIn),
    defaultMetadata: given('defaultMetadata', metadataIn),
    overrideMetadata: given('overrideMetadata', metadataIn),
    defaultRuleSet: given('defaultRuleSet', ruleSetIn),
    overrideRuleSet: given('overrideRuleSet', ruleSetIn),
  };
  return Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined)) as ConfigUpdate;
}

function levelIn(json: Json, name: string): CompatibilityLevel | undefined {
  const text = textIn(json, name)?.toUpperCase();
  if (text === undefined) return undefined;
  const level = compatibilityLevels.find((one) => one === text);
  if (level === undefined) throw invalidCompatibility();
  return level;
}

function policyIn(json: Json, name: string): 'STRICT' | 'LENIENT' | undefined {
  const policy = textIn(json, name)?.toUpperCase();
  if (policy === undefined || policy === 'STRICT' || policy === 'LENIENT') return policy;
  throw new RegistryError(
    422,
    `The compatibility policy ${policy} is not supported by this registry, STRICT and LENIENT are.`,
  );
}

function metadataIn(json: Json, name: string): SchemaMetadata | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  const fields = objectOf(value, 'Metadata');
  const tags = mapIn(fields, 'tags', (list) => [...new Set(arrayOf(list).map(textOf))].sort());
  const properties = mapIn(fields, 'properties', textOf);
  const sensitive = [...new Set(listIn(fields, 'sensitive').map(textOf))].sort();
  const metadata = {
    ...(tags ? { tags } : {}),
    ...(properties ? { properties } : {}),
    ...(sensitive.length > 0 ? { sensitive } : {}),
  };
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}

function ruleSetIn(json: Json, name: string): RuleSet | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  const fields = objectOf(value, 'RuleSet');
  const enableAt = textIn(fields, 'enableAt');
  const rules = Object.fromEntries(
    ['migrationRules', 'domainRules', 'encodingRules'].flatMap((kind) => {
      const list = listIn(fields, kind).map(ruleOf);
      return list.length > 0 ? [[kind, list]] : [];
    }),
  );
  const ruleSet: RuleSet = { ...rules, ...(enableAt === undefined ? {} : { enableAt }) };
  const problem = ruleSetProblem(ruleSet);
  if (problem !== undefined) throw invalidRuleSet(problem);
  return Object.keys(ruleSet).length > 0 ? ruleSet : undefined;
}

function ruleOf(value: unknown): SchemaRule {
  const json = objectOf(value, 'Rule');
  const text = (name: string): object => {
    const found = textIn(json, name);
    return found === undefined ? {} : { [name]: found };
  };
  const tags = [...new Set(listIn(json, 'tags').map(textOf))].sort();
  const params = mapIn(json, 'params', textOf);
  return {
    ...text('name'),
    ...text('doc'),
    kind: oneOf(json, 'kind', ['TRANSFORM', 'CONDITION'], 'TRANSFORM'),
    mode: oneOf(json, 'mode', ['UPGRADE', 'DOWNGRADE', 'UPDOWN', 'WRITE', 'READ', 'WRITEREAD'], 'WRITEREAD'),
    ...text('type'),
    ...(tags.length > 0 ? { tags } : {}),
    ...(params ? { params } : {}),
    ...text('expr'),
    ...text('onSuccess'),
    ...text('onFailure'),
    disabled: booleanIn(json, 'disabled') ?? false,
  };
}

function oneOf<T extends string>(json: Json, name: string, values: readonly T[], byDefault: T): T {
  const text = textIn(json, name);
  if (text === undefined) return byDefault;
  const value = values.find((one) => one === text);
  if (value === undefined)
    throw new RegistryError(
      400,
      `Cannot deserialize value of type \`${name}\` from String "${text}": not one of the values accepted for Enum class: [${values.join(', ')}]`,
    );
  return value;
}

export function textIn(json: Json, name: string): string | undefined {
  const value = json[name];
  return value === undefined || value === null ? undefined : textOf(value);
}

function textOf(value: unknown): string {
  if (typeof value === 'object') throw misfit('String', value);
  return String(value);
}

function integerIn(json: Json, name: string): number | undefined {
  const value = json[name];
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Math.abs(number) < 2 ** 31) return Math.trunc(number);
  throw misfit('Integer', value);
}

function booleanIn(json: Json, name: string): boolean | undefined {
  const value = json[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return value !== 0;
  if (value === 'true' || value === 'false') return value === 'true';
  throw misfit('Boolean', value);
}

function listIn(json: Json, name: string): readonly unknown[] {
  const value = json[name];
  return value === undefined || value === null ? [] : arrayOf(value);
}

function arrayOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw misfit('ArrayList', value);
  return value as unknown[];
}

function mapIn<T>(json: Json, name: string, read: (value: unknown) => T): Record<string, T> | undefined {
  const value = json[name];
  if (value === undefined || value === null) return undefined;
  const entries = Object.entries(objectOf(value, 'LinkedHashMap')).map(([key, part]): [string, T] => [key, read(part)]);
  return entries.length > 0 ? sortedMap(Object.fromEntries(entries)) : undefined;
}

function objectOf(value: unknown, type: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw misfit(type, value);
  return value as Json;
}

function misfit(type: string, value: unknown): RegistryError {
  const cannot = `Cannot deserialize value of type \`${type}\` from`;
  if (typeof value === 'string')
    return new RegistryError(400, `${cannot} String "${value}": not a valid \`${type}\` value`);
  if (Array.isArray(value)) return new RegistryError(400, `${cannot} Array value (token \`JsonToken.START_ARRAY\`)`);
  if (typeof value === 'object')
    return new RegistryError(400, `${cannot} Object value (token \`JsonToken.START_OBJECT\`)`);
  const token = typeof value === 'number' ? (Number.isInteger(value) ? 'Integer' : 'Floating-point') : 'Boolean';
  return new RegistryError(400, `${cannot} ${token} value (${String(value)})`);
}

/** `true` in any case; everything else is false. */
export function flag({ query }: RoutedRequest, name: string): boolean {
  return query.get(name)?.toLowerCase() === 'true';
}

/** A whole number of the query. What is none names no resource. */
function integerParameter({ query }: RoutedRequest, name: string, byDefault: number): number {
  const text = query.get(name);
  if (text === null || text === '') return byDefault;
  if (!/^[+-]?\d+$/.test(text)) throw new RegistryError(404, 'HTTP 404 Not Found');
  return Number(text);
}

/** The part of a list that `offset` and `limit` ask for. */
export function page<T>(request: RoutedRequest, list: readonly T[], limitMax: number = Number.MAX_SAFE_INTEGER): T[] {
  const offset = Math.max(0, integerParameter(request, 'offset', 0));
  const limit = integerParameter(request, 'limit', -1);
  return list.slice(offset, offset + (limit > 0 && limit <= limitMax ? limit : limitMax));
}

/** `latest` and −1 are −1. */
export function versionOf(text: string): number {
  const trimmed = text.trim();
  if (trimmed.toLowerCase() === 'latest') return -1;
  const version = /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  if (version === -1) return -1;
  if (!(version > 0 && version < 2 ** 31))
    throw invalidVersion(Number.isInteger(version) && Math.abs(version) < 2 ** 31 ? String(version) : text);
  return version;
}

/** An id in a path. */
export function idOf(text: string): number {
  if (!/^[+-]?\d+$/.test(text) || Math.abs(Number(text)) >= 2 ** 31) throw new RegistryError(404, 'HTTP 404 Not Found');
  const id = Number(text);
  if (id < 0) throw schemaNotFound(id);
  return id;
}
