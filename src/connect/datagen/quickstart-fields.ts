/** Short ways to write the fields of a schema with `arg.properties`. */

export interface SchemaJson {
  readonly type: string;
  readonly [attribute: string]: unknown;
}

export type Fields = Readonly<Record<string, SchemaJson>>;

function annotated(type: string, properties: object, more: object = {}): SchemaJson {
  return { type, ...more, 'arg.properties': properties };
}

export function record(namespace: string | undefined, name: string, fields: Fields): SchemaJson {
  return {
    type: 'record',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
  };
}

/** A record whose values are rows of a table. */
export function fixedRows(
  namespace: string | undefined,
  name: string,
  types: Readonly<Record<string, string>>,
  rows: readonly (readonly (string | number)[])[],
): SchemaJson {
  const names = Object.keys(types);
  return {
    ...record(namespace, name, Object.fromEntries(names.map((field) => [field, { type: types[field] ?? 'string' }]))),
    'arg.properties': { options: rows.map((row) => Object.fromEntries(names.map((field, i) => [field, row[i]]))) },
  };
}

export function oneOfValues(type: 'string' | 'int', options: readonly (string | number)[]): SchemaJson {
  return annotated(type, { options });
}

export function matching(regex: string, more: object = {}): SchemaJson {
  return annotated('string', { regex, ...more });
}

export function ints(min: number, max: number): SchemaJson {
  return annotated('int', { range: { min, max } });
}

export function longs(min: number, max: number): SchemaJson {
  return annotated('long', { range: { min, max } });
}

export function doubles(min: number, max: number): SchemaJson {
  return annotated('double', { range: { min, max } });
}

export function counting(type: 'int' | 'long' | 'double' | 'string', start: number, step?: number): SchemaJson {
  return annotated(type, { iteration: step === undefined ? { start } : { start, step } });
}

export function timestamps(start: number, step: number): SchemaJson {
  return annotated('long', { iteration: { start, step } }, { logicalType: 'timestamp-millis' });
}

/** Days since 1970. */
export function date(min: number, max: number): SchemaJson {
  return annotated('int', { range: { min, max } }, { logicalType: 'date' });
}

export function moneyBytes(precision: number, scale: number): SchemaJson {
  return { type: 'bytes', logicalType: 'decimal', precision, scale };
}

export function arrayOf(options: readonly (readonly string[])[]): SchemaJson {
  return annotated('array', { options }, { items: 'string' });
}

export function mapOf(options: readonly Readonly<Record<string, string>>[]): SchemaJson {
  return annotated('map', { options }, { values: 'string' });
}
