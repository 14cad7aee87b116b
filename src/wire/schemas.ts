/**
 * The definitions as objects: every message with its fields, their types and the versions that have them. The notation of a
 * field is `type[?[from+]] [vFROM+|vFROM-TO] [tagN] [plain] [= default]` (docs/internals/wire.md).
 */
import { assert } from '../core/assert.ts';
import { definitions } from './generated/definitions.ts';

export type MessageName = keyof typeof definitions;

/** Versions `from` to `to`, both included; `to` may be Infinity. */
export interface VersionRange {
  readonly from: number;
  readonly to: number;
}

export interface FieldSchema {
  readonly name: string;
  /** A primitive's name, or a struct. */
  readonly type: string | StructSchema;
  readonly array: boolean;
  readonly versions: VersionRange;
  /** From this version on null is allowed; Infinity = never. */
  readonly nullableFrom: number;
  readonly tag: number | undefined;
  /** Keeps the plain length prefix in flexible versions (the client id of a request header). */
  readonly plain: boolean;
  readonly default: null | boolean | number | bigint | string | undefined;
}

export interface StructSchema {
  readonly name: string;
  readonly fields: readonly FieldSchema[];
}

export interface MessageSchema extends StructSchema {
  readonly versions: VersionRange;
  /** Versions from here on have compact lengths and tagged fields. */
  readonly flexibleFrom: number;
}

interface FieldText {
  readonly type: string;
  readonly fields: FieldTexts;
}
type FieldTexts = Readonly<Record<string, string | FieldText>>;
interface MessageText {
  readonly versions: string;
  readonly flexible?: string;
  readonly fields: FieldTexts;
  readonly structs?: Readonly<Record<string, FieldTexts>>;
}

const everyVersion: VersionRange = { from: 0, to: Infinity };
const parsed = new Map<MessageName, MessageSchema>();

export function messageSchema(name: MessageName): MessageSchema {
  let schema = parsed.get(name);
  if (schema === undefined) {
    const text = JSON.parse(definitions[name]) as MessageText;
    schema = {
      name,
      versions: versionRange(text.versions),
      flexibleFrom: text.flexible === undefined ? Infinity : versionRange(text.flexible).from,
      fields: parseFields(text.fields, structLookup(text.structs ?? {})),
    };
    parsed.set(name, schema);
  }
  return schema;
}

type Lookup = (name: string) => StructSchema;

function structLookup(texts: Readonly<Record<string, FieldTexts>>): Lookup {
  const structs = new Map<string, StructSchema>();
  const lookup: Lookup = (name) => {
    let struct = structs.get(name);
    if (struct === undefined) {
      const fields = texts[name];
      assert(fields !== undefined, `no struct ${name} in the definitions`);
      struct = { name, fields: parseFields(fields, lookup) };
      structs.set(name, struct);
    }
    return struct;
  };
  return lookup;
}

function parseFields(texts: FieldTexts, lookup: Lookup): FieldSchema[] {
  return Object.entries(texts).map(([name, text]) =>
    typeof text === 'string'
      ? parseField(name, text, undefined, lookup)
      : parseField(name, text.type, text.fields, lookup),
  );
}

const fieldPattern = /^(\[\])?(\w+?)(\?(?:(\d+)\+)?)?(?: v(\d+)(\+|-(\d+))?)?(?: tag(\d+))?( plain)?(?: = (.+))?$/;

function parseField(name: string, text: string, fields: FieldTexts | undefined, lookup: Lookup): FieldSchema {
  const match = fieldPattern.exec(text);
  assert(match !== null, `field ${name}: "${text}" is not in the notation of the definitions`);
  const [, array, type = '', nullable, nullableFrom, from, rest, to, tag, plain, defaultText] = match;
  const inlined = fields === undefined ? undefined : { name: type, fields: parseFields(fields, lookup) };
  return {
    name,
    type: inlined ?? (/^[A-Z]/.test(type) ? lookup(type) : type),
    array: array !== undefined,
    versions:
      from === undefined ? everyVersion : { from: Number(from), to: rest === '+' ? Infinity : Number(to ?? from) },
    nullableFrom: nullable === undefined ? Infinity : Number(nullableFrom ?? 0),
    tag: tag === undefined ? undefined : Number(tag),
    plain: plain !== undefined,
    default: defaultText === undefined ? undefined : defaultValue(defaultText),
  };
}

function defaultValue(text: string): null | boolean | number | bigint | string {
  if (text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
  return text;
}

function versionRange(text: string): VersionRange {
  const match = /^(\d+)(\+|-(\d+))?$/.exec(text);
  assert(match !== null, `"${text}" is not a range of versions`);
  const from = Number(match[1]);
  return { from, to: match[2] === '+' ? Infinity : Number(match[3] ?? from) };
}
