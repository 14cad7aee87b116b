/** Bodies of requests, read as the real worker's JSON library reads them into its classes; what it complains about is a 500 there, too. */
import type { RoutedRequest } from '../../http/router.ts';
import { JsonNumber, JsonTextError, parseJsonText, printJsonText } from '../data/json-text.ts';
import type { Json, JsonObject } from '../data/json-text.ts';
import { ConnectRestError } from '../errors.ts';

/** The body as JSON; undefined when it is empty. Throws 415 and 500. */
export function readBody({ headers, body }: RoutedRequest): Json | undefined {
  const type = headers['content-type'];
  if (body.length > 0 || type !== undefined) {
    if (!/^application\/json\s*(;|$)/i.test(type ?? ''))
      throw new ConnectRestError(415, 'HTTP 415 Unsupported Media Type');
  }
  const text = body.toString('utf8');
  if (text.trim() === '') return undefined;
  try {
    return parseJsonText(text);
  } catch (error) {
    if (error instanceof JsonTextError) throw new ConnectRestError(500, error.message);
    throw error;
  }
}

/** A flat map of texts; numbers and truth values become texts as they are written. Throws 500 for what is no single value. */
export function readConfig(json: Json | undefined, into: string): Readonly<Record<string, string | null>> {
  if (json === undefined || json === null)
    throw new ConnectRestError(500, 'Cannot invoke "java.util.Map.get(Object)" because "connectorConfig" is null');
  const object = asObject(json, into);
  const config: Record<string, string | null> = {};
  for (const [key, value] of object) {
    if (value instanceof JsonNumber) config[key] = value.text;
    else if (value === null || typeof value === 'string') config[key] = value;
    else if (typeof value === 'boolean') config[key] = String(value);
    else throw wrongType('java.lang.String', value, `${into}["${key}"]`);
  }
  return config;
}

/** The members of an object. Throws 500 for anything else. */
export function asObject(json: Json, into: string): JsonObject {
  if (json instanceof Map) return json as JsonObject;
  throw wrongType(into, json);
}

export function wrongType(javaClass: string, json: Json, chain?: string): ConnectRestError {
  const token = Array.isArray(json)
    ? 'Array value (token `JsonToken.START_ARRAY`)'
    : json instanceof Map
      ? 'Object value (token `JsonToken.START_OBJECT`)'
      : json instanceof JsonNumber
        ? /[.eE]/.test(json.text)
          ? 'Floating-point value (token `JsonToken.VALUE_NUMBER_FLOAT`)'
          : 'Integer value (token `JsonToken.VALUE_NUMBER_INT`)'
        : typeof json === 'boolean'
          ? `Boolean value (token \`JsonToken.VALUE_${String(json).toUpperCase()}\`)`
          : `String value (token \`JsonToken.VALUE_STRING\`)`;
  const where = chain === undefined ? '' : ` (through reference chain: ${chain})`;
  return new ConnectRestError(500, `Cannot deserialize value of type \`${javaClass}\` from ${token}${where}`);
}

/** A map from a member of an object, or null. Throws 500 for anything else. */
export function mapOrNull(json: Json | undefined, chain: string): JsonObject | null {
  if (json === undefined || json === null) return null;
  if (json instanceof Map) return json as JsonObject;
  if (typeof json !== 'string')
    throw wrongType('java.util.LinkedHashMap<java.lang.String,java.lang.Object>', json, chain);
  throw new ConnectRestError(
    500,
    `Cannot construct instance of \`java.util.LinkedHashMap\` (although at least one Creator exists): no String-argument constructor/factory method to deserialize from String value ('${json}') (through reference chain: ${chain})`,
  );
}

/** Refuses members that the class does not have. */
export function refuseUnknown(object: JsonObject, javaClass: string, known: readonly string[]): void {
  for (const name of object.keys()) {
    if (known.includes(name)) continue;
    const simple = javaClass;
    throw new ConnectRestError(
      500,
      `Unrecognized field "${name}" (class ${simple}), not marked as ignorable (${known.length === 1 ? 'one known property' : `${known.length} known properties`}: ${known.map((one) => `"${one}"`).join(', ')}) (through reference chain: ${simple}["${name}"])`,
    );
  }
}

/** JSON whose numbers keep their digits. */
export function exactJson(value: Json): { status: number; headers: Record<string, string>; body: string } {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: printJsonText(value) };
}
