/**
 * JSON Schema as the registry compares it: each schema is of one kind (a text, a number, an object, a combination …), references are followed on
 * demand. Drafts 4 to 2020-12 are read with the same rules; keywords that no rule compares (`format`, `if` …) are kept in the text only.
 */
import { StackError, messageOf } from '../../core/errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/** A schema that says something about one kind of value; `json` holds the keywords. */
export interface JsonSchemaNode {
  readonly kind:
    | 'anything'
    | 'nothing'
    | 'string'
    | 'number'
    | 'boolean'
    | 'null'
    | 'object'
    | 'array'
    | 'enum'
    | 'const'
    | 'not'
    | 'conditional'
    | 'combined';
  readonly json: Json;
  /** Only of `number`: `type` is `integer`. */
  readonly isInteger: boolean;
  /** Only of `combined`. */
  readonly criterion: 'allOf' | 'anyOf' | 'oneOf';
  readonly parts: readonly JsonSchemaNode[];
  /** The schema below a keyword: a schema itself, or absent. */
  child(value: unknown): JsonSchemaNode | undefined;
}

const types = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'];

/** Without a `type`, these keywords tell what a schema is about. */
const tellTale: readonly (readonly [kind: 'string' | 'number' | 'object' | 'array', keywords: readonly string[]])[] = [
  [
    'array',
    ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems', 'contains', 'unevaluatedItems'],
  ],
  ['string', ['maxLength', 'minLength', 'pattern']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
  [
    'object',
    [
      'properties',
      'required',
      'minProperties',
      'maxProperties',
      'patternProperties',
      'additionalProperties',
      'dependencies',
      'dependentRequired',
      'dependentSchemas',
      'propertyNames',
      'unevaluatedProperties',
    ],
  ],
];

const none: Json = {};

/** A whole schema document with those it refers to by name. */
export class JsonSchemaDocument {
  readonly root: JsonSchemaNode;
  private readonly nodes = new Map<unknown, JsonSchemaNode>();
  private readonly documents: ReadonlyMap<string, unknown>;

  /**
   * `references`: name → text of the schema.
   * @throws StackError MILLRACE_SCHEMA_INVALID: no JSON, a keyword of the wrong type, a `$ref` to nothing
   */
  constructor(text: string, references: ReadonlyMap<string, string> = new Map()) {
    const value = parse(text);
    this.documents = new Map([...references].map(([name, other]) => [name, parse(other)]));
    checkKeywords(value, '#');
    this.root = this.node(value, value);
    this.checkReferences(value, value);
  }

  private node(value: unknown, document: unknown): JsonSchemaNode {
    const known = this.nodes.get(value);
    if (known !== undefined && typeof value === 'object') return known;
    const { schema, within } = this.followed(value, document);
    const node = schema === value ? this.made(schema, within) : this.node(schema, within);
    this.nodes.set(value, node);
    return node;
  }

  private made(schema: unknown, document: unknown): JsonSchemaNode {
    const child = (value: unknown): JsonSchemaNode | undefined =>
      typeof value === 'boolean' || isObject(value) ? this.node(value, document) : undefined;
    const plain = { json: none, isInteger: false, criterion: 'allOf' as const, parts: [], child };
    if (typeof schema === 'boolean') return { ...plain, kind: schema ? 'anything' : 'nothing' };
    const json = schema as Json;
    const parts: JsonSchemaNode[] = [];
    const { type } = json;
    const ofType = (name: unknown): JsonSchemaNode =>
      ({ ...plain, json, kind: name === 'integer' ? 'number' : name, isInteger: name === 'integer' }) as JsonSchemaNode;
    if (typeof type === 'string') parts.push(ofType(type));
    else if (Array.isArray(type))
      parts.push({ ...plain, kind: 'combined', criterion: 'anyOf', parts: type.map(ofType) });
    else for (const [kind, keywords] of tellTale) if (keywords.some((name) => name in json)) parts.push(ofType(kind));
    for (const criterion of ['allOf', 'anyOf', 'oneOf'] as const)
      if (Array.isArray(json[criterion]))
        parts.push(this.lazily(plain, criterion, json[criterion] as unknown[], document));
    if ('enum' in json) parts.push({ ...plain, json, kind: 'enum' });
    if ('const' in json) parts.push({ ...plain, json, kind: 'const' });
    if ('not' in json) parts.push({ ...plain, json, kind: 'not' });
    if ('if' in json) parts.push({ ...plain, json, kind: 'conditional' });
    const [only] = parts;
    if (only === undefined) return { ...plain, json, kind: 'anything' };
    return parts.length === 1 ? only : { ...plain, json, kind: 'combined', parts };
  }

  /** The parts are looked at when they are asked for, as they may lead back here. */
  private lazily(
    plain: Omit<JsonSchemaNode, 'kind'>,
    criterion: JsonSchemaNode['criterion'],
    values: readonly unknown[],
    document: unknown,
  ): JsonSchemaNode {
    const node = (value: unknown): JsonSchemaNode => this.node(value, document);
    return {
      ...plain,
      kind: 'combined',
      criterion,
      get parts() {
        return values.map(node);
      },
    };
  }

  /** What a `$ref` stands for, through any number of them. */
  private followed(value: unknown, document: unknown): { schema: unknown; within: unknown } {
    let [schema, within] = [value, document];
    const seen = new Set<unknown>();
    while (isObject(schema) && typeof schema['$ref'] === 'string') {
      if (seen.has(schema)) throw invalid(`$ref '${schema['$ref']}' leads to itself`);
      seen.add(schema);
      [schema, within] = this.resolve(schema['$ref'], within);
    }
    return { schema, within };
  }

  private resolve(reference: string, document: unknown): [unknown, unknown] {
    const [name = '', pointer = ''] = reference.split('#');
    const own = isObject(document) ? (document['$id'] ?? document['id']) : undefined;
    const target = name === '' || name === own ? document : this.named(name, own);
    const found = target === undefined ? undefined : pointedAt(target, pointer);
    if (found === undefined) throw invalid(`Unresolved $ref '${reference}'`);
    return [found, target];
  }

  /** References are named as the `$ref` is written, or as it reads from the document's own `$id`. */
  private named(name: string, base: unknown): unknown {
    const direct = this.documents.get(name) ?? this.documents.get(name.replace(/^\.\//, ''));
    if (direct !== undefined || typeof base !== 'string') return direct;
    return URL.canParse(name, base) ? this.documents.get(new URL(name, base).href) : undefined;
  }

  private checkReferences(value: unknown, document: unknown): void {
    if (Array.isArray(value)) for (const part of value) this.checkReferences(part, document);
    if (!isObject(value)) return;
    if (typeof value['$ref'] === 'string') this.followed(value, document);
    for (const [name, part] of Object.entries(value))
      if (!['enum', 'const', 'default', 'examples'].includes(name)) this.checkReferences(part, document);
  }
}

function pointedAt(document: unknown, pointer: string): unknown {
  if (pointer !== '' && !pointer.startsWith('/')) return anchored(document, pointer);
  let found = document;
  for (const part of pointer.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    found = Array.isArray(found) ? (found as unknown[])[Number(name)] : isObject(found) ? found[name] : undefined;
  }
  return found;
}

function anchored(value: unknown, name: string): unknown {
  if (isObject(value) && (value['$anchor'] === name || value['$id'] === `#${name}` || value['id'] === `#${name}`))
    return value;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const part of Object.values(value)) {
    const found = anchored(part, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StackError('MILLRACE_SCHEMA_INVALID', `Invalid JSON: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value !== 'boolean' && !isObject(value)) throw invalid('A schema is an object or a boolean');
  return value;
}

type Check = (value: unknown) => boolean;
const isNumber: Check = (value) => typeof value === 'number';
const isCount: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isText: Check = (value) => typeof value === 'string';
const isSchema: Check = (value) => typeof value === 'boolean' || isObject(value);
const isSchemas: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema);
const isSchemaMap: Check = (value) => isObject(value) && Object.values(value).every(isSchema);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isType: Check = (value) => typeof value === 'string' && types.includes(value);

const keywordChecks: Readonly<Record<string, readonly [Check, string]>> = {
  type: [
    (value) => isType(value) || (Array.isArray(value) && value.length > 0 && value.every(isType)),
    'the name of a type, or names',
  ],
  properties: [isSchemaMap, 'an object of schemas'],
  patternProperties: [isSchemaMap, 'an object of schemas'],
  definitions: [isSchemaMap, 'an object of schemas'],
  $defs: [isSchemaMap, 'an object of schemas'],
  additionalProperties: [isSchema, 'a schema'],
  unevaluatedProperties: [isSchema, 'a schema'],
  additionalItems: [isSchema, 'a schema'],
  unevaluatedItems: [isSchema, 'a schema'],
  items: [(value) => isSchema(value) || (Array.isArray(value) && value.every(isSchema)), 'a schema, or schemas'],
  prefixItems: [isSchemas, 'an array of schemas'],
  allOf: [isSchemas, 'an array of schemas'],
  anyOf: [isSchemas, 'an array of schemas'],
  oneOf: [isSchemas, 'an array of schemas'],
  not: [isSchema, 'a schema'],
  required: [(value) => typeof value === 'boolean' || isTexts(value), 'an array of names'],
  enum: [(value) => Array.isArray(value), 'an array'],
  pattern: [isText, 'a text'],
  $ref: [isText, 'a text'],
  title: [isText, 'a text'],
  description: [isText, 'a text'],
  multipleOf: [(value) => typeof value === 'number' && value > 0, 'a number above 0'],
  maximum: [isNumber, 'a number'],
  minimum: [isNumber, 'a number'],
  maxLength: [isCount, 'a count'],
  minLength: [isCount, 'a count'],
  maxItems: [isCount, 'a count'],
  minItems: [isCount, 'a count'],
  maxProperties: [isCount, 'a count'],
  minProperties: [isCount, 'a count'],
  uniqueItems: [(value) => typeof value === 'boolean', 'a boolean'],
};

/** Keywords whose values are schemas, or hold schemas. */
const nested = ['properties', 'patternProperties', 'definitions', '$defs'];
const direct = ['additionalProperties', 'unevaluatedProperties', 'additionalItems', 'unevaluatedItems', 'not', 'items'];
const lists = ['prefixItems', 'allOf', 'anyOf', 'oneOf', 'items'];

function checkKeywords(schema: unknown, path: string): void {
  if (!isObject(schema)) return;
  for (const [name, value] of Object.entries(schema)) {
    const [check, what] = keywordChecks[name] ?? [];
    if (check !== undefined && !check(value))
      throw invalid(`${path}/${name}: expected ${what}, found ${JSON.stringify(value)}`);
    if (nested.includes(name))
      for (const [key, part] of Object.entries(value as Json)) checkKeywords(part, `${path}/${name}/${key}`);
    if (direct.includes(name)) checkKeywords(value, `${path}/${name}`);
    if (lists.includes(name) && Array.isArray(value))
      for (const [i, part] of value.entries()) checkKeywords(part, `${path}/${name}/${i}`);
  }
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_SCHEMA_INVALID', message);
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
