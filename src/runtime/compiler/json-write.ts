/** Plain values as JSON text, for what the generated encoder does not inline. */
import type { SqlType } from '../../sql/types.ts';
import { javaDouble } from '../../sql/functions/java-double.ts';

export function jsonText(value: unknown, type: SqlType): string {
  if (value === null || value === undefined) return 'null';
  switch (type.kind) {
    case 'DOUBLE':
      // NaN and the infinities have no JSON number; the original writes them as text.
      return Number.isFinite(value) ? javaDouble(value as number) : JSON.stringify(javaDouble(value as number));
    case 'STRING':
      return JSON.stringify(value);
    case 'BYTES':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
    case 'ARRAY':
      return `[${(value as unknown[]).map((item) => jsonText(item, type.element)).join(',')}]`;
    case 'MAP':
      return `{${Object.entries(value)
        .map(([k, v]) => `${JSON.stringify(k)}:${jsonText(v, type.value)}`)
        .join(',')}}`;
    case 'STRUCT':
      return `{${type.fields.map((field) => `${JSON.stringify(field.name)}:${jsonText((value as Record<string, unknown>)[field.name], field.type)}`).join(',')}}`;
    default:
      return String(value);
  }
}
