/** The types of SQL values, shared by every dialect, the plans and the compiler. Plain data: a plan that holds them can be stored. */

export type SqlType =
  | { readonly kind: 'BOOLEAN' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'STRING' | 'BYTES' | 'DATE' | 'TIME' | 'TIMESTAMP' }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'ARRAY'; readonly element: SqlType }
  | { readonly kind: 'MAP'; readonly key: SqlType; readonly value: SqlType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly SqlField[] };

export interface SqlField {
  readonly name: string;
  readonly type: SqlType;
}

export const sqlTypes: Readonly<
  Record<'boolean' | 'integer' | 'bigint' | 'double' | 'string' | 'bytes' | 'date' | 'time' | 'timestamp', SqlType>
> = {
  boolean: { kind: 'BOOLEAN' },
  integer: { kind: 'INTEGER' },
  bigint: { kind: 'BIGINT' },
  double: { kind: 'DOUBLE' },
  string: { kind: 'STRING' },
  bytes: { kind: 'BYTES' },
  date: { kind: 'DATE' },
  time: { kind: 'TIME' },
  timestamp: { kind: 'TIMESTAMP' },
};

/** Structural equality. */
export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'DECIMAL' && b.kind === 'DECIMAL') return a.precision === b.precision && a.scale === b.scale;
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return sameType(a.element, b.element);
  if (a.kind === 'MAP' && b.kind === 'MAP') return sameType(a.key, b.key) && sameType(a.value, b.value);
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT') {
    return (
      a.fields.length === b.fields.length &&
      a.fields.every((field, i) => {
        const other = b.fields[i];
        return other !== undefined && field.name === other.name && sameType(field.type, other.type);
      })
    );
  }
  return a.kind === b.kind;
}
